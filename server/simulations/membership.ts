import type { Logger } from 'pino'
import { DEAD_AFTER_SECONDS, type DeadServer, type ServerRegistry } from '../store/servers.ts'

/** How often this server says that it lives, and looks who does not. */
const BEAT_MS = 1_000

export interface MembershipOptions {
  readonly registry: Pick<ServerRegistry, 'beat' | 'bury'>
  /** Runs of this server that somebody wants stopped. */
  readonly stopRequests: () => Promise<readonly string[]>
  readonly onStopRequest: (simulationId: string) => void
  /** The runs of these are this server's now. */
  readonly onDead: (dead: readonly DeadServer[]) => Promise<void>
  /** Others took this server for dead and have its runs: it must let go of them. */
  readonly onBuried: () => void
  readonly now: () => number
  readonly log: Logger
}

/** This server's part in the life of all: see {@link createMembership}. */
export interface Membership {
  /** One beat at once, for whoever was told that something is to be looked at. */
  look(): Promise<void>
  dispose(): Promise<void>
}

/**
 * Says once a second that this server lives, takes over from servers that do not, and sees to stops that were asked for
 * elsewhere. While the database is away nobody can be seen, so nobody is buried either: not before this server itself
 * has been seen again, without a break, for as long as the others need to be.
 */
export function createMembership(options: MembershipOptions): Membership {
  const { registry, log } = options
  let steadySince: number | null = null
  let buried = false
  let beating: Promise<void> | null = null

  const beat = async (): Promise<void> => {
    if (buried) return
    try {
      if (!(await registry.beat())) {
        buried = true
        options.onBuried()
        return
      }
      steadySince ??= options.now()
      for (const id of await options.stopRequests()) options.onStopRequest(id)
      if (options.now() - steadySince < DEAD_AFTER_SECONDS * 1_000) return
      const dead = await registry.bury()
      if (dead.length > 0) await options.onDead(dead)
    } catch (error) {
      if (steadySince !== null) log.warn({ err: error }, 'the database does not say which servers live')
      steadySince = null
    }
  }
  const look = (): Promise<void> => (beating ??= beat().finally(() => (beating = null)))
  const timer = setInterval(() => void look(), BEAT_MS)
  return {
    look,
    async dispose() {
      clearInterval(timer)
      await beating
    },
  }
}
