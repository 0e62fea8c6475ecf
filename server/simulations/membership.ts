import type { Logger } from 'pino'
import { DEAD_AFTER_SECONDS, type DeadServer, type ServerRegistry } from '../store/servers.ts'
import { watchSilence } from '../store/silence.ts'

/** How often this server says that it lives, and looks who does not. */
const BEAT_MS = 1_000
/** Two beats further apart than this are a break: whoever froze, or whose database did, knows nothing of the others. */
const BREAK_MS = 2_500

export interface MembershipOptions {
  readonly registry: Pick<ServerRegistry, 'beat' | 'others' | 'bury'>
  /** Others took this server for dead and have its runs: it must let go of them. */
  readonly onBuried: () => void
  readonly now: () => number
  readonly log: Logger
}

/** What a server does for all, once it can. */
export interface Duties {
  /** Runs of this server that somebody wants stopped. */
  readonly stopRequests: () => Promise<readonly string[]>
  readonly onStopRequest: (simulationId: string) => void
  /** The runs of these are this server's now. */
  readonly onDead: (dead: readonly DeadServer[]) => Promise<void>
}

/** This server's part in the life of all: see {@link createMembership}. */
export interface Membership {
  /** From now on it also sees to these. */
  attend(duties: Duties): void
  dispose(): Promise<void>
}

/**
 * Says once a second that this server lives, from the moment on in which it is entered; later it also takes over from
 * servers that do not, and sees to stops that were asked for elsewhere. One is dead that this server itself has watched say
 * nothing for so long, by its own clock. While the database is away nobody can be seen, so nobody is buried either: not
 * before this server itself has been seen again, without a break, for as long as the others need to be.
 */
export function createMembership(options: MembershipOptions): Membership {
  const { registry, log } = options
  let duties: Duties | null = null
  const silence = watchSilence(DEAD_AFTER_SECONDS * 1_000, options.now)
  let steadySince: number | null = null
  let seenAt = -Infinity
  /** Whether runs may have become this server's that it has not seen to. */
  let unsettled = false
  let buried = false
  let beating: Promise<void> | null = null

  /** Whether this server was seen as often, and for as long, as others must be that it calls dead. */
  const isSteady = (): boolean =>
    steadySince !== null &&
    options.now() - steadySince >= DEAD_AFTER_SECONDS * 1_000 &&
    options.now() - seenAt < BREAK_MS
  /** A break: what was seen before it says nothing of now. */
  const lose = (): void => {
    steadySince = null
    silence.forget()
  }
  const attendTo = async ({ stopRequests, onStopRequest, onDead }: Duties): Promise<void> => {
    for (const id of await stopRequests()) onStopRequest(id)
    const askedAt = options.now()
    const silent = silence.look(await registry.others(), askedAt)
    // Now, not when it began: the question may have taken long.
    if (!isSteady()) return
    // Where the answer is lost, or the dead's runs cannot be looked at, they are this server's all the same.
    const again = unsettled
    unsettled = true
    const dead = await registry.bury(silent)
    if (dead.length > 0 || again) await onDead(dead)
    unsettled = false
  }
  const beat = async (): Promise<void> => {
    if (buried) return
    try {
      if (!(await registry.beat())) {
        buried = true
        options.onBuried()
        return
      }
      const now = options.now()
      if (now - seenAt > BREAK_MS) lose()
      steadySince ??= now
      seenAt = now
    } catch (error) {
      if (steadySince !== null) log.warn({ err: error }, 'the database does not say which servers live')
      lose()
    }
  }
  /** Apart from the beat, which must go on however long this takes. */
  let attending: Promise<void> | null = null
  const look = (): void => {
    beating ??= beat().finally(() => (beating = null))
    if (duties === null || steadySince === null) return
    attending ??= attendTo(duties)
      .catch((error: unknown) => log.warn({ err: error }, 'the duties for other servers must wait'))
      .finally(() => (attending = null))
  }
  const timer = setInterval(look, BEAT_MS)
  return {
    attend: (own) => void (duties = own),
    async dispose() {
      clearInterval(timer)
      await beating
      await attending
    },
  }
}
