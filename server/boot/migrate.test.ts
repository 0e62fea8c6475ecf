import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { MIGRATIONS } from '../../tests/support/stores/cluster.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { migrate } from './migrate.ts'
import { apply, readMigrations, TABLE } from './migrations.ts'

let database: TestDatabase
let count = 0

beforeAll(async () => {
  database = await startTestDatabase()
})
afterAll(() => database.dispose())

async function run(url: string, ...statements: readonly string[]): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: readonly unknown[] = []
    for (const statement of statements) ({ rows } = await client.query(statement))
    return rows
  } finally {
    await client.end()
  }
}

/** A new database, in which `statements` were run. */
async function newDatabase(...statements: readonly string[]): Promise<string> {
  const name = `database_${++count}`
  await run(database.url, `CREATE DATABASE ${name}`)
  const url = database.url.replace(/[^/]+$/, name)
  await run(url, ...statements)
  return url
}

const reasonOf = (url: string, times = {}): Promise<string> =>
  migrate(url, MIGRATIONS, times).then(
    () => 'migrated',
    (error: Error) => error.message,
  )

const STRUCTURE = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`

it('leaves a database of a newer server alone, and says to upgrade', async () => {
  const url = await newDatabase()
  await migrate(url, MIGRATIONS)
  await run(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('1', 'x', '29990101000000_wonders', now(), 1)`,
  )
  const before = await run(url, STRUCTURE)

  expect(await reasonOf(url)).toMatch(
    /was set up by a newer version of this server: it holds 29990101000000_wonders, which this version does not know\. Upgrade this server/,
  )
  expect(await run(url, STRUCTURE)).toEqual(before)
})

it('goes by what is applied: a migration that was rolled back is not in the way', async () => {
  const url = await newDatabase()
  await migrate(url, MIGRATIONS)
  await run(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at, applied_steps_count)
       VALUES ('1', 'x', '29990101000000_wonders', now(), 0)`,
  )

  expect(await migrate(url, MIGRATIONS)).toEqual([])
})

it('says what a migration stumbled over, and does nothing of it: the next start can go on', async () => {
  const url = await newDatabase()
  await migrate(url, MIGRATIONS)
  await run(url, `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%configuration_metadata'`)
  await run(url, 'ALTER TABLE "ConfigurationVersion" DROP COLUMN "savedBy"')

  const first = await reasonOf(url)
  const second = await reasonOf(url)

  expect(first).toMatch(
    /could not be brought up to date: relation "ConfigurationVersion_algorithm_idx" already exists\. It must be empty/,
  )
  expect(first).not.toContain('\n')
  expect(second).toBe(first)
  await run(url, 'DROP INDEX "ConfigurationVersion_algorithm_idx"', 'DROP INDEX "ConfigurationVersion_tags_idx"')
  expect(await migrate(url, MIGRATIONS)).toMatchObject([expect.stringContaining('configuration_metadata')])
})

describe('a server that is killed while it migrates', () => {
  /** Applies migrations up to a point of one, as versions before did it: statement by statement, and recorded apart. */
  async function cutOff(url: string, name: string, statements: number): Promise<void> {
    const all = await readMigrations(MIGRATIONS)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (const one of all.filter((migration) => migration.name < name)) await apply(client, one)
    const half = all.find((migration) => migration.name === name)
    if (half === undefined) throw new Error(`there is no migration ${name}`)
    await client.query(TABLE)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (gen_random_uuid(), $1, $2)`,
      [half.checksum, name],
    )
    for (const statement of half.script.split(';').slice(0, statements)) await client.query(statement)
    await client.end()
  }
  const FIRST = '20261123000000_first'

  it('leaves nothing half: the record is there with the change, or neither', async () => {
    const url = await newDatabase()
    const [first] = await readMigrations(MIGRATIONS)
    const [client, other] = [
      new pg.Client({ connectionString: url }),
      new pg.Client({ connectionString: database.url }),
    ]
    await Promise.all([client.connect(), other.connect()])
    client.on('error', () => undefined)
    const slow = { ...first!, script: `${first!.script}; SELECT pg_sleep(60)` }
    const applying = apply(client, slow).catch((error: Error) => error.message)
    await vi.waitFor(async () => {
      const { rowCount } = await other.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`,
      )
      expect(rowCount).toBeGreaterThan(0)
    }, 5_000)
    expect(await applying).toMatch(/terminat/)
    await Promise.all([client.end(), other.end()])

    expect(await run(url, STRUCTURE)).toEqual([])
    expect(await migrate(url, MIGRATIONS)).toHaveLength((await readMigrations(MIGRATIONS)).length)
  })

  it.each([
    ['an empty database, before its first table', FIRST, 0],
    ['an empty database, in the middle', FIRST, 11],
    ['an empty database, before it was recorded', FIRST, 26],
    ['between two statements', '20261125150000_servers', 2],
    ['before rows were changed', '20261129000000_net_profit', 1],
    ['after rows were changed', '20261129000000_net_profit', 2],
  ])('as an earlier version, can be gone on from: %s', async (_when, name, statements) => {
    const url = await newDatabase()
    await cutOff(url, name, statements)

    const applied = await migrate(url, MIGRATIONS)

    expect(applied[0]).toBe(name)
    expect(await migrate(url, MIGRATIONS)).toEqual([])
    expect(await run(url, STRUCTURE)).toEqual(await run(database.url, STRUCTURE))
    expect(await run(url, `SELECT FROM pg_namespace WHERE nspname LIKE 'aw_trade%'`)).toEqual([])
  })

  it('and somebody changed what it left: says what to do, and changes nothing', async () => {
    const url = await newDatabase()
    await cutOff(url, '20261125150000_servers', 2)
    await run(url, 'ALTER TABLE "Server" ADD COLUMN theirs int')
    const before = await run(url, STRUCTURE)

    expect(await reasonOf(url)).toMatch(
      /holds a migration that failed half-way: \d+_servers\. .* migrate resolve --rolled-back \d+_servers.* give this server an empty database/,
    )
    expect(await run(url, STRUCTURE)).toEqual(before)
  })
})

