import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The id of this installation: random, made with the first start, kept in the data directory. What it makes elsewhere
 * (containers, networks) bears it, so that it is found again, and two installations on one Docker never meet.
 */
export function readInstance(dataDir: string): string {
  const path = join(dataDir, 'instance')
  try {
    const known = readFileSync(path, 'utf8').trim()
    if (/^[\da-f]{8}$/.test(known)) return known
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const made = randomBytes(4).toString('hex')
  writeFileSync(path, `${made}\n`)
  return made
}

/** Whether an owner of engines is a simulation; other owners are shared sources. */
export const isUuid = (owner: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(owner)
