import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { openDataDir } from '../boot/data-dir.ts'
import type { Config } from '../config.ts'
import { openStage, type Opened } from './stage.ts'

/** Where this server keeps what it keeps on disk. */
export interface Home {
  /** The data directory, absolute; this server's alone. */
  readonly path: string
  /** Which installation this server is: a UUID that the data directory keeps for ever. */
  readonly installation: string
  /** Folder of the tapes. */
  readonly tapes: string
  /** Where the marks of running processes are kept. */
  readonly marks: string
}

export interface HomeNeeds {
  readonly config: Pick<Config, 'dataDir' | 'tapesDir'>
  readonly log: Logger
}

/** Takes the data directory. @throws Error, for a person, where it cannot be had. */
export function openHome({ config, log }: HomeNeeds): Promise<Opened<Home>> {
  return openStage(log, async (keep) => {
    const { path, installation, release } = await openDataDir(config.dataDir)
    keep({ dispose: release })
    await mkdir(config.tapesDir, { recursive: true })
    return { path, installation, tapes: config.tapesDir, marks: join(path, 'engines') }
  })
}
