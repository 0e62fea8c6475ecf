import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

/** The key of the advisory lock under which only one server at a time migrates a database. */
const MIGRATION_LOCK = 4_207_141_123
/** How long a database may take to let us in. */
const CONNECT_TIMEOUT_MS = 10_000

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url))

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
  const pool = new pg.Pool({ connectionString: url, max: 2 })
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

/**
 * Whether every migration is applied as it stands, going by the table that Prisma keeps (checksum: SHA-256 of the
 * script). Then the engine, 30 MB and 100 ms of WebAssembly, need not be loaded. Anything else is the engine's to judge.
 */
async function isUpToDate(holder: pg.Client, list: MigrationList): Promise<boolean> {
  const table = await holder.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
  if (table.rows[0]?.found !== true) return false
  const { rows } = await holder.query(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  const applied = new Set(rows.map((row) => `${row.migration_name} ${row.checksum}`))
  const wanted = list.migrationDirectories.map(({ path, migrationFile }) => {
    const { content } = migrationFile
    return content.tag === 'ok' ? `${path} ${createHash('sha256').update(content.value).digest('hex')}` : path
  })
  return applied.size === wanted.length && wanted.every((migration) => applied.has(migration))
}

/** Why a database cannot be reached, by the codes of the system and of PostgreSQL. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  '28P01': 'the password is wrong, or there is no such user',
  '28000': 'it does not let this user in',
  '3D000': 'there is no such database; create it first',
}

/** Connects to the database. @throws Error, for a person, without the password. */
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // A connection that breaks between two queries must not end the process; the next query says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const { host, port, database, user } = client
    throw new Error(
      `The database "${database ?? ''}" at ${host}:${port} cannot be used as "${user ?? ''}": ` +
        `${REASONS[code ?? ''] ?? message}. Check DATABASE_URL or POSTGRES_*.`,
      { cause: error },
    )
  }
}

/**
 * Brings a database up to date, exactly as `prisma migrate deploy` would (same table, same checksums).
 * Servers that start at once on one database wait for each other.
 * @returns the names of the migrations that were applied now.
 * @throws where the database cannot be reached or a migration fails.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const holder = await connect(url)
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    const migrationsList = await readMigrations(MIGRATIONS)
    if (await isUpToDate(holder, migrationsList)) return []
    const filters = { externalTables: [], externalEnums: [] }
    const { appliedMigrationNames } = await withEngine(url, (engine) =>
      engine.applyMigrations({ migrationsList, filters }),
    )
    return appliedMigrationNames
  } finally {
    // Ending the session also gives the advisory lock back.
    await holder.end()
  }
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
