import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { busy } from '../../support/server/busy-runs.ts'
import { gather, until, type Gathered } from '../../support/time/gather.ts'
import {
  expectContiguous,
  makeTape,
  openPlatform,
  storedSequences,
  type Platform,
} from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'
import { runReaches, startRun, stopRun, storedEvents } from '../../support/server/session.ts'

let database: TestDatabase
let redis: TestRedis
const directories = [newDataDir(), newDataDir()] as const
let one: Platform
let other: Platform

async function open(which: 0 | 1): Promise<Platform> {
  const directory = directories[which]
  return openPlatform(directory.path, { DATABASE_URL: database.url, REDIS_URL: redis.url })
}

beforeAll(async () => {
  database = await startTestDatabase()
  redis = await startTestRedis()
  for (const { path } of directories) makeTape(path, 'sample', 300)
  ;[one, other] = await Promise.all([open(0), open(1)])
})
afterAll(async () => {
  await Promise.all([one.end(), other.end()])
  await redis.dispose()
  await database.dispose()
  for (const directory of directories) directory.remove()
})

interface Numbered {
  readonly sequence: string
}
const SIGNALS = `subscription ($id: ID!) { signals(simulationId: $id, after: "0") { sequence } }`
const TRADES = `subscription ($id: ID!) { trades(simulationId: $id, after: "0") { sequence } }`

const sequencesOf = (gathered: Gathered<Numbered>): readonly string[] => gathered.items.map(({ sequence }) => sequence)

describe('two servers on one database and one Redis', () => {
  const open: Gathered<unknown>[] = []
  const follow = <Item>(platform: Platform, query: string, id: string): Gathered<Item> => {
    const gathered = gather<Item>(platform.client, query, { id })
    open.push(gathered)
    return gathered
  }
  afterEach(async () => {
    for (const gathered of open.splice(0)) await gathered.stop()
  })

  it('each bring every event, and everything that is newest wins, of a run that the other one started', async () => {
    const id = await startRun(one.client, busy)
    const signals = [one, other].map((platform) => follow<Numbered>(platform, SIGNALS, id))
    const portfolios = follow<{ equity: string }>(
      other,
      'subscription ($id: ID!) { portfolio(simulationId: $id) { equity } }',
      id,
    )
    const statuses = follow<{ status: string }>(other, 'subscription ($id: ID!) { simulation(id: $id) { status } }', id)
    const logs = follow<Numbered>(
      other,
      'subscription ($id: ID!) { logs(simulationId: $id, after: "0") { sequence } }',
      id,
    )
    await runReaches(other.client, id, 'RUNNING')
    const ticks = follow<{ price: string }>(other, 'subscription ($id: ID!) { ticks(simulationId: $id) { price } }', id)
    await until(() => {
      for (const gathered of signals) expect(gathered.items.length).toBeGreaterThan(20)
      expect(portfolios.items.length).toBeGreaterThan(1)
      expect(ticks.items.length).toBeGreaterThan(5)
      expect(logs.items.length).toBeGreaterThan(1)
    })

    const stopped = await stopRun(other.client, id)
    expect(stopped.userErrors).toEqual([])
    expect(stopped.simulation).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
    await until(() => {
      for (const gathered of [...signals, portfolios, statuses, ticks, logs]) expect(gathered.ended()).toBe(true)
    })
    const stored = (await storedEvents<Numbered>(other.client, id, 'signals', 'sequence')).map((one) => one.sequence)
    for (const gathered of signals) {
      expect(gathered.errors).toEqual([])
      expect(sequencesOf(gathered)).toEqual(stored)
    }
    expect(statuses.items.map(({ status }) => status).at(-1)).toBe('STOPPED')
    await expectContiguous(database.url, id)
  })

  it('say that a run has ended, or is running, and switch it, also where it is the other one that has it', async () => {
    const id = await startRun(other.client, busy)
    await runReaches(one.client, id, 'RUNNING')
    const remove = 'mutation ($id: ID!) { deleteSimulation(input: { simulationId: $id }) { userErrors { code } } }'
    expect(await one.client.ask(remove, { id })).toMatchObject({
      deleteSimulation: { userErrors: [{ code: 'STILL_RUNNING' }] },
    })
    // What it may do is changed from here too, and is so once this is answered.
    const halt = `mutation ($id: ID!) { setTrading(input: { simulationId: $id, state: HALTED }) {
      simulation { trading } userErrors { code } } }`
    expect(await one.client.ask(halt, { id })).toEqual({
      setTrading: { simulation: { trading: 'HALTED' }, userErrors: [] },
    })
    await stopRun(one.client, id)
    expect((await stopRun(one.client, id)).userErrors).toMatchObject([{ code: 'ALREADY_STOPPED' }])
    expect(await other.client.ask(remove, { id })).toMatchObject({ deleteSimulation: { userErrors: [] } })
  })

  it('lose nothing and give nothing twice where one is killed with -9', { timeout: 60_000 }, async () => {
    const id = await startRun(one.client, busy)
    const [signals, trades] = [follow<Numbered>(other, SIGNALS, id), follow<Numbered>(other, TRADES, id)]
    await until(() => expect(signals.items.length).toBeGreaterThan(20))
    await one.server.kill()

    await until(() => expect(signals.ended()).toBe(true))
    const run = await other.look(id)
    expect(run).toMatchObject({ status: 'FAILED' })
    expect(run.statusReason).toContain('The server ended without stopping this simulation')
    const count = await expectContiguous(database.url, id)
    expect(count).toBeGreaterThan(20)
    for (const [list, gathered] of [
      ['signals', signals],
      ['trades', trades],
    ] as const) {
      const stored = await storedEvents<Numbered>(other.client, id, list, 'sequence')
      expect(gathered.errors).toEqual([])
      expect(sequencesOf(gathered)).toEqual(stored.map((event) => event.sequence))
    }
    one = await openPlatform(directories[0].path, { DATABASE_URL: database.url, REDIS_URL: redis.url })
    expect(await storedSequences(database.url, id)).toHaveLength(count)
  })

  it('let one that hung, and was buried meanwhile, write nothing more when it wakes', { timeout: 60_000 }, async () => {
    const id = await startRun(one.client, busy)
    await until(async () => expect(await storedSequences(database.url, id)).not.toEqual([]))
    process.kill(one.server.pid, 'SIGSTOP')
    try {
      await until(async () => expect((await other.look(id)).status).toBe('FAILED'), 20_000)
      const stored = await storedSequences(database.url, id)
      const failed = await other.look(id)

      process.kill(one.server.pid, 'SIGCONT')

      expect(await one.server.exited).toEqual({ code: 1, signal: null })
      expect(one.server.lines.at(-1)).toContain('other servers have taken over its simulations')
      expect(await storedSequences(database.url, id)).toEqual(stored)
      expect(await other.look(id)).toEqual(failed)
    } finally {
      // It may not have come as far as being told to go on.
      await one.server.kill()
    }
    one = await openPlatform(directories[0].path, { DATABASE_URL: database.url, REDIS_URL: redis.url })
  })
})
