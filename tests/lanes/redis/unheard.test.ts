import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeJson } from '../../../engines/edge/json.ts'
import { redisKeys } from '../../../engines/edge/redis/connection.ts'
import { sampleEvent } from '../../support/engines/events.ts'
import { busy, expectWhole, watch, type Watched } from '../../support/server/busy-runs.ts'
import { gather, until } from '../../support/time/gather.ts'
import { databaseId, openPlatform, PATIENCE, storedSequences, type Platform } from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'
import { runReaches, startRun, stopRun } from '../../support/server/session.ts'

let database: TestDatabase
let redis: TestRedis
const directories = [newDataDir(), newDataDir()] as const
let one: Platform
let other: Platform

const open = (which: 0 | 1): Promise<Platform> =>
  openPlatform(directories[which].path, { DATABASE_URL: database.url, REDIS_URL: redis.url })

beforeAll(async () => {
  ;[database, redis] = await Promise.all([startTestDatabase(), startTestRedis()])
  ;[one, other] = await Promise.all([open(0), open(1)])
})
afterAll(async () => {
  await Promise.all([one.end(), other.end()])
  await redis.dispose()
  await database.dispose()
  for (const directory of directories) directory.remove()
})

const atLeast = (watched: Watched, count: number): Promise<void> =>
  until(() => expect(watched.signals.items.length).toBeGreaterThanOrEqual(count))

describe('what one server said and another did not hear', () => {
  let watched: Watched
  let id: string
  beforeEach(async () => {
    id = await startRun(one.client, busy)
    watched = watch(other, id)
    await atLeast(watched, 5)
  })

  it.each(['commands', 'subscriber'])(
    'comes to its subscribers all the same where the %s connections break',
    async (part) => {
      for (let time = 1; time <= 6; time++) {
        await redis.cut(`-${part}`)
        await atLeast(watched, watched.signals.items.length + 10)
      }
      await stopRun(other.client, id)
      await until(() => expect(watched.ended()).toBe(true))
      await expectWhole(other, database.url, watched)
    },
  )

  it(
    'comes to them where a server was killed that had stored it and could not say so',
    { timeout: 60_000 },
    async () => {
      const client = await redis.client()
      await client.call('ACL', 'SETUSER', 'default', '-publish')
      const seen = watched.signals.items.length
      const stored = async (): Promise<number> => (await storedSequences(database.url, id)).length
      const before = await stored()
      await expect.poll(stored, PATIENCE).toBeGreaterThan(before + 100)
      await one.server.kill()
      await client.call('ACL', 'SETUSER', 'default', '+publish')
      await until(() => expect(watched.ended()).toBe(true))
      expect(await expectWhole(other, database.url, watched)).toBeGreaterThan(before + 100)
      expect(watched.signals.items.length).toBeGreaterThan(seen)
      one = await open(0)
    },
  )
})

describe('what makes no sense', () => {
  it('in the stream of a run fails that run with the reason, is put aside, and ends no server', async () => {
    const id = await startRun(one.client, busy)
    const sound = await startRun(one.client, busy)
    await Promise.all([id, sound].map((each) => runReaches(other.client, each, 'RUNNING')))
    const client = await redis.client()
    const { time } = sampleEvent(1)
    // Well formed as far as the envelope goes, and long enough that some of it is new whatever comes meanwhile.
    const hollow = (parts: object): string =>
      encodeJson(Array.from({ length: 5_000 }, (_, index) => ({ type: 'signal', sequence: index + 1, time, ...parts })))
    for (const text of ['rubbish', hollow({}), hollow({ signal: {}, decision: {} })]) {
      await client.xadd(redisKeys.events(databaseId(id)), '*', 'events', text)
    }
    const failed = await runReaches(other.client, id, 'FAILED')
    expect(failed.statusReason).toMatch(
      /^Some events of this simulation could not be stored and were put aside in Redis: /,
    )
    expect(await client.xlen(redisKeys.poison)).toBeGreaterThan(0)
    expect((await one.look(sound)).status).toBe('RUNNING')
    await stopRun(other.client, sound)
  })

  it('on the channels ends no server', async () => {
    const id = await startRun(one.client, busy)
    await runReaches(other.client, id, 'RUNNING')
    const ticks = gather(other.client, 'subscription ($id: ID!) { ticks(simulationId: $id) { price } }', { id })
    await until(() => expect(ticks.items.length).toBeGreaterThan(2))
    const client = await redis.client()
    const run = databaseId(id)
    const channels = [redisKeys.live(run), redisKeys.portfolio(run), redisKeys.market(run, 'BTC-USD')]
    for (const channel of channels) {
      for (const text of ['', 'rubbish', 'a events rubbish', 'a logs {', '{"type":', '[{}]']) {
        await client.publish(channel, text)
      }
    }
    const seen = ticks.items.length
    await until(() => expect(ticks.items.length).toBeGreaterThan(seen + 5))
    expect(ticks.errors).toEqual([])
    await ticks.stop()
    await stopRun(other.client, id)
  })
})
