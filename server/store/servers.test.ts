import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { sampleServer, sampleSpec } from '../../tests/support/engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { createMembership } from '../simulations/membership.ts'
import { DEAD_AFTER_SECONDS, type ServerIdentity } from './servers.ts'
import { watchSilence } from './silence.ts'
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
/** Moves the database's clock for what a server last said. */
async function shift(store: Store, seconds: number): Promise<void> {
  await store.prisma.$executeRaw`UPDATE "Server" SET "seenAt" = "seenAt" + make_interval(secs => ${seconds}::float8)
    WHERE "id" = ${store.servers.id}::uuid`
}
/** What a server sees of another one. */
const sightOf = async (me: Store, other: Store) =>
  (await me.servers.others()).filter(({ id }) => id === other.servers.id)
const unfinished = async (store: Store): Promise<readonly string[]> =>
  (await store.runs.unfinished()).map(({ spec }) => spec.id)

describe('the servers of one database', () => {
  it('bury a dead one once: of several that notice at once, one gets its runs, and all of them', async () => {
    const living = await Promise.all([join(), join(), join()])
    for (let round = 0; round < 10; round++) {
      const dead = await join()
      const runs = [await newRun(dead), await newRun(dead)]
      const over = await newRun(dead)
      await dead.runs.patch(over, { status: 'STOPPED' })
      const silent = await sightOf(living[0]!, dead)
      await Promise.all(living.map((store) => store.servers.beat()))

      const found = await Promise.all(living.map((store) => store.servers.bury(silent)))

      expect(found.flat().map(({ id }) => id)).toEqual([dead.servers.id])
      const owned = (await Promise.all(living.map(unfinished))).map((ids) => ids.filter((id) => runs.includes(id)))
      expect(owned.flat().sort()).toEqual([...runs].sort())
      expect(owned.filter((list) => list.length > 0)).toHaveLength(1)
      expect(owned.findIndex((list) => list.length > 0)).toBe(found.findIndex((list) => list.length > 0))
      expect(await dead.servers.beat()).toBe(false)
      stores.splice(stores.indexOf(dead), 1)
      await dead.dispose()
    }
  })

  it('bury nobody that has said something since it was thought silent, whatever times the database writes', async () => {
    const [me, other] = [await join(), await join()]
    const silent = await sightOf(me, other)
    expect(silent).toHaveLength(1)
    await other.servers.beat()
    expect(await me.servers.bury(silent)).toEqual([])
    // Its clock is set by half a minute, forward and back: what is written looks long ago, or yet to come.
    for (const seconds of [-30, 60]) {
      await shift(other, seconds)
      expect(await me.servers.bury([])).toEqual([])
      expect((await me.servers.ownersInUse())(`sandbox-${other.servers.id.slice(0, 8)}`)).toBe(true)
    }
    expect(await other.servers.beat()).toBe(true)
  })

  it('know who was there before them, also where the clock was set back in between', async () => {
    const [me, other] = [await join(), await join()]
    expect([await me.servers.elders(), await other.servers.elders()]).toMatchObject([[], [{ id: me.servers.id }]])
    await me.prisma.$executeRaw`UPDATE "Server" SET "startedAt" = "startedAt" + interval '30 seconds'
      WHERE "id" = ${me.servers.id}::uuid`
    expect(await other.servers.elders()).toMatchObject([{ id: me.servers.id }])
  })

  it('take at once what one left behind that ended in order, and what an earlier one of their directory had', async () => {
    const [left, crashed] = [await join(), await join()]
    const [first, second] = [await newRun(left), await newRun(crashed)]
    const me = await join()
    await left.servers.leave()
    expect(await me.servers.bury([])).toMatchObject([{ id: left.servers.id }])
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

      const silence = watchSilence(DEAD_AFTER_SECONDS * 1_000, () => performance.now())
      const look = async () => silence.look(await other.servers.others(), performance.now())
      await look()

      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)

      await other.servers.beat()
      expect(await other.servers.bury(await look())).toEqual([])
      const blocked = await seenAt()
      await vi.waitFor(async () => expect((await seenAt()).getTime()).toBeGreaterThan(blocked.getTime()), 5_000)
      expect(await unfinished(me)).toEqual([run])
      expect(onBuried).not.toHaveBeenCalled()
    } finally {
      await membership.dispose()
    }
  })
})
