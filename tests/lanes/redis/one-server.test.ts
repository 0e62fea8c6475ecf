import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '../../../engines/edge/redis/connection.ts'
import {
  expectContiguous,
  makeTape,
  openPlatform,
  PATIENCE,
  storedSequences,
  type Platform,
} from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'

let database: TestDatabase
let redis: TestRedis
let platform: Platform
const directory = newDataDir()

beforeAll(async () => {
  database = await startTestDatabase()
  redis = await startTestRedis()
  makeTape(directory.path, 'sample', 300)
  platform = await openPlatform(directory.path, { DATABASE_URL: database.url, REDIS_URL: redis.url })
})
afterEach(() => redis.thaw())
afterAll(async () => {
  await platform.end()
  await redis.dispose()
  await database.dispose()
  directory.remove()
})

const sample = { source: 'tape:sample', products: ['BTC-USD'], algorithmParameters: { RSI_PERIOD: 3 } }

const eventCount = async (id: string): Promise<number> => (await storedSequences(database.url, id)).length

let made: Promise<{ fingerprint: string | null; count: number }> | null = null
/** What a back-test of the sample gets, which is what every other way must get too; made once for all tests. */
const reference = (): NonNullable<typeof made> =>
  (made ??= (async () => {
    const { id } = await platform.start({ ...sample, mode: 'BACKTEST' })
    const { fingerprint } = await platform.reaches(id, 'COMPLETED')
    return { fingerprint, count: await expectContiguous(database.url, id) }
  })())

/** Every key that the platform has in Redis. */
async function keys(): Promise<readonly string[]> {
  const client = await createRedis({ url: redis.url, name: 'look' })
  try {
    await expect.poll(() => client.status, PATIENCE).toBe('ready')
    return (await client.keys('aw:*')).filter((key) => !key.endsWith(':probe'))
  } finally {
    client.disconnect()
  }
}

async function health(): Promise<string> {
  const { health: whole } = await platform.client.ask<{
    health: { components: readonly { name: string; status: string }[] }
  }>('{ health { components { name status } } }', {})
  return whole.components.find((one) => one.name === 'bus')?.status ?? 'not there'
}

async function warningsOf(id: string): Promise<readonly string[]> {
  const query = 'query ($id: ID!) { simulation(id: $id) { warnings } }'
  return (await platform.client.ask<{ simulation: { warnings: readonly string[] } }>(query, { id })).simulation.warnings
}

describe('a server with Redis', () => {
  it('gets the same fills whichever way they come, and leaves no stream behind', async () => {
    const expected = await reference()
    const replay = await platform.start({ ...sample, mode: 'REPLAY', speed: 200 })
    const played = await platform.reaches(replay.id, 'COMPLETED')
    expect(played.fingerprint).toBe(expected.fingerprint)
    expect(await expectContiguous(database.url, replay.id)).toBe(expected.count)
    expect(await keys()).toEqual([])
  })

  const outages: readonly (readonly [how: string, go: () => Promise<void>, come: () => Promise<void>])[] = [
    ['is stopped and started again', () => redis.stop(), () => redis.start()],
    ['is killed and started again', () => redis.kill(), () => redis.start()],
    ['hangs for a while', () => Promise.resolve(redis.freeze()), () => Promise.resolve(redis.thaw())],
  ]
  it.each(outages)('loses nothing while Redis %s, and says so meanwhile', { timeout: 90_000 }, async (_, go, come) => {
    const expected = await reference()
    const run = await platform.running({ ...sample, mode: 'REPLAY', speed: 60 })
    await expect.poll(() => eventCount(run.id), PATIENCE).toBeGreaterThan(10)
    await go()
    await expect.poll(health, PATIENCE).toBe('down')
    // Its simulator hands over what it tells to its server directly, so that it can end.
    const ended = await platform.reaches(run.id, 'COMPLETED')
    await come()
    await expect.poll(health, PATIENCE).toBe('up')
    expect(ended.fingerprint).toBe(expected.fingerprint)
    expect(await expectContiguous(database.url, run.id)).toBe(expected.count)
  })

  const tell = async (command: string, ...rest: readonly string[]): Promise<void> => {
    await (await redis.client()).call(command, ...rest)
  }
  const refusals: readonly (readonly [how: string, refuse: () => Promise<void>, allow: () => Promise<void>])[] = [
    ['is full', () => tell('CONFIG', 'SET', 'maxmemory', '1'), () => tell('CONFIG', 'SET', 'maxmemory', '0')],
    ['is read-only', () => tell('REPLICAOF', '127.0.0.1', '1'), () => tell('REPLICAOF', 'NO', 'ONE')],
    ['is away', () => redis.kill(), () => redis.start()],
    ['hangs', () => Promise.resolve(redis.freeze()), () => Promise.resolve(redis.thaw())],
  ]
  it.each(refusals)(
    'stops a simulation with all of its trades while Redis %s, and says so meanwhile',
    { timeout: 60_000 },
    async (how, refuse, allow) => {
      const answers = how === 'is full' || how === 'is read-only'
      const run = await platform.running({ ...sample, mode: 'REPLAY', speed: 10 })
      await expect.poll(() => eventCount(run.id), PATIENCE).toBeGreaterThan(10)
      await refuse()
      try {
        const before = await eventCount(run.id)
        await expect.poll(() => eventCount(run.id), PATIENCE).toBeGreaterThan(before + 20)
        await expect.poll(health, PATIENCE).toBe(answers ? 'degraded' : 'down')
        await expect
          .poll(() => warningsOf(run.id), PATIENCE)
          .toEqual(
            expect.arrayContaining([
              expect.stringMatching(answers ? /^Redis takes no writes / : /^Redis (cannot be reached|does not answer)/),
              expect.stringMatching(/^Redis takes no events since /),
            ]),
          )
        const { userErrors } = await platform.stop(run.id)
        expect(userErrors).toEqual([])
        const stopped = await platform.look(run.id)
        expect(stopped).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
        expect(stopped.fingerprint).toMatch(/^[0-9a-f]{64}$/)
        await expectContiguous(database.url, run.id)
      } finally {
        await allow()
      }
      await expect.poll(health, PATIENCE).toBe('up')
      await expect.poll(keys, PATIENCE).toEqual([])
    },
  )
})
