import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

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

type EngineModule = typeof engineModule & {
  __wbg_set_wasm(exports: unknown): void
}

/** What is used of the WebAssembly global, whose types come only with those of a browser. */
interface WebAssemblyGlobal {
  instantiate(
    binary: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

let loading: Promise<EngineModule> | null = null

/**
 * The schema engine that `prisma migrate` uses, as WebAssembly: Prisma's own command would download a binary first.
 * The package's entry imports the `.wasm` file as a module, which Node cannot; so it is instantiated here.
 */
function loadEngine(): Promise<EngineModule> {
  loading ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const engine = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as EngineModule
    const binary = await readFile(join(dirname(path), 'schema_engine_bg.wasm'))
    const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
    const { instance } = await webAssembly.instantiate(binary, { './schema_engine_bg.js': engine })
    engine.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message() {} } })
    return engine
  })()
  return loading
}

async function readMigrations(directory: string): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = names.sort().map(async (path) => ({
    path,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok' as const, value: await readFile(join(directory, path, 'migration.sql'), 'utf8') },
    },
  }))
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(join(directory, 'migration_lock.toml'), 'utf8'),
  }
  return {
    baseDir: directory,
    lockfile,
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(migrationDirectories),
  }
}

async function withEngine<Result>(url: string, work: (engine: SchemaEngine) => Promise<Result>): Promise<Result> {
  const { SchemaEngine } = await loadEngine()
  // A pool of our own: the engine takes Prisma's advisory lock on it, which only the session's end gives back.
  const pool = new pg.Pool({ connectionString: url, max: 2, ...KEPT_ALIVE })
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool))
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter)
    try {
      return await work(engine)
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
  }
}

/** A row of the table that Prisma keeps of migrations. */
interface AppliedMigration {
  readonly name: string
  /** SHA-256 of the script. */
  readonly checksum: string
  readonly finished: boolean
}

/** What was applied to a database and not taken back, finished or not; in order. */
async function readApplied(holder: pg.Client): Promise<readonly AppliedMigration[]> {
  const table = await holder.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
  if (table.rows[0]?.found !== true) return []
  const { rows } = await holder.query<AppliedMigration>(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations ' +
      'WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  return rows
}

/** @throws Error, for a person, where this server must keep its hands off a database that holds such migrations. */
function refuseUnfit(applied: readonly AppliedMigration[], list: MigrationList, place: string): void {
  const known = new Set(list.migrationDirectories.map(({ path }) => path))
  const strangers = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (strangers.length > 0) {
    throw new Error(
      `${place} was set up by a newer version of this server: it holds ${strangers.join(', ')}, which this version ` +
        'does not know. Upgrade this server, or give it another database. Nothing was changed.',
    )
  }
  const failed = applied.filter(({ finished }) => !finished).map(({ name }) => name)
  if (failed.length > 0) {
    throw new Error(
      `${place} holds a migration that failed half-way: ${failed.join(', ')}. The column "logs" of the table ` +
        '_prisma_migrations says why. Put the backup back; or repair it by hand and tell so with ' +
        `"npx prisma migrate resolve --rolled-back ${failed[0]}" (or --applied). Nothing was changed.`,
    )
  }
}

/**
 * Whether every migration is applied as it stands. Then the engine, 30 MB and 100 ms of WebAssembly, need not be loaded.
 * Anything else is the engine's to judge.
 */
function isUpToDate(applied: readonly AppliedMigration[], list: MigrationList): boolean {
  const present = new Set(applied.map(({ name, checksum }) => `${name} ${checksum}`))
  const wanted = list.migrationDirectories.map(({ path, migrationFile }) => {
    const { content } = migrationFile
    return content.tag === 'ok' ? `${path} ${createHash('sha256').update(content.value).digest('hex')}` : path
  })
  return present.size === wanted.length && wanted.every((migration) => present.has(migration))
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

/** How long things may take; as the constants say unless told otherwise. */
export interface MigrateTimes {
  readonly connectTimeoutMs?: number
  readonly lockTimeoutMs?: number
}

/**
 * Brings a database up to date, exactly as `prisma migrate deploy` would (same table, same checksums).
 * Servers that start at once on one database wait for each other, at most a minute.
 * @param folder where the migrations are, `prisma/migrations` of the project.
 * @returns the names of the migrations that were applied now.
 * @throws Error, for a person, where the database cannot be reached, is one of a newer server, or a migration fails.
 */
export async function migrate(url: string, folder: string, times: MigrateTimes = {}): Promise<readonly string[]> {
  const holder = await connect(url, times.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
  try {
    await takeLock(holder, times.lockTimeoutMs ?? LOCK_TIMEOUT_MS)
    const migrationsList = await readMigrations(folder)
    const applied = await readApplied(holder)
    refuseUnfit(applied, migrationsList, placeOf(holder))
    if (isUpToDate(applied, migrationsList)) return []
    return await applyMissing(url, migrationsList, placeOf(holder))
  } finally {
    // Ending the session also gives the advisory lock back.
    await holder.end()
  }
}

async function applyMissing(url: string, migrationsList: MigrationList, place: string): Promise<readonly string[]> {
  const filters = { externalTables: [], externalEnums: [] }
  try {
    const { appliedMigrationNames } = await withEngine(url, (engine) =>
      engine.applyMigrations({ migrationsList, filters }),
    )
    return appliedMigrationNames
  } catch (error) {
    throw new Error(
      `${place} could not be brought up to date: ${reasonOf(error)}. It must be empty or this program's own, and its ` +
        'user must be allowed to create tables in it.',
      { cause: error },
    )
  }
}

/** What the schema engine says that a person can use: without its own names and places, which the cause keeps. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const lines = message.split('\n').filter((line) => !/^\s|^external connector error$/.test(line) && line !== '')
  const text = lines.join(' ').replace(/ Read more about .*/s, '')
  return text.replace(/^Error querying the database: /, '').replace(/\.$/, '')
}

/**
 * The SQL that leads from an empty database to a Prisma schema: how a first migration is written, and how a test
 * sees that the migrations and the schema agree.
 */
export async function schemaToSql(url: string, schemaPath: string): Promise<string> {
  const content = await readFile(schemaPath, 'utf8')
  const result = await withEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  return result.stdout ?? ''
}
