import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
const directories = [newDataDir(), newDataDir()] as const
/** Both servers keep their tapes here. */
const shared = newDataDir()
let one: Platform
let other: Platform

beforeAll(async () => {
  ;[database, redis] = await Promise.all([startTestDatabase(), startTestRedis()])
  makeTape(shared.path, 'sample', 300)
  const settings = { DATABASE_URL: database.url, REDIS_URL: redis.url, TAPES_DIR: join(shared.path, 'tapes') }
  const open = ({ path }: { path: string }): Promise<Platform> =>
    openPlatform(path, { ...settings, SOURCE_LINGER_MS: '0', STORE_QUEUE_EVENTS: '1000' })
  ;[one, other] = await Promise.all([open(directories[0]), open(directories[1])])
})
afterAll(async () => {
  await Promise.all([one.end(), other.end()])
  await redis.dispose()
  await database.dispose()
  for (const directory of [...directories, shared]) directory.remove()
})

const sample = { source: 'tape:sample', products: ['BTC-USD'], algorithmParameters: { RSI_PERIOD: 3 } }
/** The servers that the database knows. */
async function entries(): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query('SELECT "id"::text FROM "Server" ORDER BY "id"')).rows
  } finally {
    await client.end()
  }
}

describe('two servers whose database is away for a while', () => {
  it('lose nothing and bury nobody', { timeout: 120_000 }, async () => {
    const reference = await one.start({ ...sample, mode: 'BACKTEST' })
    const expected = await one.reaches(reference.id, 'COMPLETED')
    const count = await expectContiguous(database.url, reference.id)
    const before = await entries()
    expect(before).toHaveLength(2)

    // One has had all its events long before the database is back, the other is in the middle.
    const runs = await Promise.all([
      one.running({ ...sample, mode: 'REPLAY', speed: 60 }),
      other.running({ ...sample, mode: 'REPLAY', speed: 10 }),
    ])
    for (const { id } of runs) {
      await expect.poll(async () => (await storedSequences(database.url, id)).length, PATIENCE).toBeGreaterThan(10)
    }
    await database.stop()
    const wentAt = performance.now()
    await expect.poll(() => performance.now() - wentAt, { timeout: 30_000, interval: 250 }).toBeGreaterThan(20_000)
    await database.start()

    // Each is asked for at the server that does not have it.
    for (const [platform, run] of [
      [other, runs[0]],
      [one, runs[1]],
    ] as const) {
      await expect
        .poll(async () => (await platform.look(run.id)).status, { timeout: 60_000, interval: 100 })
        .toBe('COMPLETED')
      const ended = await platform.look(run.id)
      expect(ended.fingerprint).toBe(expected.fingerprint)
      expect(ended.dataQuality.lost).toBe('0')
      expect(await expectContiguous(database.url, run.id)).toBe(count)
    }
    expect(await entries()).toEqual(before)
    expect(await (await redis.client()).keys('aw:run:*')).toEqual([])
  })
})

describe('two servers with one folder for tapes', () => {
  it('can each repeat what the other one recorded', { timeout: 60_000 }, async () => {
    const input = { products: ['BTC-USD'], algorithmParameters: { RSI_PERIOD: 3 } }
    const live = await one.running(input)
    await expect.poll(async () => (await storedSequences(database.url, live.id)).length, PATIENCE).toBeGreaterThan(40)
    await other.stop(live.id)
    const recorded = readdirSync(join(shared.path, 'tapes')).filter((name) => name.startsWith('sandbox-'))
    expect(recorded).toHaveLength(1)
    const source = `tape:${recorded[0]?.replace('.tape', '')}`

    const repeated = await Promise.all(
      [one, other].map((platform) => platform.start({ ...input, mode: 'BACKTEST', source })),
    )
    const ended = await Promise.all([
      other.reaches(repeated[0]!.id, 'COMPLETED'),
      one.reaches(repeated[1]!.id, 'COMPLETED'),
    ])
    expect(ended[0].fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(ended[1].fingerprint).toBe(ended[0].fingerprint)
    expect(await expectContiguous(database.url, ended[0].id)).toBeGreaterThan(40)
  })
})
