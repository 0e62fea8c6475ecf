import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRedis } from '../../../engines/edge/redis/connection.ts'
import { busy, expectWhole, watch, type Watched } from '../../support/server/busy-runs.ts'
import { until } from '../../support/time/gather.ts'
import { expectContiguous, openPlatform, type Platform } from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'
import { startRun } from '../../support/server/session.ts'

/** Names the moments: a failure is repeated with the same one. */
const SEED = Number(process.env['KILLS_SEED'] ?? 20_261_125)
const KILLS = 20
/** Simulations that the killed server has each time. */
const RUNS = 2
/** How soon the other server must have taken over. */
const TAKEN_OVER_MS = 10_000

/** mulberry32: a small seeded generator. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Pairs of servers that are tried at the same time: most of a kill's seconds are those until a server is called dead. */
const PAIRS = 2
vi.setConfig({ maxConcurrency: PAIRS })

/** Two servers with a database and a Redis of their own, which know nothing of other pairs. */
interface Pair {
  readonly database: TestDatabase
  readonly redis: TestRedis
  readonly servers: Platform[]
  /** Starts one of the two, also anew. */
  open(which: number): Promise<Platform>
  end(): Promise<void>
}

async function openPair(): Promise<Pair> {
  const [database, redis] = await Promise.all([startTestDatabase(), startTestRedis()])
  const directories = [newDataDir(), newDataDir()]
  // All that were ever started, the killed ones too: a test that fails leaves nothing running either.
  const opened: Promise<Platform>[] = []
  const open = (which: number): Promise<Platform> => {
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url }
    opened.push(openPlatform(directories[which]!.path, env))
    return opened.at(-1)!
  }
  return {
    database,
    redis,
    servers: await Promise.all([open(0), open(1)]),
    open,
    async end() {
      const outcomes = await Promise.allSettled(opened)
      await Promise.all(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.end() : null)))
      await Promise.all([redis.dispose(), database.dispose()])
      for (const directory of directories) directory.remove()
    },
  }
}

const pairs: Pair[] = []
/** Those that nobody is killing a server of now: as many tests run at once as there are pairs. */
const free: Pair[] = []

beforeAll(async () => {
  pairs.push(...(await Promise.all(Array.from({ length: PAIRS }, openPair))))
  free.push(...pairs)
})
afterAll(async () => {
  await Promise.all(pairs.map((pair) => pair.end()))
})

async function runKeys({ redis }: Pair): Promise<readonly string[]> {
  const client = await createRedis({ url: redis.url, name: 'look' })
  try {
    await until(() => expect(client.status).toBe('ready'))
    return await client.keys('aw:run:*')
  } finally {
    client.disconnect()
  }
}

/** Starts the runs of one server, and listens to them at the other from the first event on. */
async function begin(at: Platform, listener: Platform): Promise<readonly Watched[]> {
  const ids = await Promise.all(Array.from({ length: RUNS }, () => startRun(at.client, busy)))
  return ids.map((id) => watch(listener, id))
}

/** Sees that the survivor has all, and gave all, of a run whose server was killed; returns how many events. */
async function expectTakenOver(survivor: Platform, databaseUrl: string, watched: Watched): Promise<number> {
  const run = await survivor.look(watched.id)
  expect(run).toMatchObject({ status: 'FAILED' })
  expect(run.statusReason).toContain('The server ended without stopping this simulation')
  return expectWhole(survivor, databaseUrl, watched)
}

describe('two servers, one of which is killed with -9 at a moment of chance', () => {
  const random = seeded(SEED)
  // Drawn before anything runs, so that a moment is the same whatever became of those before it.
  const kills = Array.from({ length: KILLS }, (_, index) => ({
    kill: index + 1,
    victim: index % 2,
    signals: 1 + Math.floor(random() * 150),
    /** Whether it is started again at once, so that it may be its own heir. */
    atOnce: random() < 0.5,
  }))

  it.concurrent.each(kills)(
    'lose nothing and give nothing twice: kill $kill, server $victim, after $signals signals, started again at once: $atOnce',
    { timeout: 60_000 },
    async ({ victim, signals, atOnce }) => {
      const pair = free.shift()
      if (pair === undefined)
        throw new Error(
          'no pair of servers is left: more tests run at once than there are pairs, or earlier ones failed',
        )
      const { servers, database } = pair
      const survivor = servers[1 - victim]!
      const watched = await begin(servers[victim]!, survivor)
      await until(() => expect(watched[0]?.signals.items.length).toBeGreaterThanOrEqual(signals), 30_000)

      await servers[victim]!.server.kill()
      const killedAt = performance.now()
      const reopened = atOnce ? pair.open(victim) : null
      await until(() => {
        for (const one of watched) expect(one.ended()).toBe(true)
      }, TAKEN_OVER_MS + 5_000)
      expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS)

      const [again, counts] = await Promise.all([
        reopened ?? pair.open(victim),
        Promise.all(watched.map((one) => expectTakenOver(survivor, database.url, one))),
      ])
      servers[victim] = again
      expect(counts[0]).toBeGreaterThanOrEqual(signals)
      expect(await runKeys(pair)).toEqual([])
      // Nothing came after the last word.
      expect(await Promise.all(watched.map(({ id }) => expectContiguous(database.url, id)))).toEqual(counts)
      // Only one that went well: what is left of another would be blamed on the next kill.
      free.push(pair)
    },
  )
})
