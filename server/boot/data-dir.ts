import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { writeDurably } from './durable.ts'
import { birthOf, isAlive } from './processes.ts'

/** Says why a data directory cannot be used, to the person who starts the server. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError'
}

/** A data directory that this process alone uses. */
export interface DataDir {
  /** Absolute. */
  readonly path: string
  /** A UUID that this directory keeps for ever: which installation the server is. */
  readonly installation: string
  /** Lets the next server use it. */
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** Tells a living owner from a stranger that got the same pid later; null where the system does not say. */
  readonly bornAt: string | null
  readonly token: string
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

/** Locks are numbered; the one with the highest number counts. */
const LOCK = /^server\.lock\.(\d+)$/

const lockPath = (directory: string, number: number): string => join(directory, `server.lock.${number}`)

/** The numbers of the locks that are there, rising. */
async function lockNumbers(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory)
  return names.flatMap((name) => Number(LOCK.exec(name)?.[1] ?? Number.NaN) || []).sort((left, right) => left - right)
}

/** Links a whole lock file into place in one step; false where there is one with this number already. */
async function place(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Taking a file away that somebody else has taken away already is no failure. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true })
}

/**
 * One attempt: refuses where the highest lock's owner runs, else places the next one.
 * Nobody ever removes the highest lock but its owner; so of several that find a dead owner at once, only one places the
 * next number, and one that comes late with an old number sees the higher one right afterwards and steps back.
 */
async function tryLock(directory: string, draft: string): Promise<number | null> {
  const highest = (await lockNumbers(directory)).at(-1) ?? 0
  const holder = readOwner(await readFile(lockPath(directory, highest), 'utf8').catch(() => ''))
  if (isRunning(holder)) {
    throw new DataDirError(
      `The data directory ${directory} belongs to another running server (process ${holder?.pid ?? '?'}). ` +
        'Stop that one, or set DATA_DIR to another directory.',
    )
  }
  const number = highest + 1
  if (!(await place(draft, lockPath(directory, number)))) return null
  const numbers = await lockNumbers(directory)
  if ((numbers.at(-1) ?? 0) > number) {
    await remove(lockPath(directory, number))
    return null
  }
  for (const older of numbers) if (older < number) await remove(lockPath(directory, older))
  return number
}

/** @returns the path of our lock. */
async function takeLock(directory: string): Promise<string> {
  const owner: Owner = { pid: process.pid, bornAt: birthOf(process.pid), token: randomUUID() }
  const draft = join(directory, `server.lock-draft.${owner.token}`)
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      const number = await tryLock(directory, draft)
      if (number !== null) return lockPath(directory, number)
    }
    throw new DataDirError(`The data directory ${directory} could not be locked: other servers are starting in it.`)
  } finally {
    await remove(draft)
  }
}

/**
 * Creates a folder with the folders above it. Node's own `recursive` never returns where the system refuses a new
 * folder in an existing one with ENOENT, as `/proc` does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}

/** Reads the directory's UUID, or gives it one. */
async function readInstallation(path: string): Promise<string> {
  const file = join(path, 'installation')
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  if (/^[0-9a-f-]{36}$/.test(known.trim())) return known.trim()
  const made = randomUUID()
  await writeDurably(file, `${made}\n`)
  return made
}

/**
 * Makes a data directory ours: creates it, checks that it can be written, and locks it against other servers.
 * The lock names its owner, so that one left behind by `kill -9` or a power cut is simply taken over.
 * @throws DataDirError where it is not writable or belongs to another running server.
 */
export async function openDataDir(directory: string): Promise<DataDir> {
  const path = resolve(directory)
  try {
    await makeFolder(path)
    await access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new DataDirError(`The data directory ${path} cannot be written (${code}). Set DATA_DIR to one that can.`)
  }
  const lock = await takeLock(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EROFS' && error.code !== 'EPERM') throw error
    throw new DataDirError(
      `The data directory ${path} cannot be written (${error.code}). Set DATA_DIR to one that can.`,
    )
  })
  return { path, installation: await readInstallation(path), release: () => remove(lock) }
}
