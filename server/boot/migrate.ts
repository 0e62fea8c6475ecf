import pg from 'pg'
import { finish } from './half-migrated.ts'
import { apply, isEmpty, readMigrations, readRecords, type Migration, type MigrationRecord } from './migrations.ts'
import { unlessStopped } from './stopping.ts'

/** The key of the advisory lock under which only one server at a time migrates a database. */
const MIGRATION_LOCK = 4_207_141_123
/** A migration may take long; a way to the database that is broken is noticed within some 20 s all the same. */
const KEPT_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
/** How long a database may take to let us in. */
const CONNECT_TIMEOUT_MS = 10_000
/** How long we wait for another server that migrates; ours take well under a second. */
const LOCK_TIMEOUT_MS = 60_000
/** PostgreSQL's code for a lock that could not be had in time. */
const LOCK_NOT_AVAILABLE = '55P03'

/** @throws Error, for a person, where a database holds what this version does not know. */
function refuseNewer(records: readonly MigrationRecord[], migrations: readonly Migration[], place: string): void {
  const known = new Set(migrations.map(({ name }) => name))
  const strangers = records.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (strangers.length === 0) return
  throw new Error(
    `${place} was set up by a newer version of this server: it holds ${strangers.join(', ')}, which this version ` +
      'does not know. Upgrade this server, or give it another database. Nothing was changed.',
  )
}

/**
 * Sees to migrations that were cut off half-way, as versions of this server left them that were killed while they migrated.
 * @returns the names of those that are finished now.
 * @throws Error, for a person, where it is not certain how far one had come.
 */
async function finishHalves(
  holder: pg.Client,
  records: readonly MigrationRecord[],
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const halves = records.filter(({ finished }) => !finished)
  for (const record of halves) {
    const before = migrations.filter(({ name }) => name < record.name)
    const half = migrations.find(({ name }) => name === record.name)
    // It was the last one then, and alone: anything else is nothing that a killed server left.
    const alone = halves.length === 1 && records.at(-1) === record && before.length === records.length - 1
    if (half !== undefined && alone && (await finish(holder, before, half, record))) continue
    throw new Error(
      `${placeOf(holder)} holds a migration that failed half-way: ${halves.map(({ name }) => name).join(', ')}. The ` +
        'column "logs" of the table _prisma_migrations says why. Put the backup back; or repair it by hand and tell so ' +
        `with "npx prisma migrate resolve --rolled-back ${record.name}" (or --applied); or, where nothing in it is ` +
        'needed any more, give this server an empty database. Nothing was changed.',
    )
  }
  return halves.map(({ name }) => name)
}

/** Why a database cannot be reached, by the codes of the system and of PostgreSQL. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  '28P01': 'the password is wrong, or there is no such user',
  '28000': 'it does not let this user in',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EADDRNOTAVAIL: 'this machine has no port left for another connection; wait a minute, or end programs that use many',
  EMFILE: 'this server has too many files and connections open; allow more ("ulimit -n")',
  '3D000': 'there is no such database; create it first',
  '42501': 'it lets this user in, but not connect to this database',
  '53300': 'it takes no more connections',
  '57P03': 'it is only just starting, or stopping; try again in a moment',
}

/** How a database is named to a person, without the password. */
const placeOf = ({ database, host, port }: pg.Client): string => `The database "${database ?? ''}" at ${host}:${port}`

/** Connects to the database. @throws Error, for a person, without the password. */
async function connect(url: string, timeoutMs: number): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    application_name: 'aw-trade migrations',
    ...KEPT_ALIVE,
  })
  // A connection that breaks between two queries must not end the process; the next query says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const late = message === 'timeout expired' ? `it does not answer within ${timeoutMs / 1000} s` : message
    throw new Error(
      `${placeOf(client)} cannot be used as "${client.user ?? ''}": ${REASONS[code ?? ''] ?? late}. ` +
        'Check DATABASE_URL or POSTGRES_*.',
      { cause: error },
    )
  }
}

/** Waits for its turn; ending the session gives the lock back. @throws Error, for a person, where it does not come. */
async function takeLock(holder: pg.Client, timeoutMs: number): Promise<void> {
  try {
    await holder.query("SELECT set_config('lock_timeout', $1, false)", [String(timeoutMs)])
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error
    throw new Error(
      `${placeOf(holder)} has been migrated by another server for more than ${timeoutMs / 1000} s. See whether that ` +
        `one still works (it holds the advisory lock ${MIGRATION_LOCK}; pg_locks tells its process), then start again.`,
      { cause: error },
    )
  }
}

export interface MigrateOptions {
  /** How long things may take; as the constants say unless told otherwise. */
  readonly connectTimeoutMs?: number
  readonly lockTimeoutMs?: number
  /** Says that it is not wanted any more: what is not committed then is taken back. */
  readonly stop?: AbortSignal
}

/**
 * Brings a database up to date as `prisma migrate deploy` would (same table, same checksums), but each migration as a whole
 * or not at all: whenever a server is killed, the next one goes on.
 * Servers that start at once on one database wait for each other, at most a minute.
 * @param folder where the migrations are, `prisma/migrations` of the project.
 * @returns the names of the migrations that were applied, or finished, now.
 * @throws Error, for a person, where the database cannot be reached, is one of a newer server, or a migration fails; the
 * signal's reason where that says to stop.
 */
export function migrate(url: string, folder: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const migrating = migrateUnder(url, folder, options)
  return options.stop === undefined ? migrating : unlessStopped(options.stop, migrating)
}

async function migrateUnder(url: string, folder: string, options: MigrateOptions): Promise<readonly string[]> {
  const { stop, connectTimeoutMs = CONNECT_TIMEOUT_MS, lockTimeoutMs = LOCK_TIMEOUT_MS } = options
  const holder = await connect(url, connectTimeoutMs)
  // Cuts off the query that is under way, and with it the transaction.
  const cut = (): void => void holder.end()
  stop?.addEventListener('abort', cut)
  try {
    await takeLock(holder, lockTimeoutMs)
    const migrations = await readMigrations(folder)
    const records = await readRecords(holder)
    refuseNewer(records ?? [], migrations, placeOf(holder))
    try {
      return await bringUpToDate(holder, records, migrations)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      throw new Error(
        `${placeOf(holder)} could not be brought up to date: ${error.message}. It must be empty or this program's own, ` +
          'and its user must be allowed to create tables in it.',
        { cause: error },
      )
    }
  } finally {
    stop?.removeEventListener('abort', cut)
    // Ending the session also gives the advisory lock back.
    await holder.end()
  }
}

async function bringUpToDate(
  holder: pg.Client,
  records: readonly MigrationRecord[] | null,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  if (records === null && !(await isEmpty(holder))) {
    throw new Error(
      `${placeOf(holder)} could not be brought up to date: The database schema is not empty. It must be empty or this ` +
        "program's own.",
    )
  }
  const finished = await finishHalves(holder, records ?? [], migrations)
  const there = new Set((records ?? []).map(({ name }) => name))
  const missing = migrations.filter(({ name }) => !there.has(name))
  for (const migration of missing) await apply(holder, migration)
  return [...finished, ...missing.map(({ name }) => name)]
}
