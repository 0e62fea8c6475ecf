import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { access, constants, link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Says why a data directory cannot be used, to the person who starts the server. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError'
}

/** A data directory that this process alone uses. */
export interface DataDir {
  /** Absolute. */
  readonly path: string
  /** Lets the next server use it. */
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** Tells a living owner from a stranger that got the same pid later; null where the system does not say. */
  readonly bornAt: string | null
  readonly token: string
}

/** The fields of /proc/PID/stat from the third (state) on; null off Linux or where the process is gone. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** When a process was born, in the kernel's ticks (field 22). */
function birthOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null
}

/** Whether a process with this pid runs. One that ended but was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = statOf(pid)?.[0]
  return state !== 'Z' && state !== 'X'
}

function readOwner(text: string): Owner | null {
  try {
    const value = JSON.parse(text) as Partial<Owner>
    if (typeof value.pid !== 'number' || typeof value.token !== 'string') return null
    return { pid: value.pid, bornAt: value.bornAt ?? null, token: value.token }
  } catch {
    return null
  }
}

function isRunning(owner: Owner | null): boolean {
  if (owner === null || !isAlive(owner.pid)) return false
  return owner.bornAt === null || !existsSync('/proc/self/stat') || owner.bornAt === birthOf(owner.pid)
}

/** Takes a dead owner's lock away, unless somebody else was quicker and the file is already a living one's. */
async function removeStale(lock: string, stale: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`
  try {
    await rename(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== stale) {
    await link(aside, lock).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  await unlink(aside)
}

async function takeLock(directory: string, lock: string): Promise<string> {
  const owner: Owner = { pid: process.pid, bornAt: birthOf(process.pid), token: randomUUID() }
  const text = JSON.stringify(owner)
  const draft = `${lock}.${owner.token}`
  await writeFile(draft, text, { mode: 0o600 })
  try {
    // link() creates the lock with its content in one step, so that nobody reads a half-written one.
    for (let attempt = 0; attempt < 10; attempt++) {
      const taken = await link(draft, lock).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false
          throw error
        },
      )
      const found = await readFile(lock, 'utf8').catch(() => '')
      if (taken && found === text) return text
      const holder = readOwner(found)
      if (isRunning(holder)) {
        throw new DataDirError(
          `The data directory ${directory} belongs to another running server (process ${holder?.pid ?? '?'}). ` +
            'Stop that one, or set DATA_DIR to another directory.',
        )
      }
      await removeStale(lock, found)
    }
    throw new DataDirError(`The data directory ${directory} could not be locked: another server is starting in it.`)
  } finally {
    await unlink(draft)
  }
}

/**
 * Makes a data directory ours: creates it, checks that it can be written, and locks it against other servers.
 * The lock names its owner, so that one left behind by `kill -9` or a power cut is simply taken over.
 * @throws DataDirError where it is not writable or belongs to another running server.
 */
export async function openDataDir(directory: string): Promise<DataDir> {
  const path = resolve(directory)
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new DataDirError(`The data directory ${path} cannot be written (${code}). Set DATA_DIR to one that can.`)
  }
  const lock = join(path, 'server.lock')
  const text = await takeLock(path, lock).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EROFS' && error.code !== 'EPERM') throw error
    throw new DataDirError(
      `The data directory ${path} cannot be written (${error.code}). Set DATA_DIR to one that can.`,
    )
  })
  return {
    path,
    async release() {
      const current = await readFile(lock, 'utf8').catch(() => null)
      if (current === text) await unlink(lock)
    },
  }
}
