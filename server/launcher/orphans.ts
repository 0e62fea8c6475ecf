import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLine } from '../boot/processes.ts'
import type { Orphan } from './port.ts'

/** How long a killed process may take to vanish before reaping gives up. */
const VANISH_MS = 5_000
const LOOK_EVERY_MS = 20

/**
 * Remembers on disk which engines run, so that the next server ends what a crashed one left.
 * A file a process, named after its id, holds whose engine it is. Process ids are used again by the system: a process
 * is only ours while its command line carries the owner's mark.
 */
export interface Orphanage {
  /** @throws the system's error where the mark cannot be written; then nothing of it is left. */
  mark(pid: number, owner: string): void
  /** Never fails: a mark that cannot be taken away speaks of a process that is gone, and the next server removes it. */
  unmark(pid: number): void
  /** Kills what is left of an earlier server, and nothing of this one's own; resolves when it is gone. */
  reap(): Promise<readonly Orphan[]>
}

/** The argument that every engine is started with. */
export function ownerMark(owner: string): string {
  return `--aw-trade-owner=${owner}`
}

function isOurs(pid: number, owner: string): boolean {
  return commandLine(pid)?.includes(ownerMark(owner)) ?? false
}

async function endNow(pid: number, owner: string): Promise<void> {
  process.kill(pid, 'SIGKILL')
  for (let waited = 0; waited < VANISH_MS; waited += LOOK_EVERY_MS) {
    if (!isOurs(pid, owner)) return
    await delay(LOOK_EVERY_MS)
  }
  throw new Error(`process ${pid}, an engine of a server that is gone, cannot be ended`)
}

/** Keeps the marks in `folder`, which is created where it is missing. */
export function createOrphanage(folder: string): Orphanage {
  mkdirSync(folder, { recursive: true })
  const file = (pid: number): string => join(folder, `${pid}.json`)
  const own = new Set<number>()
  const unmark = (pid: number): void => {
    own.delete(pid)
    try {
      rmSync(file(pid), { force: true })
    } catch {
      // The disk is read-only, or gone: that ends no server.
    }
  }
  return {
    mark(pid, owner) {
      own.add(pid)
      try {
        writeFileSync(file(pid), JSON.stringify({ owner }))
      } catch (error) {
        // A full disk leaves an empty file.
        unmark(pid)
        throw error
      }
    },
    unmark,
    async reap() {
      const orphans: Orphan[] = []
      for (const name of readdirSync(folder)) {
        const pid = Number.parseInt(name, 10)
        if (own.has(pid)) continue
        const owner = readOwner(join(folder, name))
        if (Number.isSafeInteger(pid) && pid > 0 && owner !== null && isOurs(pid, owner)) {
          await endNow(pid, owner)
          orphans.push({ owner, description: `process ${pid}` })
        }
        rmSync(join(folder, name), { force: true })
      }
      return orphans
    },
  }
}

/** Whose engine a mark speaks of; null where a crash cut the file short. */
function readOwner(path: string): string | null {
  try {
    const { owner } = JSON.parse(readFileSync(path, 'utf8')) as { owner?: unknown }
    return typeof owner === 'string' ? owner : null
  } catch {
    return null
  }
}
