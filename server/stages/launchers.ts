import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createDockerLauncher } from '../launcher/docker/launcher.ts'
import type { Launcher } from '../launcher/port.ts'
import { createProcessLauncher } from '../launcher/process.ts'
import { createSwarmLauncher } from '../launcher/swarm/launcher.ts'

export interface OpenLaunchersOptions {
  readonly config: Config
  /** Folder of the bundled engines. */
  readonly engines: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the marks of running processes are kept. */
  readonly marks: string
  /** The platform's id, the same for all its servers. */
  readonly instance: string
  readonly tapes: string
  readonly log: Logger
  /** Takes what is to be closed, the last one first. */
  readonly add: (close: () => Promise<unknown>) => void
}

/** Every way in which this server can launch engines, the default first. A swarm needs Redis, and to be asked for. */
export async function openLaunchers(options: OpenLaunchersOptions): Promise<readonly [Launcher, ...Launcher[]]> {
  const { config, engines, env, marks, instance, tapes, log, add } = options
  const processes = createProcessLauncher({ engines, marks, env })
  const docker = createDockerLauncher({ settings: config.docker, instance, tapes, log })
  const { redisUrl, engineRedisUrl } = config
  const swarm =
    redisUrl === null || engineRedisUrl === null || config.launcher !== 'SWARM'
      ? []
      : [
          await createSwarmLauncher({
            docker: config.docker,
            swarm: config.swarm,
            instance,
            tapes,
            redisUrl,
            engineRedisUrl,
            log,
          }),
        ]
  const all: readonly Launcher[] = [processes, docker, ...swarm]
  for (const launcher of all) add(() => launcher.dispose())
  const standard = all.find((launcher) => launcher.kind === config.launcher) ?? processes
  return [standard, ...all.filter((launcher) => launcher !== standard)]
}
