import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../server/setup.mjs'

const GENERATOR = join(root, 'dist/engines/generate-tape.js')

/** Of the tape that a server makes in the background of its first start. */
const SAMPLE_SECONDS = 600

/** Where tapes are kept, in a folder for each generator. */
const KEPT = join(root, 'node_modules/.cache/aw-trade-tapes')

/** Runs the generator, unless a tape of the same market was made before. @returns the tape's path. */
function generated(seconds: number, activity: number): string {
  const generator = createHash('sha256').update(readFileSync(GENERATOR)).digest('hex').slice(0, 16)
  const folder = join(KEPT, generator)
  const path = join(folder, `${seconds}-${activity}.tape`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  // Those of another generator are of no use any more.
  for (const name of readdirSync(KEPT))
    if (name !== generator) rmSync(join(KEPT, name), { recursive: true, force: true })
  const draft = join(folder, `${seconds}-${activity}.${process.pid}.tape`)
  const { status, stderr } = spawnSync(process.execPath, [GENERATOR], {
    env: { TAPE_PATH: draft, DURATION_SECONDS: String(seconds), ACTIVITY: String(activity), LOG_LEVEL: 'warn' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the tape was not made: ${stderr}`)
  renameSync(draft, path)
  return path
}

/**
 * Lays a tape of a generated market into a data directory. As `sample` it stands where the server would make its own,
 * which is larger, in the background of a first start. Each market is generated once, and copied from then on.
 */
export function makeTape(dataDir: string, name = 'sample', seconds = 120, activity = 1): void {
  const folder = join(dataDir, 'tapes')
  mkdirSync(folder, { recursive: true })
  copyFileSync(generated(seconds, activity), join(folder, `${name}.tape`), constants.COPYFILE_FICLONE)
}

/** Lays the sample tape that a server would make, where there is none, so that no server spends two seconds of a core on it. */
export function laySample(dataDir: string): void {
  if (!existsSync(join(dataDir, 'tapes/sample.tape'))) makeTape(dataDir, 'sample', SAMPLE_SECONDS)
}
