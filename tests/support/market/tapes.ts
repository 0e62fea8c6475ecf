import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../../../server/setup.mjs'

const program = join(root, 'dist/engines/generate-tape.js')
const cache = join(root, 'node_modules/.cache/aw-trade-tapes')

/** Generates a tape where it is kept. Several processes may do so at once: the last one's, which is the same, stays. */
function generate(path: string, seconds: number, activity: number): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true })
  // Those of other versions of the program.
  for (const name of readdirSync(cache)) {
    if (join(cache, name) !== folder) rmSync(join(cache, name), { recursive: true, force: true })
  }
  const draft = path.replace(/\.tape$/, `.${process.pid}.tape`)
  const { status, stderr } = spawnSync(process.execPath, [program], {
    env: { TAPE_PATH: draft, DURATION_SECONDS: String(seconds), ACTIVITY: String(activity), LOG_LEVEL: 'warn' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the tape was not made: ${stderr}`)
  renameSync(draft, path)
}

/**
 * Puts a tape of a generated market into a folder. The same market each time, so that it is generated once for all tests
 * and copied: what takes a second or two of a processor takes a few milliseconds of it so.
 */
export function layTape(folder: string, name = 'sample', seconds = 120, activity = 1): void {
  const version = createHash('sha256').update(readFileSync(program)).digest('hex').slice(0, 16)
  const kept = join(cache, version, `${seconds}-${activity}.tape`)
  if (!existsSync(kept)) generate(kept, seconds, activity)
  mkdirSync(folder, { recursive: true })
  copyFileSync(kept, join(folder, `${name}.tape`), constants.COPYFILE_FICLONE)
}
