import type { Client } from 'pg'
import { transacted, type Migration, type MigrationRecord } from './migrations.ts'

/**
 * Up to this one migrations were applied by Prisma's engine: statement by statement, and recorded apart from that, so that
 * whoever was killed in between left it half-way. All of theirs that changes rows may be done twice.
 */
const LAST_IN_STEPS = '20261129020000_candles_and_progress'

/** PostgreSQL's code for something that a user may not do. */
const NOT_PERMITTED = '42501'

/** Where a structure is built anew, to compare with; never committed. */
const TRIAL = 'aw_trade_trial'

/** All that the current schema is made of, apart from Prisma's own table, in an order that does not depend on its history. */
const STRUCTURE = `
  SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name, is_nullable, column_default) AS part
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> '_prisma_migrations'
  UNION ALL SELECT replace(indexdef, format(' ON %I.', schemaname), ' ON ') FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename <> '_prisma_migrations'
  UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
      AND conrelid IS DISTINCT FROM to_regclass('_prisma_migrations')
  UNION ALL SELECT format('%s %s', enumtypid::regtype, enumlabel) FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
    WHERE typnamespace = current_schema()::regnamespace
  ORDER BY 1`

async function structureOf(client: Client): Promise<string> {
  return (await client.query<{ part: string }>(STRUCTURE)).rows.map(({ part }) => part).join('\n')
}

/** The statements as Prisma's engine took the script apart. */
const statementsOf = (script: string): readonly string[] =>
  script
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

/** Thrown to end a transaction that is only to find something out. */
const ENOUGH = Symbol('enough')

/**
 * How many statements of `half` were done, seen by comparing the database with one that is built anew up to each of them;
 * null: it looks like none of these, so that somebody has changed it otherwise.
 */
async function countDone(client: Client, before: readonly Migration[], half: Migration): Promise<number | null> {
  const found = await structureOf(client)
  let done: number | null = null
  await transacted(client, async () => {
    await client.query(`CREATE SCHEMA ${TRIAL}`)
    await client.query(`SET LOCAL search_path TO ${TRIAL}`)
    for (const { script } of before) await client.query(script)
    const statements = statementsOf(half.script)
    for (let count = 0; done === null && count <= statements.length; count++) {
      if (count > 0) await client.query(statements[count - 1] ?? '')
      if ((await structureOf(client)) === found) done = count
    }
    throw ENOUGH
  }).catch((error: unknown) => {
    // A user who may not make a schema in which to compare cannot find out either.
    if (error !== ENOUGH && (error as { code?: unknown }).code !== NOT_PERMITTED) throw error
  })
  return done
}

/**
 * Finishes a migration that was cut off half-way, where it is certain how far it had come: its statements from there on, and
 * its record, in one transaction.
 * @param before all migrations that were finished before it.
 * @returns whether it is finished now; false: nothing was changed.
 */
export async function finish(
  client: Client,
  before: readonly Migration[],
  half: Migration,
  record: MigrationRecord,
): Promise<boolean> {
  if (half.name > LAST_IN_STEPS || record.checksum !== half.checksum) return false
  const done = await countDone(client, before, half)
  if (done === null) return false
  await transacted(client, async () => {
    for (const statement of statementsOf(half.script).slice(done)) await client.query(statement)
    await client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [record.id],
    )
  })
  return true
}
