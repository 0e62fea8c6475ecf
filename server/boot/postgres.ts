import { join } from 'node:path'
import pg from 'pg'
import { findLoopback, inUrl, type Loopback } from './loopback.ts'
import { findAccount, findBinaries, initialise, openTheWay, readPassword } from './postgres/cluster.ts'
import { startPostmaster, type Postmaster } from './postgres/postmaster.ts'
import { unlessStopped } from './stopping.ts'

const DATABASE = 'aw_trade'
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
  /** Which port of 127.0.0.1; a free one of the loopback address unless told. */
  readonly port?: number
  /** Says that the start is not wanted any more: it ends then, at any stage, with nothing left running. */
  readonly stop?: AbortSignal
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  // Where Postgres is stopped meanwhile; whoever waits is told by the query.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`)
  } finally {
    await client.end()
  }
}

/** What PostgreSQL is told besides where its cluster is. */
function argumentsFor(host: Loopback, port: number, more: readonly string[]): readonly string[] {
  const settings = [`listen_addresses=${host}`, 'unix_socket_directories=', 'timezone=UTC', 'max_connections=60']
  return ['-p', String(port), ...[...settings, 'lc_messages=C', ...more].flatMap((setting) => ['-c', setting])]
}

/** Keeps one running: where it ends by itself it is started again, with growing waits between attempts. */
function keepRunning(
  first: Postmaster,
  start: (stop: AbortSignal) => Promise<Postmaster>,
  log: NonNullable<EmbeddedOptions['log']>,
): Pick<EmbeddedPostgres, 'pid' | 'dispose'> {
  let current: Postmaster | null = null
  const ending = new AbortController()
  let attempt = 0
  let timer: NodeJS.Timeout | null = null
  let starting: Promise<void> | null = null

  const watch = (next: Postmaster): void => {
    current = next
    void next.exited.then((how) => {
      current = null
      if (ending.signal.aborted) return
      log('error', `Postgres ended (${how}); it is started again`)
      scheduleRestart()
    })
  }
  const restart = async (): Promise<void> => {
    try {
      const next = await start(ending.signal)
      attempt = 0
      watch(next)
    } catch (error) {
      if (ending.signal.aborted) return
      log('error', error instanceof Error ? error.message : String(error))
      scheduleRestart()
    }
  }
  const scheduleRestart = (): void => {
    const delay = RESTART_DELAYS_MS[Math.min(attempt++, RESTART_DELAYS_MS.length - 1)]
    timer = setTimeout(() => (starting = restart()), delay)
  }
  watch(first)
  return {
    pid: () => current?.pid ?? null,
    async dispose() {
      ending.abort()
      if (timer !== null) clearTimeout(timer)
      await starting
      await current?.stop()
    },
  }
}

/**
 * Starts a real PostgreSQL on a free port of the loopback address. The first time it creates the cluster (about a second); later
 * starts only start it. A Postgres that dies is started again on the same port. Whatever ends this process, Postgres stops.
 * @throws Error, for a person, where it cannot be started; the signal's reason where that says to stop.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, stop, log = () => undefined } = options
  const binaries = await findBinaries()
  const account = await findAccount()
  const cluster = join(dataDir, 'postgres')
  await openTheWay(dataDir, account)
  const password = await readPassword(dataDir)
  await initialise(cluster, password, binaries, account, stop)
  const { host, port } =
    options.port === undefined ? await findLoopback() : { host: '127.0.0.1' as const, port: options.port }
  const args = argumentsFor(host, port, options.settings ?? [])
  const start = (until: AbortSignal | undefined) =>
    startPostmaster({ binary: binaries.postgres, cluster, account, args, log, stop: until })
  const running = keepRunning(await start(stop), start, log)
  const urlOf = (database: string) => `postgresql://aw_trade:${password}@${inUrl(host)}:${port}/${database}`
  try {
    const creating = createDatabase(urlOf('postgres'))
    await (stop === undefined ? creating : unlessStopped(stop, creating))
  } catch (error) {
    await running.dispose()
    throw error
  }
  return { url: urlOf(DATABASE), ...running }
}
