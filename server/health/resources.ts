import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import type { ResourceUse } from '../../schema/context.ts'
import type { Launcher } from '../launcher/port.ts'

/** Where Linux tells a control group (a container is one) how much processor time it may use. */
const CPU_LIMIT_FILE = '/sys/fs/cgroup/cpu.max'

export interface ResourceOptions {
  readonly launchers: readonly Pick<Launcher, 'running'>[]
  readonly maxSimulations: number
  readonly running: () => number
  readonly isSimulation: (owner: string) => boolean
  readonly database: () => ResourceUse['database']
  readonly eventQueue: () => ResourceUse['eventQueue']
  readonly tapes: () => Promise<ResourceUse['tapes']>
}

/** The memory that the control group of this process is held to; null where that is no less than the machine has. */
function memoryLimit(): number | null {
  const limit = process.constrainedMemory()
  return limit === undefined || limit <= 0 || limit >= totalmem() ? null : limit
}

/** Processors that a line of `cpu.max` (`<quota> <period>`, or `max <period>`) allows; null: as many as there are. */
export function parseCpuLimit(line: string): number | null {
  const [quota, period] = line.trim().split(/\s+/).map(Number)
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null
}

async function cpuLimit(): Promise<number | null> {
  // Without control groups (another system, an older kernel) there is no such file, and no such limit.
  const line = await readFile(CPU_LIMIT_FILE, 'utf8').catch(() => 'max')
  return parseCpuLimit(line)
}

/** What the platform may use and what it uses now; the server's own share is measured between two calls. */
export function createResources(options: ResourceOptions): () => Promise<ResourceUse> {
  let last = { cpu: process.cpuUsage(), at: performance.now() }

  return async () => {
    const cpu = process.cpuUsage()
    const at = performance.now()
    const micros = cpu.user + cpu.system - last.cpu.user - last.cpu.system
    const serverCpuPercent = at > last.at ? micros / (at - last.at) / 10 : null
    last = { cpu, at }
    const engines = options.launchers.flatMap((launcher) => launcher.running())
    return {
      maxSimulations: options.maxSimulations,
      runningSimulations: options.running(),
      runningEngines: engines.length,
      cpuCount: availableParallelism(),
      cpuLimit: await cpuLimit(),
      totalMemoryBytes: totalmem(),
      memoryLimitBytes: memoryLimit(),
      serverMemoryBytes: process.memoryUsage.rss(),
      serverCpuPercent,
      database: options.database(),
      eventQueue: options.eventQueue(),
      tapes: await options.tapes(),
      engines: engines.map(({ owner, entry }) => ({
        ...entry,
        simulationId: options.isSimulation(owner) ? owner : null,
      })),
    }
  }
}
