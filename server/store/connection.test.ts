import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { sampleEvents, sampleSpec } from '../../tests/support/engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { createPostgresConfigurations } from '../configurations/postgres.ts'
import { createPool, pingPool, poolUse } from './connection.ts'
import { isOutage } from './outage.ts'
import { sampleServer } from '../../tests/support/engines/events.ts'
import { createStore, type Store } from './store.ts'

let database: TestDatabase
let store: Store
let admin: pg.Client
const log = () => undefined

beforeAll(async () => {
  database = await startTestDatabase()
  store = createStore({ server: sampleServer(), url: database.url, log })
  await store.servers.join()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await store.dispose()
  await database.dispose()
})

/** Cuts the connections of the store, those that work on a query like `busyWith` alone where one is given. */
async function cut(busyWith = '%'): Promise<void> {
  const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'aw-trade' AND pid <> pg_backend_pid() AND query LIKE $1 AND ($1 = '%' OR state = 'active')`
  await vi.waitFor(async () => expect((await admin.query(sql, [busyWith])).rowCount).toBeGreaterThan(0), 5_000)
}

async function newRun(): Promise<string> {
  const id = randomUUID()
  await store.runs.create(sampleSpec(id), 'PROCESS', null)
  return id
}

it('reads on when the connection is cut in the middle of a read', async () => {
  const reading = Promise.all([store.prisma.$queryRaw`SELECT 7 AS seven FROM pg_sleep(0.5)`])

  await cut('SELECT 7%')

  expect(await reading).toEqual([[{ seven: 7 }]])
})

it('runs, events and configurations go on through twenty cuts of every connection', { timeout: 30_000 }, async () => {
  const configurations = createPostgresConfigurations(store.prisma)
  const id = await newRun()
  for (let round = 0; round < 20; round++) {
    const work = [
      ...Array.from({ length: 10 }, () => store.runs.find(id)),
      store.recorder.append(id, sampleEvents(round * 10 + 1, round * 10 + 10)),
      store.runs.patch(id, { statusReason: `round ${round}` }),
      store.history.signals(id, 0, 10),
      configurations.list({ limit: 10, after: null, algorithm: null, tag: null }),
      newRun(),
    ]
    await cut()
    await Promise.all(work)
  }
  expect((await store.runs.find(id))?.statusReason).toBe('round 19')
  expect(await store.prisma.simulation.count()).toBe(21)
  const { rows } = await admin.query('SELECT count(*)::int AS stored FROM "Signal" WHERE "simulationId" = $1', [id])
  const expected = sampleEvents(1, 200).filter((event) => event.type === 'signal').length
  expect(rows).toEqual([{ stored: expected }])
})

it('creates a run once when the connection is cut while it is being created', async () => {
  const id = randomUUID()
  // Not `admin`: within a transaction, what one sees of other sessions stands still.
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE "Simulation" IN EXCLUSIVE MODE')
  const creating = store.runs.create(sampleSpec(id), 'PROCESS', null)
  await cut('INSERT INTO%Simulation%')
  await holder.end()

  expect(await creating).toMatchObject({ created: true, run: { spec: { id } } })
})

it('knows its own run again where the answer to its creation was lost', async () => {
  const spec = sampleSpec(randomUUID())
  await store.runs.create(spec, 'PROCESS', 'a key')

  expect(await store.runs.create(spec, 'PROCESS', 'a key')).toMatchObject({ created: true, run: { spec } })
})

it('does not repeat a write that may have been done, and says that the database went away', async () => {
  const one = await newRun()
  const sql = `UPDATE "Simulation" SET "seed" = "seed" + 1 FROM pg_sleep(0.5) WHERE "id" = '${one}'::uuid`
  const writing = store.prisma.$executeRawUnsafe(sql).catch((error: unknown) => error)

  await cut('UPDATE "Simulation" SET "seed"%')

  expect(isOutage(await writing)).toBe(true)
  expect((await store.runs.find(one))?.spec.seed).toBe(sampleSpec(one).seed)
})

it('lets a query wait no longer than its bound while every connection is busy, and serves it once one is free', async () => {
  const pool = createPool({ url: database.url, size: 2, connectTimeoutMs: 300, log })
  const held = [await pool.connect(), await pool.connect()]

  const refused = await pool.query('SELECT 1').catch((error: unknown) => error)

  expect(isOutage(refused)).toBe(true)
  expect(poolUse(pool)).toEqual({ size: 2, open: 2, idle: 0, waiting: 0 })
  const waiting = pool.query('SELECT 1 AS one')
  expect(poolUse(pool).waiting).toBe(1)
  for (const client of held) client.release()
  expect((await waiting).rows).toEqual([{ one: 1 }])
  await pool.end()
})

it('gives up a connection on which a ping got no answer, and asks on another one', async () => {
  const pool = createPool({ url: database.url, size: 1, log })
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const pid = rows[0]?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  try {
    await expect(pingPool(pool, 100)).rejects.toThrow('did not answer within 100 ms')
    expect(await pingPool(pool, 5_000)).toBeGreaterThan(0)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await pool.end()
})

it('tells the database who it is and how long it may take', async () => {
  const pool = createPool({ url: database.url, size: 2, log })
  const show = async (name: string) => Object.values((await pool.query(`SHOW ${name}`)).rows[0] as object)[0] as unknown

  expect(await show('application_name')).toBe('aw-trade')
  expect(await show('statement_timeout')).toBe('30s')
  expect(await show('idle_in_transaction_session_timeout')).toBe('4s')
  await pool.end()
})

it('counts a database that takes connections and never answers as away', async () => {
  const sockets: Socket[] = []
  const deaf = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  const { port } = deaf.address() as { port: number }
  const pool = createPool({ url: `postgresql://me@127.0.0.1:${port}/db`, size: 2, connectTimeoutMs: 500, log })

  await expect(pingPool(pool, 100)).rejects.toThrow('did not answer within 100 ms')

  await vi.waitFor(() => expect(poolUse(pool).open).toBe(0))
  await pool.end()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => deaf.close(resolve))
})
