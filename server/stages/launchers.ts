import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createDockerLauncher } from '../launcher/docker/launcher.ts'
import type { Launcher, Orphan } from '../launcher/port.ts'
import { createProcessLauncher } from '../launcher/process.ts'
import { createSwarmLauncher } from '../launcher/swarm/launcher.ts'
import type { Home } from './home.ts'
import { openStage, type Opened } from './stage.ts'
import type { StoreStage } from './store.ts'

/** Every way in which this server can launch engines. */
export interface Launchers {
  /** The default first. */
  readonly all: readonly [Launcher, ...Launcher[]]
  /** Engines that earlier servers had left, and that were ended when this was opened. */
  readonly orphans: readonly Orphan[]
  /** Ends the engines that no server answers for, and gives what they were. */
  reapOrphans(): Promise<readonly Orphan[]>
}

export interface LaunchersNeeds {
  readonly config: Pick<Config, 'docker' | 'swarm' | 'redisUrl' | 'engineRedisUrl' | 'launcher'>
  /** Folder of the bundled engines. */
  readonly engines: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: Pick<Home, 'tapes' | 'marks'>
  /** Knows which servers there are, whose engines are theirs. */
  readonly store: Pick<StoreStage, 'servers'>
  readonly log: Logger
}

/** Opens the launchers, and ends what earlier servers left. A swarm needs Redis, and to be asked for. */
export function openLaunchers({ config, engines, env, home, store, log }: LaunchersNeeds): Promise<Opened<Launchers>> {
  return openStage(log, async (keep) => {
    const { tapes, marks } = home
    // The platform's id, the same for all its servers.
    const instance = await store.servers.platformId()
    const processes = keep(createProcessLauncher({ engines, marks, env }))
    const { message } = await processes.health()
    if (message !== null) log.warn(message)
    const docker = keep(createDockerLauncher({ settings: config.docker, instance, tapes, log }))
    const { redisUrl, engineRedisUrl } = config
    const swarms =
      redisUrl === null || engineRedisUrl === null || config.launcher !== 'SWARM'
        ? []
        : [
            keep(
              await createSwarmLauncher({
                docker: config.docker,
                swarm: config.swarm,
                instance,
                tapes,
                redisUrl,
                engineRedisUrl,
                log,
              }),
            ),
          ]
    const found: readonly Launcher[] = [processes, docker, ...swarms]
    const standard = found.find((launcher) => launcher.kind === config.launcher) ?? processes
    const all = [standard, ...found.filter((launcher) => launcher !== standard)] as const
    const reapOrphans = async (): Promise<readonly Orphan[]> =>
      (await Promise.all(all.map((one) => one.reapOrphans(() => store.servers.ownersInUse())))).flat()
    return { all, reapOrphans, orphans: await reapOrphans() }
  })
}
