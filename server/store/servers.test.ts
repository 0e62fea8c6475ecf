import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { sampleServer, sampleSpec } from '../../tests/support/engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { createMembership } from '../simulations/membership.ts'
import type { ServerIdentity } from './servers.ts'
import { createStore, type Store } from './store.ts'

let database: TestDatabase
const stores: Store[] = []
beforeAll(async () => {
  database = await startTestDatabase()
})
/** Closes what was opened, and empties the database. */
async function closeAll(): Promise<void> {
  for (const store of stores.splice(0)) {
    await store.prisma.simulation.deleteMany()
    await store.prisma.server.deleteMany()
    await store.dispose()
  }
}
afterEach(closeAll)
afterAll(() => database.dispose())

async function join(changes: Partial<ServerIdentity> = {}): Promise<Store> {
  const server = { ...sampleServer(), ...changes }
  const store = createStore({ url: database.url, server, connections: 4, log: () => undefined })
  stores.push(store)
  await store.servers.join()
  return store
}
async function newRun(store: Store): Promise<string> {
  const id = randomUUID()
  await store.runs.create(sampleSpec(id), 'PROCESS', null)
  return id
}
/** As if a server had last been seen so long ago. */
async function unseen(store: Store, seconds: number): Promise<void> {
  await store.prisma.$executeRaw`UPDATE "Server" SET "seenAt" = "seenAt" - make_interval(secs => ${seconds}::float8)
    WHERE "id" = ${store.servers.id}::uuid`
}
const unfinished = async (store: Store): Promise<readonly string[]> =>
  (await store.runs.unfinished()).map(({ spec }) => spec.id)

describe('the servers of one database', () => {
  it('bury a dead one once: of several that notice at once, one gets its runs, and all of them', async () => {
    for (let round = 0; round < 10; round++) {
      const [dead, ...living] = (await Promise.all([join(), join(), join(), join()])) as [Store, ...Store[]]
      const runs = [await newRun(dead), await newRun(dead)]
      const over = await newRun(dead)
      await dead.runs.patch(over, { status: 'STOPPED' })
      await unseen(dead, 6)
      await Promise.all(living.map((store) => store.servers.beat()))

      const found = await Promise.all(living.map((store) => store.servers.bury()))

      expect(found.flat().map(({ id }) => id)).toEqual([dead.servers.id])
      const owned = await Promise.all(living.map(unfinished))
      expect(owned.flat().sort()).toEqual([...runs].sort())
      expect(owned.filter((list) => list.length > 0)).toHaveLength(1)
      expect(owned.findIndex((list) => list.length > 0)).toBe(found.findIndex((list) => list.length > 0))
      expect(await dead.servers.beat()).toBe(false)
      await closeAll()
    }
  })

  it('bury nobody that was seen lately, nor anybody when they were not seen themselves', async () => {
    const [me, other] = [await join(), await join()]
    await unseen(other, 4)
    await me.servers.beat()
    expect(await me.servers.bury()).toEqual([])
    // The database hung for 20 s: nobody was seen.
    await unseen(other, 20)
    await unseen(me, 20)
    expect(await me.servers.bury()).toEqual([])
    expect(await other.servers.beat()).toBe(true)
  })

  it('take at once what one left behind that ended in order, and what an earlier one of their directory had', async () => {
    const [left, crashed] = [await join(), await join()]
    const [first, second] = [await newRun(left), await newRun(crashed)]
    const me = await join()
    await left.servers.leave()
    expect(await me.servers.bury()).toMatchObject([{ id: left.servers.id }])
    expect(await unfinished(me)).toEqual([first])
    const { installation } = await crashed.prisma.server.findUniqueOrThrow({ where: { id: crashed.servers.id } })
    const again = await join({ installation })
    expect(await again.servers.succeed()).toMatchObject([{ id: crashed.servers.id }])
    expect(await unfinished(again)).toEqual([second])
  })

  it('leave no trace where they left no run behind', async () => {
    const me = await join()
    await me.servers.leave()
    expect(await me.prisma.server.findMany()).toEqual([])
  })
})

describe('a server whose loop was busy', () => {
  it('for two seconds is still taken for alive, with its runs: it is seen each second, and dead after five', async () => {
    const [me, other] = [await join(), await join()]
    const run = await newRun(me)
    const onBuried = vi.fn()
    const options = { registry: me.servers, onBuried, now: () => performance.now(), log: pino({ level: 'silent' }) }
    const membership = createMembership(options)
    try {
      // Two beats, so that the second of them is the last before the block.
      const seenAt = async () => (await me.prisma.server.findUniqueOrThrow({ where: { id: me.servers.id } })).seenAt
      const entered = await seenAt()
      await vi.waitFor(async () => expect((await seenAt()).getTime()).toBeGreaterThan(entered.getTime()), 5_000)

      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)

      await other.servers.beat()
      expect(await other.servers.bury()).toEqual([])
      const blocked = await seenAt()
      await vi.waitFor(async () => expect((await seenAt()).getTime()).toBeGreaterThan(blocked.getTime()), 5_000)
      expect(await unfinished(me)).toEqual([run])
      expect(onBuried).not.toHaveBeenCalled()
    } finally {
      await membership.dispose()
    }
  })
})