it('keeps its record as the table of `prisma migrate`', async () => {
  const url = await newDatabase()
  await migrate(url, MIGRATIONS)
  const columns = await run(
    url,
    `SELECT format('%s %s(%s) %s %s', column_name, udt_name, character_maximum_length, is_nullable, column_default) AS "column"
       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  )
  expect(columns).toEqual(
    [
      'id varchar(36) NO ',
      'checksum varchar(64) NO ',
      'finished_at timestamptz() YES ',
      'migration_name varchar(255) NO ',
      'logs text() YES ',
      'rolled_back_at timestamptz() YES ',
      'started_at timestamptz() NO now()',
      'applied_steps_count int4() NO 0',
    ].map((column) => ({ column })),
  )
})

it.each([
  [
    "somebody else's tables",
    ['CREATE TABLE theirs (id int)'],
    /The database schema is not empty\. It must be empty or/,
  ],
  [
    'no right to create tables',
    [`CREATE ROLE weak LOGIN PASSWORD 'weak'`],
    /permission denied for schema public\. .*its user must be allowed to create tables/,
  ],
])('says so where a database has %s', async (_what, statements, reason) => {
  const url = await newDatabase(...statements)

  expect(await reasonOf(statements[0]?.includes('weak') ? url.replace(/\/\/.*@/, '//weak:weak@') : url)).toMatch(reason)
})

it('waits for another server that migrates, and no longer than its bound', async () => {
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  await holder.query('SELECT pg_advisory_lock(4207141123)')

  expect(await reasonOf(database.url, { lockTimeoutMs: 200 })).toMatch(
    /has been migrated by another server for more than 0\.2 s\. See whether that one still works/,
  )

  const waiting = migrate(database.url, MIGRATIONS)
  await holder.query('SELECT pg_advisory_unlock(4207141123)')
  expect(await waiting).toEqual([])
  await holder.end()
})

describe('a server that cannot be used is told of in a sentence without the password:', () => {
  it.each([
    ['no more connections', 'ALTER ROLE someone CONNECTION LIMIT 0', 'it takes no more connections'],
    ['no right to this database', 'REVOKE CONNECT ON DATABASE shut FROM PUBLIC', 'but not connect to this database'],
    ['no login', 'ALTER ROLE someone NOLOGIN', 'it does not let this user in'],
    ['another password', `ALTER ROLE someone PASSWORD 'other'`, 'the password is wrong, or there is no such user'],
  ])('%s', async (_what, change, reason) => {
    await run(database.url, `CREATE ROLE someone LOGIN PASSWORD 'secret'`, 'CREATE DATABASE shut', change)

    const said = await reasonOf(database.url.replace(/\/\/.*@/, '//someone:secret@').replace(/[^/]+$/, 'shut'))

    expect(said).toContain(reason)
    expect(said).toMatch(/^The database "shut" at 127\.0\.0\.1:\d+ cannot be used as "someone": .* Check DATABASE_URL/)
    expect(said).not.toContain('secret')
    await run(database.url, 'DROP DATABASE shut', 'DROP ROLE someone')
  })

  it('one that never answers', async () => {
    const sockets: Socket[] = []
    const deaf = createServer((socket) => void sockets.push(socket))
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as { port: number }

    expect(await reasonOf(`postgresql://me@127.0.0.1:${port}/db`, { connectTimeoutMs: 200 })).toContain(
      'it does not answer within 0.2 s',
    )
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => deaf.close(resolve))
  })
})
