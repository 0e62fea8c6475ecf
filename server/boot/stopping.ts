import { deferred } from '../../engines/edge/deferred.ts'

/** A second signal within so long is the same wish: npm passes on what a terminal has told everybody already. */
const SAME_WISH_MS = 1_000

/** Signals that ask for an orderly end: of a terminal (Ctrl-C, Ctrl-\, its being closed), and of whoever supervises. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Why something was not finished: the server was told to stop. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'

  constructor() {
    super('it was told to stop')
  }
}

/**
 * Waits for some work, unless the server is told to stop before it is done; what it comes to then is nobody's any more.
 * @throws the signal's reason where that comes first.
 */
export async function unlessStopped<Value>(stop: AbortSignal, work: Promise<Value>): Promise<Value> {
  const stopped = deferred<never>()
  const tell = (): void => stopped.reject(stop.reason)
  stop.addEventListener('abort', tell)
  if (stop.aborted) tell()
  try {
    // Of two that fail, the race tells the first; the other is not told again.
    return await Promise.race([stopped.promise, work])
  } finally {
    stop.removeEventListener('abort', tell)
  }
}

/**
 * What a signal asks for: the first one to `stop`, one that comes right after it `nothing` new, and any later one to end
 * `now`, whatever is under way.
 */
export function createWish(now: () => number): () => 'stop' | 'nothing' | 'now' {
  let since: number | null = null
  return () => {
    if (since !== null) return now() - since < SAME_WISH_MS ? 'nothing' : 'now'
    since = now()
    return 'stop'
  }
}
