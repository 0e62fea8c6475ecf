import type { Redis } from 'ioredis'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import { deferred } from '../../../engines/edge/deferred.ts'
import { encodeJson } from '../../../engines/edge/json.ts'
import { createRedis, redisKeys } from '../../../engines/edge/redis/connection.ts'
import { EventStreams } from '../../../server/bus/event-streams.ts'
import type { StreamBatch, StreamHandler } from '../../../server/bus/stream-entries.ts'
import { sampleEvents } from '../../support/engines/events.ts'
import { PATIENCE } from '../../support/server/platform.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'

let redis: TestRedis
let client: Redis
const closers: (() => Promise<void>)[] = []
let run = ''
let runs = 0

beforeAll(async () => {
  redis = await startTestRedis()
  client = await redis.client()
})
beforeEach(() => {
  run = `run-${++runs}`
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await client.flushall()
})
afterAll(() => redis.dispose())

/** The reading part of a server. */
async function openStreams(consumer: string, room = (): Promise<void> => Promise.resolve()) {
  const commands = await createRedis({ url: redis.url, name: `${consumer}-commands` })
  const reader = await createRedis({ url: redis.url, name: `${consumer}-reader`, blocking: true })
  const streams = new EventStreams({ commands, reader, consumer, room, log: pino({ level: 'silent' }) })
  let open = true
  const dispose = async (): Promise<void> => {
    if (!open) return
    open = false
    await streams.dispose()
    commands.disconnect()
  }
  closers.push(dispose)
  return { streams, dispose }
}

const add = (events: readonly SimulatorEvent[], id = run): Promise<unknown> =>
  client.xadd(redisKeys.events(id), '*', 'events', encodeJson(events))
const sequences = (batches: readonly StreamBatch[]): readonly number[] =>
  batches.flatMap(({ events }) => events.map(({ sequence }) => sequence))
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)
const left = (id = run): Promise<number> => client.xlen(redisKeys.events(id))
const pendingCount = async (id = run): Promise<number> =>
  ((await client.xpending(redisKeys.events(id), 'store')) as [number])[0]
const calls = async (command: string): Promise<number> =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info('commandstats'))?.[1] ?? 0)

/** A handler that keeps what it was given; what becomes of it is for `outcome` to say. */
function handler(outcome: (batch: StreamBatch) => Promise<void> = () => Promise.resolve()) {
  const taken: StreamBatch[] = []
  const poison: string[] = []
  let lost = 0
  const made: StreamHandler = {
    onLost: () => void lost++,
    take(batch) {
      taken.push(batch)
      return outcome(batch)
    },
    onPoison: (reason) => poison.push(reason),
  }
  return { ...made, taken, poison, lost: () => lost }
}

