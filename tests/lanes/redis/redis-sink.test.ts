import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { wallClock } from '../../../engines/edge/clock.ts'
import { decodeEvents } from '../../../engines/edge/json.ts'
import { createRedis, redisKeys } from '../../../engines/edge/redis/connection.ts'
import { RedisSink } from '../../../engines/edge/redis/sink.ts'
import { sampleEvent } from '../../support/engines/events.ts'
import { PATIENCE } from '../../support/server/platform.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'

let redis: TestRedis
const closers: (() => void)[] = []
let run = ''
let runs = 0

beforeAll(async () => {
  redis = await startTestRedis()
})
beforeEach(() => {
  run = `run-${++runs}`
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
})
afterAll(() => redis.dispose())

async function openSink(bound?: number) {
  const connection = await createRedis({ url: redis.url, name: `sink-${run}` })
  closers.push(() => connection.disconnect())
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const options = { redis: connection, simulationId: run, clock: wallClock, log, acknowledged: true, aside: null }
  const sink = new RedisSink(bound === undefined ? options : { ...options, bound })
  const write = (from: number, to: number): void => {
    for (let sequence = from; sequence <= to; sequence++) sink.write(sampleEvent(sequence))
    sink.flush()
  }
  return { sink, write, lines, connection }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** What the stream holds, in order; the same event twice where it is. */
async function held(): Promise<readonly number[]> {
  const entries = await (await redis.client()).xrange(redisKeys.events(run), '-', '+')
  return entries.flatMap(([, fields]) => decodeEvents(fields[1] ?? '').map(({ sequence }) => sequence))
}
const settings = async (...pair: readonly [name: string, value: string]): Promise<void> => {
  await (await redis.client()).call('CONFIG', 'SET', ...pair)
}

describe("a simulator's sink to Redis", () => {
  it(
    'puts everything in again that nobody answered for, where Redis lost all it held',
    { timeout: 40_000 },
    async () => {
      const { sink, write } = await openSink()
      write(1, 1_200)
      await expect.poll(held, PATIENCE).toEqual(range(1, 1_200))
      sink.acknowledge(200)
      // Nothing is on its way when it happens: only the connection tells.
      await redis.kill()
      await redis.startEmpty()
      await expect.poll(held, PATIENCE).toEqual(range(201, 1_200))
      write(1_201, 1_300)
      await expect.poll(held, PATIENCE).toEqual(range(201, 1_300))
    },
  )

  it('ends only once all of it is in a Redis that lost what it held', { timeout: 40_000 }, async () => {
    const { sink, write } = await openSink()
    write(1, 50)
    await expect.poll(held, PATIENCE).toEqual(range(1, 50))
    await redis.kill()
    const closing = sink.close()
    await redis.startEmpty()
    await closing
    expect(await held()).toEqual(range(1, 50))
  })

  it('ends as soon as all of it is answered for', async () => {
    const { sink, write } = await openSink()
    write(1, 5)
    const closing = sink.close()
    sink.acknowledge(5)
    await closing
  })

  it('holds what Redis refuses for want of memory, says so once, and puts it in when there is some', async () => {
    const { write, lines, connection } = await openSink()
    await expect.poll(() => connection.status, PATIENCE).toBe('ready')
    write(1, 10)
    await expect.poll(held, PATIENCE).toEqual(range(1, 10))
    await settings('maxmemory', '1')
    write(11, 1_600)
    await expect.poll(() => lines.length, PATIENCE).toBe(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ reason: expect.stringContaining('OOM') as string })
    // Asked again and again meanwhile.
    const rejected = async (): Promise<number> =>
      Number(/cmdstat_xadd:.*?rejected_calls=(\d+)/.exec(await (await redis.client()).info('commandstats'))?.[1])
    const before = await rejected()
    await expect.poll(rejected, PATIENCE).toBeGreaterThan(before + 4)
    await settings('maxmemory', '0')
    await expect.poll(async () => (await held()).at(-1), PATIENCE).toBe(1_600)
    // All of it, each in order behind the one before; those that nobody answered for may be there twice.
    const sequences = await held()
    const firsts = sequences.filter((sequence, index) => sequences.indexOf(sequence) === index)
    expect(firsts).toEqual(range(1, 1_600))
    expect(lines).toHaveLength(2)
  })

  it('holds up whoever writes at its bound, until somebody answers for some', async () => {
    const { sink, write } = await openSink(100)
    write(1, 100)
    await expect.poll(held, PATIENCE).toEqual(range(1, 100))
    expect(sink.hasRoom()).toBe(false)
    const room = sink.whenRoom()
    sink.acknowledge(40)
    await room
    expect(sink.hasRoom()).toBe(true)
  })

  it('takes events before Redis is there, in order', { timeout: 40_000 }, async () => {
    await redis.stop()
    const { write, lines } = await openSink()
    write(1, 700)
    await expect.poll(() => lines.length, PATIENCE).toBe(1)
    await redis.start()
    await expect.poll(held, PATIENCE).toEqual(range(1, 700))
  })
})
