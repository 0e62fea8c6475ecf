import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { endProcessesOf, unmountBelow } from './docker.ts'

/** Where images are kept for later checkouts on this machine; safe to be removed whenever no tests run. */
function keptFolder(): string {
  const path = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'aw-trade/docker')
  mkdirSync(path, { recursive: true })
  return path
}

/** Of each kind, the newest so many are kept. */
const KEPT = 2

/** Does what one process at a time may do on this machine. The lock goes with its holder, however that ends. */
export async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  const holder = spawn('flock', [join(keptFolder(), 'lock'), 'sh', '-c', 'echo held && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(holder, 'close')
  try {
    await Promise.race([
      once(holder.stdout, 'data'),
      ended.then(() => Promise.reject(new Error('the lock was not taken: is "flock" of util-linux installed?'))),
    ])
    return await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}

/** The names, sizes and times of all that a folder holds, in short: what was cut off, or written to, differs. */
function sealOf(folder: string): string {
  // What is missing, cut off or written to is a file or a link; folders hold nothing else.
  const format = ['!', '-type', 'd', '-printf', '%P %y %m %U:%G %s %T@ %l\\n']
  const { status, stdout, stderr } = spawnSync('find', ['.', ...format], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${folder} cannot be looked through: ${stderr}`)
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex')
}

/** Whether a folder is there as it was sealed. */
function isWhole(path: string): boolean {
  const seal = `${path}.seal`
  return existsSync(path) && existsSync(seal) && readFileSync(seal, 'utf8') === sealOf(path)
}

/** Removes a folder, with the Docker that a run which was cut short has left on it: nobody else works there now. */
function clear(path: string): void {
  endProcessesOf(path)
  unmountBelow(path)
  rmSync(path, { recursive: true, force: true })
}

/** The folder of a kind and a key, which says all that it is made from; made anew where it is not there, or is damaged. */
export async function keep(kind: string, key: string, make: (draft: string) => Promise<void>): Promise<string> {
  const path = join(keptFolder(), `${kind}-${key}`)
  const seal = `${path}.seal`
  if (!isWhole(path)) {
    const draft = `${path}.draft`
    rmSync(seal, { force: true })
    for (const old of [path, draft]) clear(old)
    mkdirSync(draft)
    await make(draft)
    writeFileSync(seal, sealOf(draft))
    renameSync(draft, path)
  }
  use(kind, path)
  return path
}

/**
 * Works in a folder of a kind and a key, that stays as the work leaves it; empty where it is not there, is damaged, or was left
 * in the middle of some work.
 */
export async function workIn(kind: string, key: string, work: (place: string) => Promise<void>): Promise<void> {
  const path = join(keptFolder(), `${kind}-${key}`)
  const seal = `${path}.seal`
  if (!isWhole(path)) clear(path)
  rmSync(seal, { force: true })
  mkdirSync(path, { recursive: true })
  use(kind, path)
  await work(path)
  writeFileSync(seal, sealOf(path))
}

/** Notes that one was used now, and removes those of its kind that were used least lately. */
function use(kind: string, path: string): void {
  const now = new Date()
  utimesSync(path, now, now)
  const all = readdirSync(keptFolder())
    .filter((name) => name.startsWith(`${kind}-`) && !name.endsWith('.seal'))
    .map((name) => join(keptFolder(), name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
  for (const old of all.slice(KEPT)) {
    rmSync(`${old}.seal`, { force: true })
    clear(old)
  }
}
