import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Watches for work that does not come back. */
export interface Watchdog {
  /** Before work that somebody else wrote. */
  enter(): void
  /** After it. */
  leave(): void
  dispose(): Promise<void>
}

/** What the thread that watches is told. */
export interface Watched {
  /** One number, odd while work is under way; it rises with each beginning and each end. */
  readonly state: SharedArrayBuffer
  readonly limitMs: number
  /** Whose work it is, for a person. */
  readonly whose: string
}

/**
 * Ends this process where work takes longer than a limit, and logs where it stands: a loop that hangs cannot say so itself. The time is
 * what the thread that watches has seen go by, so that a process that was frozen as a whole is nobody's fault.
 * @param program of the thread that watches, beside this one's
 */
export function createWatchdog(
  options: Omit<Watched, 'state'>,
  program = new URL('./watchdog.js', import.meta.url),
): Watchdog {
  const state = new SharedArrayBuffer(4)
  const count = new Int32Array(state)
  // From a shell, out of the sources, nobody waits for it.
  const worker = existsSync(fileURLToPath(program))
    ? new Worker(program, {
        workerData: { ...options, state } satisfies Watched,
        resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
      })
    : null
  worker?.unref()
  return {
    enter() {
      count[0]! += 1
    },
    leave() {
      count[0]! += 1
    },
    async dispose() {
      await worker?.terminate()
    },
  }
}
