import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisKeys } from '../../../engines/edge/redis/connection.ts'
import { busy, expectWhole, watch } from '../../support/server/busy-runs.ts'
import { gather, until } from '../../support/time/gather.ts'
import { databaseId, openPlatform, type Platform } from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { enginesOf, stillRunning } from '../../support/processes.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'
import { runReaches, startRun, stopRun } from '../../support/server/session.ts'

let database: TestDatabase
let redis: TestRedis
const directories = [newDataDir(), newDataDir(), newDataDir()] as const
/** Hangs, is gone then, and comes back on its data directory. */
let one: Platform
let other: Platform
let third: Platform

const open = (which: 0 | 1 | 2): Promise<Platform> =>
  openPlatform(directories[which].path, { DATABASE_URL: database.url, REDIS_URL: redis.url })

beforeAll(async () => {
  ;[database, redis] = await Promise.all([startTestDatabase(), startTestRedis()])
  ;[one, other, third] = await Promise.all([open(0), open(1), open(2)])
})
afterAll(async () => {
  await Promise.all([one, other, third].map((each) => each.end()))
  await redis.dispose()
  await database.dispose()
  for (const directory of directories) directory.remove()
})

/**
 * Stops a server in the middle of a transaction, whose locks are on what its heir has to write. About every tenth moment is
 * such a one; at any other it goes on at once.
 */
async function freezeWhileWriting(pid: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const held = `SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'aw-trade' AND state = 'idle in transaction' AND query LIKE 'INSERT%'
      AND state_change < now() - interval '10 ms'`
  try {
    await until(async () => {
      process.kill(pid, 'SIGSTOP')
      const { rowCount } = await client.query(`SELECT pg_sleep(0.015)`).then(() => client.query(held))
      if (rowCount === 0) process.kill(pid, 'SIGCONT')
      expect(rowCount).toBe(1)
    })
  } finally {
    await client.end()
  }
}

// Both wait for long, and for nothing of each other.
describe.concurrent('a server that hangs', () => {
  it('is buried, and ends itself and its engines as soon as it goes on', { timeout: 60_000 }, async () => {
    const id = await startRun(one.client, busy)
    const watched = watch(other, id)
    await until(() => expect(watched.signals.items.length).toBeGreaterThan(10))
    const engines = enginesOf(one.server.pid)
    expect(engines.length).toBeGreaterThanOrEqual(3)
    await freezeWhileWriting(one.server.pid)
    const frozenAt = performance.now()
    try {
      // Its heir waits for none of its locks, which it would hold for as long as it hangs.
      await until(() => expect(watched.ended()).toBe(true))
      await until(() => expect(performance.now() - frozenAt).toBeGreaterThan(8_000))
    } finally {
      process.kill(one.server.pid, 'SIGCONT')
    }
    expect(await one.server.exited).toEqual({ code: 1, signal: null })
    expect(one.server.lines.join('\n')).toContain('other servers have taken over its simulations')
    await until(() => expect(stillRunning(engines)).toEqual([]))

    expect((await other.look(id)).status).toBe('FAILED')
    // Nothing of what it still had came after the last word.
    await expectWhole(other, database.url, watched)
    // Its simulator may have told on for a while: what nobody reads any more goes by itself.
    const client = await redis.client()
    for (const key of await client.keys(`aw:run:${databaseId(id)}*`)) expect(await client.ttl(key)).toBeGreaterThan(0)
    one = await open(0)
  })
})

describe.concurrent('the market of a run of another server', () => {
  it(
    'is relayed once somebody looks, and not any more once the last one has been gone for a while',
    { timeout: 60_000 },
    async () => {
      const id = await startRun(third.client, busy)
      await runReaches(other.client, id, 'RUNNING')
      const client = await redis.client()
      const listener = client.duplicate()
      let [count, lastAt] = [0, 0]
      listener.on('message', () => {
        count++
        lastAt = performance.now()
      })
      try {
        await listener.connect()
        await listener.subscribe(redisKeys.market(databaseId(id), 'BTC-USD'))
        const watched = watch(other, id)
        await until(() => expect(watched.signals.items.length).toBeGreaterThan(30))
        expect(count).toBe(0)

        const query = 'subscription ($id: ID!) { ticks(simulationId: $id, products: ["BTC-USD"]) { price } }'
        const viewers = [1, 2].map(() => gather(other.client, query, { id }))
        await until(() => {
          for (const viewer of viewers) expect(viewer.items.length).toBeGreaterThan(5)
        })
        await viewers[0]?.stop()
        await viewers[1]?.stop()
        await until(() => expect(performance.now() - lastAt).toBeGreaterThan(2_000), 20_000)

        // And anew, each tick once.
        const again = gather(other.client, query, { id })
        await until(() => expect(again.items.length).toBeGreaterThan(5))
        await again.stop()
        await watched.stop()
      } finally {
        listener.disconnect()
      }
      await stopRun(other.client, id)
    },
  )
})