describe('the streams of the runs of a server', () => {
  it('are read in order, and lose an entry only once it is durable', async () => {
    const durable = deferred<void>()
    const { streams } = await openStreams('one')
    const mine = handler(() => durable.promise)
    streams.follow(run, mine)
    await add(sampleEvents(1, 3))
    await add(sampleEvents(4, 4))
    await expect.poll(() => sequences(mine.taken), PATIENCE).toEqual(upTo(4))
    expect([await left(), await pendingCount()]).toEqual([2, 2])
    durable.resolve()
    await expect.poll(left, PATIENCE).toBe(0)
    expect(await pendingCount()).toBe(0)
    expect(mine.taken.map(({ text, again }) => [text, again])).toEqual([
      [encodeJson(sampleEvents(1, 3)), false],
      [encodeJson(sampleEvents(4, 4)), false],
    ])
  })

  it('are drained once all of it is durable, and at once where nothing is left', async () => {
    const durable = deferred<void>()
    const { streams } = await openStreams('one')
    const follower = streams.follow(
      run,
      handler(() => durable.promise),
    )
    await add(sampleEvents(1, 2))
    let drained = false
    const draining = follower.drained().then(() => (drained = true))
    await expect.poll(pendingCount, PATIENCE).toBe(1)
    expect(drained).toBe(false)
    durable.resolve()
    await draining
    await follower.drained()
    await follower.end()
    expect(await client.keys('aw:run:*')).toEqual([])
    await streams.follow('an-empty-run', handler()).drained()
  })

  it('are drained of what they held then, though a simulator tells on', async () => {
    const { streams } = await openStreams('one')
    let [told, wanted] = [0, true]
    const tell = async (): Promise<void> => {
      await add(sampleEvents(++told, told))
    }
    // Each answer brings the next entry: it is never empty.
    const mine = handler(async () => {
      if (wanted) await tell()
    })
    const follower = streams.follow(run, mine)
    await tell()
    await expect.poll(() => mine.taken.length, PATIENCE).toBeGreaterThan(10)
    await follower.drained()
    expect(await left()).toBeGreaterThan(0)
    wanted = false
  })

  it('give what a server that is gone had read, in order, to the one that follows it, and then the rest', async () => {
    const gone = await openStreams('gone')
    const never = deferred<void>()
    const first = handler(() => never.promise)
    gone.streams.follow(run, first)
    for (const sequence of upTo(70)) await add(sampleEvents(sequence, sequence))
    await expect.poll(() => first.taken.length, PATIENCE).toBe(70)
    await gone.dispose()
    await add(sampleEvents(71, 71))

    const { streams } = await openStreams('heir')
    const heir = handler()
    await streams.follow(run, heir).drained()
    expect(sequences(heir.taken)).toEqual(upTo(71))
    expect(await left()).toBe(0)
  })

  it('give 10,000 entries in order, and hold none of them afterwards', async () => {
    const { streams } = await openStreams('one')
    for (let from = 1; from <= 10_000; from += 500) {
      await Promise.all(upTo(500).map((nth) => add(sampleEvents(from + nth - 1, from + nth - 1))))
    }
    const mine = handler()
    await streams.follow(run, mine).drained()
    expect(sequences(mine.taken)).toEqual(upTo(10_000))
    expect([await left(), await pendingCount()]).toEqual([0, 0])
  })

  it('put aside after exactly five deliveries what cannot be taken, while the rest goes on', async () => {
    const { streams } = await openStreams('one')
    const hangs = deferred<void>()
    const seen = (sequence: number): readonly StreamBatch[] =>
      mine.taken.filter(({ events }) => events[0]?.sequence === sequence)
    const mine = handler(({ events, again }) => {
      const sequence = events[0]?.sequence
      if (sequence === 2) return Promise.reject(new Error('too large a number'))
      // Fails once, then takes long: it must not be counted while it is on its way.
      if (sequence === 3) return again ? hangs.promise : Promise.reject(new Error('not now'))
      return Promise.resolve()
    })
    const follower = streams.follow(run, mine)
    for (const sequence of [1, 2, 3]) await add(sampleEvents(sequence, sequence))
    await client.xadd(redisKeys.events(run), '*', 'events', 'rubbish')
    await client.xadd(redisKeys.events(run), '*', 'other', 'field')
    await add(sampleEvents(4, 4))
    const drained = follower.drained()
    await expect.poll(() => seen(4).length, PATIENCE).toBe(1)
    await expect.poll(() => mine.poison.length, PATIENCE).toBe(3)
    expect(seen(2).map(({ again }) => again)).toEqual([false, true, true, true, true])
    expect(seen(3).map(({ again }) => again)).toEqual([false, true])
    expect([seen(1).length, seen(4).length, await left()]).toEqual([1, 1, 1])
    hangs.resolve()
    await drained

    expect(mine.poison).toContain('too large a number')
    const aside = await client.xrange(redisKeys.poison, '-', '+')
    expect(aside).toHaveLength(3)
    const fields = aside.map(([, pairs]) => pairs)
    expect(fields).toContainEqual(
      expect.arrayContaining(['reason', 'too large a number', 'stream', redisKeys.events(run), 'events']),
    )
    expect(fields).toContainEqual(expect.arrayContaining(['events', 'rubbish']))
  })

  it('do not count as a delivery that the connection was lost meanwhile', async () => {
    const { streams } = await openStreams('cut')
    const first = deferred<void>()
    const mine = handler(({ again }) => (again ? Promise.resolve() : first.promise))
    const follower = streams.follow(run, mine)
    await add(sampleEvents(1, 1))
    await expect.poll(() => mine.taken.length, PATIENCE).toBe(1)
    for (let time = 1; time <= 6; time++) {
      const before = await calls('xautoclaim')
      expect(await redis.cut('cut-reader')).toBe(1)
      await expect.poll(() => calls('xautoclaim'), PATIENCE).toBeGreaterThan(before)
    }
    first.reject(new Error('too large a number'))
    await follower.drained()
    expect(mine.poison).toEqual([])
    expect(mine.taken.map(({ again }) => again)).toEqual([false, true])
  })

  it('are found again by a server whose Redis was emptied', async () => {
    const { streams } = await openStreams('one')
    const mine = handler()
    streams.follow(run, mine)
    await add(sampleEvents(1, 1))
    await expect.poll(() => mine.taken.length, PATIENCE).toBe(1)
    await client.flushall()
    await add(sampleEvents(2, 2))
    await expect.poll(() => sequences(mine.taken), PATIENCE).toEqual([1, 2])
  })

  it('are read on undisturbed while those of other runs end', async () => {
    const { streams } = await openStreams('one')
    const mine = handler()
    streams.follow(run, mine)
    const others = upTo(5).map((nth) => streams.follow(`other-${nth}`, handler()))
    for (const other of others) await other.drained()
    const before = await calls('xautoclaim')
    for (const [index, other] of others.entries()) {
      await other.end()
      await add(sampleEvents(index + 1, index + 1))
      await expect.poll(() => sequences(mine.taken), PATIENCE).toEqual(upTo(index + 1))
    }
    expect(await calls('xautoclaim')).toBe(before)
  })

  it('give what their group was set past, and are drained of it', async () => {
    const hold = deferred<void>()
    const { streams } = await openStreams('one', () => hold.promise)
    const mine = handler()
    const follower = streams.follow(run, mine)
    await add(sampleEvents(1, 1))
    await add(sampleEvents(2, 2))
    await expect
      .poll(() => client.call('XGROUP', 'SETID', redisKeys.events(run), 'store', '$').catch(() => null))
      .toBe('OK')
    hold.resolve()
    await follower.drained()
    expect(sequences(mine.taken)).toEqual([1, 2])
    expect([await left(), mine.poison]).toEqual([0, []])
  })

  it.each([
    ['removed', () => client.del(redisKeys.events(run))],
    ['put in the place of something else', () => client.set(redisKeys.events(run), 'x')],
  ])('have what is not durable told again where one was %s, and others are read on meanwhile', async (_, spoil) => {
    const { streams } = await openStreams('one')
    const [mine, other] = [handler(), handler()]
    const follower = streams.follow(run, mine)
    streams.follow('another-run', other)
    await add(sampleEvents(1, 1))
    await expect.poll(() => sequences(mine.taken), PATIENCE).toEqual([1])
    await spoil()
    await add(sampleEvents(1, 1), 'another-run')
    await expect.poll(() => sequences(other.taken), PATIENCE).toEqual([1])
    await expect.poll(() => mine.lost(), PATIENCE).toBe(1)
    await add(sampleEvents(2, 2))
    await expect.poll(() => sequences(mine.taken), PATIENCE).toEqual([1, 2])
    expect(follower.trouble()).toBeNull()
  })

  it('say what keeps one from being read, while the others are', async () => {
    await client.call('ACL', 'SETUSER', 'default', 'resetkeys', '~aw:run:*', '~aw:poison')
    const { streams } = await openStreams('one')
    await client.call('ACL', 'SETUSER', 'default', 'resetkeys', `~${redisKeys.events('another-run')}`)
    try {
      const [follower, other] = [streams.follow(run, handler()), handler()]
      streams.follow('another-run', other)
      await add(sampleEvents(1, 1), 'another-run')
      await expect.poll(() => sequences(other.taken), PATIENCE).toEqual([1])
      expect(follower.trouble()).toContain('its user may not do this')
    } finally {
      await client.call('ACL', 'SETUSER', 'default', 'allkeys')
    }
  })

  it('wait for room, and are let go of also where there never is any', async () => {
    const room = deferred<void>()
    let asked = 0
    const { streams, dispose } = await openStreams('one', () => {
      asked++
      return room.promise
    })
    const mine = handler()
    streams.follow(run, mine)
    await add(sampleEvents(1, 1))
    await expect.poll(() => asked, PATIENCE).toBe(1)
    await dispose()
    expect(mine.taken).toEqual([])
    expect(await left()).toBe(1)
  })
})
