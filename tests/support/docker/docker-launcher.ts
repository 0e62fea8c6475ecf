import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createDockerLauncher } from '../../../server/launcher/docker/launcher.ts'
import type { DockerSettings } from '../../../server/launcher/docker/settings.ts'
import type { Launcher } from '../../../server/launcher/port.ts'
import { ENGINE_IMAGE } from './docker.ts'

/** A launcher with a data directory of its own. */
export interface TestDockerLauncher extends Launcher {
  available(): Promise<string | null>
  readonly instance: string
  /** Its folder of tapes. */
  readonly tapes: string
  /** Another launcher of the same installation, as the next server has it. */
  next(settings?: Partial<DockerSettings>): TestDockerLauncher
  /** What it logged, a line each. */
  readonly log: readonly string[]
  /** Ends it, and removes its directory. */
  remove(): Promise<void>
}

/** Opens a launcher on the Docker at `host`. */
export function openDockerLauncher(
  host: string,
  changes: Partial<DockerSettings> = {},
  options: { readonly dataDir?: string; readonly lostAfterMs?: number } = {},
): TestDockerLauncher {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'aw-trade-docker-'))
  const settings: DockerSettings = {
    host,
    image: ENGINE_IMAGE,
    memoryMb: 256,
    cpus: 1,
    pids: 64,
    tapes: null,
    user: '1000:1000',
    redisNetwork: null,
    serverContainer: null,
    ...changes,
  }
  const log: string[] = []
  const instance = createHash('md5').update(dataDir).digest('hex').slice(0, 8)
  const launcher = createDockerLauncher({
    settings,
    instance,
    tapes: dataDir,
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    ...(options.lostAfterMs === undefined ? {} : { lostAfterMs: options.lostAfterMs }),
  })
  return {
    kind: launcher.kind,
    launch: (spec) => launcher.launch(spec),
    adopt: (owner) => launcher.adopt(owner),
    connect: (engine, owner) => launcher.connect(engine, owner),
    release: (owner) => launcher.release(owner),
    reapOrphans: (keptNow) => launcher.reapOrphans(keptNow),
    running: () => launcher.running(),
    health: () => launcher.health(),
    available: () => launcher.available?.() ?? Promise.resolve(null),
    dispose: () => launcher.dispose(),
    instance,
    tapes: dataDir,
    log,
    next: (more = {}) => openDockerLauncher(host, { ...changes, ...more }, { ...options, dataDir }),
    async remove() {
      await launcher.dispose()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
