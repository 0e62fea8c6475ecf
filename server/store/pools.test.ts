import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { PrismaClient } from '../../prisma/generated/client.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sampleEvents, sampleServer, sampleSpec } from '../../tests/support/engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { createPool, steadyAdapter } from './connection.ts'
import { isOutage, isOverdue, isQueueTimeout } from './outage.ts'
import { LEAST_CONNECTIONS, sharesOf } from './shares.ts'
import { createStore, type Store } from './store.ts'

let database: TestDatabase
let store: Store
/** Holds up whoever wants the lock that it has. */
let holder: pg.Client
const LOCK = 'SELECT 1 AS one FROM pg_advisory_lock(7)'
/** For as long as the statement lasts. */
const WAIT = 'SELECT 1 AS one FROM pg_advisory_xact_lock(7)'
beforeAll(async () => {
  database = await startTestDatabase()
  store = createStore({ url: database.url, server: sampleServer(), connections: 4, log: () => undefined })
  await store.servers.join()
  holder = new pg.Client(database.url)
  await holder.connect()
})
afterAll(async () => {
  await holder.end()
  await store.dispose()
  await database.dispose()
})

it('shares out as many connections as there are, so that everything has one', () => {
  for (let size = LEAST_CONNECTIONS; size <= 500; size++) {
    const shares = Object.values(sharesOf(size))
    expect(shares.reduce((sum, share) => sum + share)).toBe(size)
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(1)
  }
  expect(sharesOf(10)).toEqual({ recording: 1, living: 1, heavy: 2, work: 6 })
})

describe('reads that take all the connections they can', () => {
  it('keep neither the recorder waiting, nor the heartbeat, nor the question whether the database is there', async () => {
    const id = randomUUID()
    await store.runs.create(sampleSpec(id), 'PROCESS', null)
    await holder.query(LOCK)
    const read = (prisma: PrismaClient) => prisma.$queryRawUnsafe(WAIT)
    // More than there are connections, of either kind.
    const reads = Promise.allSettled([store.prisma, store.heavy, store.prisma, store.heavy].map(read))
    await vi.waitFor(() => expect(store.pool().waiting).toBe(2), 10_000)

    await store.recorder.append(id, sampleEvents(1, 30))
    expect(await store.servers.beat()).toBe(true)
    expect(await store.ping()).toBeGreaterThan(0)

    expect(store.pool()).toMatchObject({ size: 4, open: 4, idle: 2 })
    await holder.query('SELECT pg_advisory_unlock_all()')
    await reads
    expect(await store.prisma.signal.count({ where: { simulationId: id } })).toBeGreaterThan(0)
  })

  it('are given ten seconds a statement, and what does not read much thirty', async () => {
    type Row = readonly { readonly statement_timeout: string }[]
    const timeoutOf = async (prisma: PrismaClient) =>
      (await prisma.$queryRawUnsafe<Row>('SHOW statement_timeout'))[0]?.statement_timeout
    expect([await timeoutOf(store.heavy), await timeoutOf(store.prisma)]).toEqual(['10s', '30s'])
  })

  it('are given up where they take too long, which is no absence of the database', async () => {
    const overdue = await store.heavy
      .$transaction([
        store.heavy.$executeRawUnsafe('SET LOCAL statement_timeout = 20'),
        store.heavy.$queryRawUnsafe('SELECT 1 AS one FROM pg_sleep(5)'),
      ])
      .catch((error: unknown) => error)
    expect([isOverdue(overdue), isOutage(overdue)]).toEqual([true, false])
  })

  it('and find no turn can be told from those that find no database', async () => {
    const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 200, log: () => undefined })
    const prisma = new PrismaClient({ adapter: steadyAdapter(pool) })
    await prisma.$queryRaw`SELECT 1 AS one`
    await holder.query(LOCK)
    // Prisma's queries begin when they are waited for.
    const first = prisma.$queryRawUnsafe(WAIT).then(String)
    const late = await prisma.$queryRaw`SELECT 2 AS two`.catch((error: unknown) => error)
    expect(isQueueTimeout(late)).toBe(true)
    await holder.query('SELECT pg_advisory_unlock_all()')
    await first
    await prisma.$disconnect()
    await pool.end()
    const nowhere = createPool({ url: 'postgresql://nobody@127.0.0.1:9/nothing', size: 1, log: () => undefined })
    expect(isQueueTimeout(await nowhere.query('SELECT 1').catch((error: unknown) => error))).toBe(false)
    await nowhere.end()
  })
})
