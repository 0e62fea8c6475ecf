import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../server/boot/postgres.ts'
import { root } from '../../../server/setup.mjs'
import { createGraphqlClient } from '../../support/server/graphql-client.ts'
import { expectContiguous, makeTape, openPlatform, PATIENCE } from '../../support/server/platform.ts'
import { layCluster } from '../../support/stores/cluster.ts'
import { temporaryDirectory } from '../../support/stores/postgres.ts'
import { refused } from '../../support/server/refused-server.ts'
import { newDataDir, startServer } from '../../support/server/server-process.ts'

/** The server's own migrations. */
const MIGRATIONS = readdirSync(join(root, 'prisma/migrations'))
  .filter((name) => /^\d/.test(name))
  .sort()

describe('on a PostgreSQL of somebody else', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>
  let postgres: EmbeddedPostgres
  let admin: pg.Client
  const directories: ReturnType<typeof newDataDir>[] = []

  beforeAll(async () => {
    home = await temporaryDirectory()
    layCluster(home.path)
    postgres = await startEmbeddedPostgres({ dataDir: home.path, settings: ['fsync=off', 'shared_buffers=32MB'] })
    // Nobody may be in the database that others are copied from.
    admin = new pg.Client({ connectionString: postgres.url.replace(/[^/]+$/, 'postgres') })
    await admin.connect()
  })
  afterAll(async () => {
    await admin.end()
    await postgres.dispose()
    await home.remove()
    for (const directory of directories) directory.remove()
  })

  const newDirectory = (): string => {
    const directory = newDataDir()
    directories.push(directory)
    return directory.path
  }
  /** `migrated`: as a server of this version leaves it. */
  const newDatabase = async (name: string, state: 'empty' | 'migrated' = 'empty'): Promise<string> => {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${state === 'empty' ? 'template1' : 'aw_trade'}`)
    return postgres.url.replace(/[^/]+$/, name)
  }
  const rowsOf = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  /** The external database as `POSTGRES_*` tell it. */
  const parts = (changes: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const { hostname, port, username, password } = new URL(postgres.url)
    return {
      POSTGRES_HOST: hostname,
      POSTGRES_PORT: port,
      POSTGRES_USER: username,
      POSTGRES_PASSWORD: password,
      ...changes,
    }
  }

  it('two servers that start at once on an empty database apply each migration once; one that may not share it says why', async () => {
    const url = await newDatabase('shared')

    const starts = await Promise.allSettled([1, 2].map(() => startServer(newDirectory(), { DATABASE_URL: url })))

    const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    const refusals = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []))
    expect(servers).not.toEqual([])
    // Both migrate before either learns of the other.
    for (const refusal of refusals) expect(refusal).toContain('Several servers on one database need Redis between them')
    for (const server of servers) expect((await fetch(`${server.url}/ready`)).status).toBe(200)
    const applied = await rowsOf(url, 'SELECT migration_name AS name, finished_at FROM _prisma_migrations ORDER BY 1')
    expect(applied.map(({ name }) => name)).toEqual(MIGRATIONS)
    expect(applied.every((row) => row['finished_at'] !== null)).toBe(true)
    await Promise.all(servers.map((server) => server.stop()))
  })

  it('a server is told of it by its parts, and starts no PostgreSQL of its own', async () => {
    await newDatabase('by_parts')
    const dataDir = newDirectory()

    const server = await startServer(dataDir, parts({ POSTGRES_DB: 'by_parts' }))

    expect((await fetch(`${server.url}/ready`)).status).toBe(200)
    expect(readdirSync(dataDir)).not.toContain('postgres')
    await server.stop()
  })

  it('a server refuses a database of a newer one, and changes nothing in it', async () => {
    const url = await newDatabase('newer', 'migrated')
    const insert = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
      VALUES ('1', 'x', '29990101000000_wonders', now(), 1)`
    await rowsOf(url, insert)

    const said = await refused(newDirectory(), { DATABASE_URL: url })

    expect(said.split('\n')).toHaveLength(1)
    expect(said).toMatch(/^The server cannot start: The database "newer" at .* newer version.*29990101000000_wonders/)
    expect(said).toContain('Upgrade this server')
    expect(await rowsOf(url, 'SELECT id FROM _prisma_migrations')).toHaveLength(MIGRATIONS.length + 1)
  })

  it('a server refuses a database whose migration failed, and that was changed since, and says how to go on', async () => {
    const url = await newDatabase('half_way', 'migrated')
    await rowsOf(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${MIGRATIONS.at(-1)}'`)
    await rowsOf(url, 'ALTER TABLE "Server" ADD COLUMN theirs int')

    const said = await refused(newDirectory(), { DATABASE_URL: url })

    expect(said.split('\n')).toHaveLength(1)
    expect(said).toContain(`failed half-way: ${MIGRATIONS.at(-1)}`)
    expect(said).toContain(`migrate resolve --rolled-back ${MIGRATIONS.at(-1)}`)
  })

  it.each([
    ['the password is wrong', { POSTGRES_PASSWORD: 'a-wrong-secret' }, 'the password is wrong'],
    ['there is no such database', { POSTGRES_DB: 'not_there' }, 'there is no such database; create it first'],
    ['nothing listens there', { POSTGRES_PORT: '1' }, 'nothing listens there'],
    ['there is no such host', { POSTGRES_HOST: 'nowhere.invalid' }, 'host'],
  ])('a server says it in one sentence when %s', async (_what, changes, reason) => {
    const said = await refused(newDirectory(), parts({ ...changes }))

    expect(said.split('\n')).toHaveLength(1)
    expect(said).toMatch(/^The server cannot start: The database .* cannot be used as "aw_trade": /)
    expect(said).toContain(reason)
    expect(said).not.toContain('a-wrong-secret')
    expect(said).not.toContain(new URL(postgres.url).password)
  })

  it('opens no more connections than it may, however many ask', async () => {
    const url = await newDatabase('crowded', 'migrated')
    const server = await startServer(newDirectory(), { DATABASE_URL: url, DATABASE_POOL_SIZE: '4' })
    const client = createGraphqlClient(server.url)
    const ask = () =>
      client.ask('{ simulations(first: 50) { edges { node { id } } } configurations { edges { node { id } } } }')
    let most = 0
    let answered = false
    const asked = Promise.all(Array.from({ length: 200 }, ask)).finally(() => (answered = true))

    while (!answered) {
      const counted = `SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = 'crowded' AND application_name = 'aw-trade'`
      most = Math.max(most, Number((await admin.query<{ open: number }>(counted)).rows[0]?.open))
    }

    await asked
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(4)
    await server.stop()
  })

  it('answers everybody else while many wait for what reads much', async () => {
    const url = await newDatabase('heavy', 'migrated')
    const dataDir = newDirectory()
    makeTape(dataDir)
    const platform = await openPlatform(dataDir, { DATABASE_URL: url })
    const { id } = await platform.start({ mode: 'BACKTEST', source: 'tape:sample' })
    await platform.reaches(id, 'COMPLETED')
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE "PortfolioSnapshot" IN ACCESS EXCLUSIVE MODE')
    let answered = 0
    const curve = 'query ($id: ID!) { simulation(id: $id) { equityCurve(maxPoints: 1000) { time } } }'
    const curves = Array.from({ length: 30 }, async () => {
      await platform.client.ask(curve, { id })
      answered++
    })

    const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = 'heavy' AND wait_event_type = 'Lock'`
    await expect.poll(async () => (await rowsOf(url, waiting))[0]?.['count'], PATIENCE).toBe(2)
    const query =
      '{ simulations(first: 5) { edges { node { status } } } health { components { name status message } } }'
    for (let time = 0; time < 20; time++) {
      const { health, simulations } = await platform.client.ask<{
        health: { components: readonly object[] }
        simulations: { edges: readonly object[] }
      }>(query)
      expect(simulations.edges).toEqual([{ node: { status: 'COMPLETED' } }])
      expect(health.components).toContainEqual({ name: 'store', status: 'up', message: null })
    }
    expect((await fetch(`${platform.server.url}/ready`)).status).toBe(200)
    expect(answered).toBe(0)

    await holder.query('ROLLBACK')
    await holder.end()
    await Promise.all(curves)
    await platform.end()
  })

  it(
    'goes on when its connections are cut again and again: queries are answered, a run loses nothing',
    { timeout: 60_000 },
    async () => {
      const url = await newDatabase('cut', 'migrated')
      const dataDir = newDirectory()
      makeTape(dataDir)
      const platform = await openPlatform(dataDir, { DATABASE_URL: url })
      const { id } = await platform.running({ mode: 'REPLAY', source: 'tape:sample', speed: 20 })
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'`
      let cuts = 0

      for (let status = 'RUNNING'; status === 'RUNNING' || status === 'STOPPING';) {
        const asked = Promise.all(Array.from({ length: 8 }, () => platform.look(id)))
        cuts += (await admin.query(cut)).rowCount ?? 0
        const looks = await asked
        status = looks.at(-1)?.status ?? ''
      }

      expect(cuts).toBeGreaterThan(50)
      const run = await platform.reaches(id, 'COMPLETED')
      const { id: same } = await platform.start({ mode: 'BACKTEST', source: 'tape:sample' })
      expect((await platform.reaches(same, 'COMPLETED')).fingerprint).toBe(run.fingerprint)
      expect(await expectContiguous(url, id)).toBe(await expectContiguous(url, same))
      await expect.poll(async () => (await fetch(`${platform.server.url}/ready`)).status, PATIENCE).toBe(200)
      await platform.end()
    },
  )
})
