import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'

/** A step of the database's structure, as it stands in `prisma/migrations`. */
export interface Migration {
  /** Its folder's name, which begins with a time: they are applied in this order. */
  readonly name: string
  readonly script: string
  /** SHA-256 of the script, as Prisma counts it. */
  readonly checksum: string
}

/** A row of the table that Prisma keeps of migrations. */
export interface MigrationRecord {
  readonly id: string
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
}

/** The table as Prisma's own commands make and read it. */
export const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/** @param folder `prisma/migrations` of the project. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const script = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') }
    }),
  )
}

/** What was applied to a database and not taken back, finished or not; in order. null: nothing was ever applied to it. */
export async function readRecords(client: Client): Promise<readonly MigrationRecord[] | null> {
  const table = await client.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
  if (table.rows[0]?.found !== true) return null
  const { rows } = await client.query<MigrationRecord>(
    'SELECT id, migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations ' +
      'WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  return rows
}

/** Whether there is anything in the schema that migrations would work on. */
export async function isEmpty(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') LIMIT 1",
  )
  return rows.length === 0
}

/** Does some work in a transaction of its own: whole or, whatever comes, not at all. */
export async function transacted<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    // Where the connection is what broke, the database takes all back by itself.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/**
 * Applies a migration and enters it in Prisma's table in one transaction, so that whoever is killed in between has done
 * neither. Prisma's engine does one after the other, and statement by statement.
 */
export function apply(client: Client, { name, script, checksum }: Migration): Promise<void> {
  return transacted(client, async () => {
    await client.query(TABLE)
    await client.query(script)
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) ' +
        'VALUES ($1, $2, $3, clock_timestamp(), 1)',
      [randomUUID(), checksum, name],
    )
  })
}
