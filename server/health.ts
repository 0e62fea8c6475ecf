import { availableParallelism, totalmem } from 'node:os'
import type { ComponentHealth, ResourceUse } from '../schema/context.ts'
import type { JoinedLaunchers } from './launcher/all.ts'
import type { SourceCatalog } from './simulations/sources.ts'
import type { EventRecorder } from './store/port.ts'

/** Remembers since when each component is as it is. */
class Since {
  readonly #known = new Map<string, { status: string; since: Date }>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  of(name: string, status: string): Date {
    const known = this.#known.get(name)
    if (known !== undefined && known.status === status) return known.since
    const since = this.#now()
    this.#known.set(name, { status, since })
    return since
  }
}

export interface HealthOptions {
  /** Milliseconds of a round trip to the database; throws where there is none. */
  readonly ping: () => Promise<number>
  readonly recorder: EventRecorder
  readonly launcher: JoinedLaunchers
  readonly sources: Pick<SourceCatalog, 'find'>
  /** Whether a simulation that runs gets its market data from the venue. */
  readonly venueInUse: () => boolean
  readonly now: () => Date
}

type Finding = Omit<ComponentHealth, 'since'>

/** Looks at every component that the API's answers depend on. */
export function createHealth(options: HealthOptions): () => Promise<readonly ComponentHealth[]> {
  const since = new Since(options.now)

  const store = async (): Promise<readonly Finding[]> => {
    const { waiting, bound, failingSince, lastError } = options.recorder.state()
    const backlog = `${waiting} of at most ${bound} events wait to be written`
    try {
      const latencyMs = await options.ping()
      const failing = failingSince !== null
      const message = failing
        ? `${backlog}; the last attempt failed: ${lastError ?? 'unknown'}`
        : waiting > 0
          ? backlog
          : null
      return [
        { name: 'store', status: failing ? 'degraded' : 'up', message, latencyMs },
        { name: 'configurations', status: 'up', message: 'kept in PostgreSQL', latencyMs },
      ]
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `The database cannot be reached (${why}). Running simulations go on: ${backlog}.`
      return [
        { name: 'store', status: 'down', message, latencyMs: null },
        {
          name: 'configurations',
          status: 'down',
          message: 'kept in PostgreSQL, which cannot be reached',
          latencyMs: null,
        },
      ]
    }
  }
  const feed = async (): Promise<Finding> => {
    const venue = await options.sources.find('coinbase')
    const reachable = venue?.available === true
    // The sandbox serves those who have no network: a venue that nobody uses is missed by nobody.
    return {
      name: 'feed',
      status: reachable || !options.venueInUse() ? 'up' : 'degraded',
      message: reachable ? null : `${venue?.description ?? 'no venue'}; the sandbox is there`,
      latencyMs: null,
    }
  }

  const launcher = async (): Promise<Finding> => {
    const { status, message, latencyMs } = await options.launcher.health()
    const engines = `${options.launcher.kind}: ${options.launcher.running().length} engines run`
    return { name: 'launcher', status, message: message === null ? engines : `${engines}. ${message}`, latencyMs }
  }

  return async () => {
    const findings: readonly Finding[] = [
      ...(await store()),
      { name: 'bus', status: 'up', message: 'within this process', latencyMs: 0 },
      await launcher(),
      await feed(),
    ]
    return findings.map((finding) => ({ ...finding, since: since.of(finding.name, finding.status) }))
  }
}

export interface ResourceOptions {
  readonly launcher: JoinedLaunchers
  readonly maxSimulations: number
  readonly running: () => number
  readonly isSimulation: (owner: string) => boolean
}

/** What the platform may use and what it uses now; the server's own share is measured between two calls. */
export function createResources(options: ResourceOptions): () => Promise<ResourceUse> {
  let last = { cpu: process.cpuUsage(), at: performance.now() }

  return () => {
    const cpu = process.cpuUsage()
    const at = performance.now()
    const micros = cpu.user + cpu.system - last.cpu.user - last.cpu.system
    const serverCpuPercent = at > last.at ? micros / (at - last.at) / 10 : null
    last = { cpu, at }
    const engines = options.launcher.running()
    return Promise.resolve({
      maxSimulations: options.maxSimulations,
      runningSimulations: options.running(),
      runningEngines: engines.length,
      cpuCount: availableParallelism(),
      totalMemoryBytes: totalmem(),
      serverMemoryBytes: process.memoryUsage.rss(),
      serverCpuPercent,
      engines: engines.map(({ owner, entry }) => ({
        ...entry,
        simulationId: options.isSimulation(owner) ? owner : null,
      })),
    })
  }
}
