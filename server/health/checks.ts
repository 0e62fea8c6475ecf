import type { StrategyFault } from '../../engines/algorithm/catalog.ts'
import type { ConfigurationStore } from '../../schema/context.ts'
import type { Finding, HealthCheck } from './health.ts'
import type { RedisBus } from '../bus/redis-bus.ts'
import type { JoinedLaunchers } from '../launcher/all.ts'
import type { SourceCatalog } from '../sources/catalog.ts'
import type { EventRecorder } from '../store/port.ts'
import type { StoreWatch } from '../store/watch.ts'
import { busNote, changesTrouble, recorderTrouble } from './notes.ts'

export interface StoreCheckOptions {
  readonly recorder: Pick<EventRecorder, 'state'>
  readonly watch: Pick<StoreWatch, 'down' | 'look'>
  /** Since when a change of a run waits to be written; null: none does. */
  readonly changesWaitSince: () => Date | null
  readonly now: () => Date
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The database of runs and events. */
export function storeCheck({ recorder, watch, changesWaitSince, now }: StoreCheckOptions): HealthCheck {
  return {
    name: 'store',
    async check() {
      const { waiting, bound } = recorder.state()
      const backlog = `${waiting} of at most ${bound} events wait to be written`
      try {
        const latencyMs = await watch.look()
        const trouble = recorderTrouble(recorder, now()) ?? changesTrouble(changesWaitSince(), now())
        if (trouble !== null) {
          const message = `${backlog}: ${trouble.reason}`
          return { status: 'degraded', message, latencyMs, since: trouble.since }
        }
        return { status: 'up', message: waiting > 0 ? backlog : null, latencyMs }
      } catch (error) {
        const message = `The database cannot be reached (${reasonOf(error)}). Running simulations go on: ${backlog}.`
        const since = watch.down()?.since
        return { status: 'down', message, latencyMs: null, ...(since === undefined ? {} : { since }) }
      }
    },
  }
}

/** Where configurations are kept. */
export function configurationsCheck(configurations: Pick<ConfigurationStore, 'kind' | 'ping'>): HealthCheck {
  const { kind } = configurations
  return {
    name: 'configurations',
    check: () =>
      configurations.ping().then(
        (latencyMs): Finding => ({ status: 'up', message: `kept in ${kind}`, latencyMs }),
        (error: unknown): Finding => ({
          status: 'down',
          message: `kept in ${kind}. ${reasonOf(error)}`,
          latencyMs: null,
        }),
      ),
  }
}

/** What live events go through on their way to subscribers. */
export const localBusCheck: HealthCheck = {
  name: 'bus',
  check: () => ({ status: 'up', message: 'within this process', latencyMs: 0 }),
}

/** Redis: what events and live feeds of several servers go through. */
export function redisCheck(redis: Pick<RedisBus, 'trouble' | 'ping'>): HealthCheck {
  return {
    name: 'bus',
    async check() {
      const trouble = redis.trouble()
      if (trouble === null) return { status: 'up', message: null, latencyMs: await redis.ping() }
      const status = trouble.kind === 'down' ? 'down' : 'degraded'
      return { status, message: busNote(trouble), latencyMs: null, since: trouble.since }
    },
  }
}

/** What starts engines. */
export function launcherCheck(launcher: JoinedLaunchers): HealthCheck {
  return {
    name: 'launcher',
    async check() {
      const { status, message, latencyMs } = await launcher.health()
      const use = `${launcher.kind}: ${launcher.running().length} engines run`
      return { status, message: message === null ? use : `${use}; ${message}`, latencyMs }
    },
  }
}

/** The strategies; looked at only where some are left out. */
export function strategiesCheck(faults: readonly StrategyFault[]): HealthCheck {
  const each = faults.map(({ file, reason }) => `engines/algorithm/strategies/${file}: ${reason}`)
  const message = `Left out, since they cannot be used: ${each.join('; ')}. Mend them and start again.`
  return { name: 'algorithms', check: () => ({ status: 'degraded', message, latencyMs: null }) }
}

export interface FeedCheckOptions {
  readonly sources: Pick<SourceCatalog, 'find'>
  /** Whether a simulation that runs gets its market data from the venue. */
  readonly venueInUse: () => boolean
}

/** So many different warnings are told; all are with their runs. */
const TOLD_WARNINGS = 5

export interface SimulationsCheckOptions {
  /** What the runs of this server warn of now, a list a run. */
  readonly warnings: () => readonly (readonly string[])[]
}

/** The simulations that run here. */
export function simulationsCheck({ warnings }: SimulationsCheckOptions): HealthCheck {
  return {
    name: 'simulations',
    check() {
      const all = warnings()
      const count = all.filter((each) => each.length > 0).length
      if (count === 0) return { status: 'up', message: null, latencyMs: null }
      const different = [...new Set(all.flat())]
      const more = different.length - TOLD_WARNINGS
      const told = different.slice(0, TOLD_WARNINGS).join(' ')
      const message = `${count} of ${all.length} that run here warn: ${told}${more > 0 ? ` And ${more} more.` : ''}`
      return { status: 'degraded', message, latencyMs: null }
    },
  }
}

/** The venue. The sandbox serves those who have no network: a venue that nobody uses is missed by nobody. */
export function feedCheck({ sources, venueInUse }: FeedCheckOptions): HealthCheck {
  return {
    name: 'feed',
    async check() {
      const venue = await sources.find('coinbase')
      const reachable = venue?.available === true
      return {
        status: reachable || !venueInUse() ? 'up' : 'degraded',
        message: reachable ? null : `${venue?.description ?? 'no venue'}; the sandbox is there`,
        latencyMs: null,
      }
    },
  }
}
