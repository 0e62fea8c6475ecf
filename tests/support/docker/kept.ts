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
  // Not of folders: those are touched by whoever looks for a damage by hand.
  const format = ['!', '-type', 'd', '-printf', '%P %y %m %U:%G %s %T@ %l\\n']
  const { status, stdout, stderr } = spawnSync('find', ['.', ...format], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${folder} cannot be looked through: ${stderr}`)
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex')
}

/** The folder of a kind and a key, which says all that it is made from; made anew where it is not there, or is damaged. */
export async function keep(kind: string, key: string, make: (draft: string) => Promise<void>): Promise<string> {
  const path = join(keptFolder(), `${kind}-${key}`)
  const seal = `${path}.seal`
  if (!(existsSync(path) && existsSync(seal) && readFileSync(seal, 'utf8') === sealOf(path))) {
    const draft = `${path}.draft`
    for (const old of [seal, path, draft]) rmSync(old, { recursive: true, force: true })
    mkdirSync(draft)
    await make(draft)
    writeFileSync(seal, sealOf(draft))
    renameSync(draft, path)
  }
  use(kind, path)
  return path
}

/** A folder that is worked in again and again, and may be removed at any time in between. */
export function workplace(kind: string, key: string): string {
  const path = join(keptFolder(), `${kind}-${key}`)
  mkdirSync(path, { recursive: true })
  use(kind, path)
  return path
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
    for (const name of [`${old}.seal`, old]) rmSync(name, { recursive: true, force: true })
  }
}
