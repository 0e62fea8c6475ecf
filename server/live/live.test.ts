import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { SimulationStatus } from '../../engines/domain/simulation.ts'
import type { LogRecord } from '../../schema/context.ts'
import { orderOf, portfolioOf, signalOf, tradeOf } from '../../schema/records.ts'
import { MOMENT, sampleEvent, sampleEvents, sampleOrder, sampleSpec } from '../../tests/support/engines/events.ts'
import { SubscriptionOverflowError } from '../bus/buffer.ts'
import type { RunRecord } from '../store/port.ts'
import { createLive, type Live } from './live.ts'

/** A run whose history is in memory; every reading takes the turns of the event loop that `pause` takes. */
function newRun(options: { bound?: number; pause?: () => Promise<void> } = {}) {
  const pause = options.pause ?? (() => Promise.resolve())
  const stored: SimulatorEvent[] = []
  let status: SimulationStatus = 'RUNNING'
  const read = async <Item extends { sequence: number }>(
    select: (event: SimulatorEvent) => Item | null,
    after: number,
    limit: number,
  ) => {
    const seen = stored.flatMap((event) => select(event) ?? []) as unknown as Item[]
    await pause()
    return seen.filter((item) => item.sequence > after).slice(0, limit)
  }
  const live: Live = createLive({
    ...(options.bound === undefined ? {} : { bound: options.bound }),
    runs: {
      async find(id) {
        const found = status
        await pause()
        return id === 'run' ? ({ spec: sampleSpec(id), status: found } as RunRecord) : null
      },
    },
    history: {
      signals: (_id, after, limit) => read(signalOf, after, limit),
      trades: (_id, after, limit) => read(tradeOf, after, limit),
      orders: (_id, after, limit) => read(orderOf, after, limit),
      logs: () => Promise.resolve([] as LogRecord[]),
      async latestPortfolio() {
        const found = stored.findLast((event) => event.type === 'portfolio')
        await pause()
        return found === undefined ? null : portfolioOf(found)
      },
    },
  })
  return {
    live,
    happen(events: readonly SimulatorEvent[]) {
      stored.push(...events)
      live.publish('run', events)
    },
    become(next: SimulationStatus) {
      status = next
      live.publishStatus('run', next)
    },
  }
}

async function sequencesOf(feed: AsyncIterable<{ readonly sequence: number }>): Promise<number[]> {
  const sequences: number[] = []
  for await (const item of feed) sequences.push(item.sequence)
  return sequences
}

/** The sequences up to `to` that are signals (see `sampleEvent`). */
const signalSequences = (after: number, to: number) =>
  Array.from({ length: to }, (_, index) => index + 1).filter((sequence) => sequence % 3 === 1 && sequence > after)

it('gives what is stored after the cursor, then what happens, then ends with the run', async () => {
  const run = newRun()
  run.happen(sampleEvents(1, 9))
  const feed = run.live.signals('run', 3)
  expect((await feed.next()).value.sequence).toBe(4)
  run.happen(sampleEvents(10, 12))
  run.become('COMPLETED')
  expect(await sequencesOf(feed)).toEqual([7, 10])
  expect(run.live.subscribers()).toBe(0)
})

it('gives each change of an order, stored or live, and after a cut goes on behind the cursor', async () => {
  const run = newRun()
  const change = (sequence: number, state: 'ACCEPTED' | 'RESTING' | 'FILLED') =>
    ({ type: 'order', sequence, time: MOMENT, order: sampleOrder({ state }) }) as const
  run.happen([change(1, 'ACCEPTED'), change(2, 'RESTING')])
  const feed = run.live.orders('run', 1)
  expect((await feed.next()).value).toMatchObject({ sequence: 2, order: { state: 'RESTING' } })
  expect(run.live.subscriptions()).toMatchObject({ orders: 1, trades: 0 })
  run.live.missed('run')
  run.happen([change(3, 'FILLED')])
  run.become('COMPLETED')
  expect(await sequencesOf(feed)).toEqual([3])
  expect(run.live.wants('run')).toBe(false)
})

it('gives everything from the first event on where no cursor is given', async () => {
  const run = newRun()
  run.happen(sampleEvents(1, 6))
  run.become('STOPPED')
  expect(await sequencesOf(run.live.trades('run', null))).toEqual([2, 5])
})

it('shows each sequence once and in order, however publishing, reading and pauses interleave', async () => {
  const steps = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 100 }), fc.nat({ max: 5 }), async (sizes, after, turns) => {
      const pause = async () => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      }
      const run = newRun({ pause, bound: 5 })
      let sequence = 0
      let start: Promise<number[]> | null = null
      const startAt = Math.floor(sizes.length / 3)
      for (const [index, size] of sizes.entries()) {
        if (index === startAt) start = sequencesOf(run.live.signals('run', after))
        run.happen(sampleEvents(sequence + 1, sequence + size))
        sequence += size
        if (index % 2 === 0) await pause()
        else await new Promise((resolve) => setImmediate(resolve))
      }
      run.become('COMPLETED')
      expect(await start).toEqual(signalSequences(after, sequence))
    }),
    { numRuns: 150 },
  )
})

it('reads on from the store when a subscriber who still catches up is overtaken', async () => {
  const run = newRun({ bound: 4 })
  run.happen(sampleEvents(1, 3_000))
  const feed = run.live.signals('run', null)
  await feed.next()
  run.happen(sampleEvents(3_001, 6_000))
  run.become('COMPLETED')
  expect(await sequencesOf(feed)).toEqual(signalSequences(1, 6_000))
})

it('ends a stalled live subscriber with a typed error, from which it resumes without loss', async () => {
  const run = newRun({ bound: 10 })
  const feed = run.live.signals('run', null)
  const other = sequencesOf(run.live.signals('run', null))
  run.happen([sampleEvent(1)])
  expect((await feed.next()).value.sequence).toBe(1)
  const pending = feed.next()
  // It has found nothing more in the store and waits for what happens.
  await new Promise((resolve) => setImmediate(resolve))
  run.happen(sampleEvents(2, 6))
  expect((await pending).value.sequence).toBe(4)
  for (let sequence = 7; sequence <= 60; sequence++) {
    run.happen([sampleEvent(sequence)])
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect(feed.next()).rejects.toThrow(SubscriptionOverflowError)
  expect(await feed.next()).toEqual({ value: undefined, done: true })
  const resumed = run.live.signals('run', 4)
  run.become('COMPLETED')
  expect(await sequencesOf(resumed)).toEqual(signalSequences(4, 60))
  expect(await other).toEqual(signalSequences(0, 60))
})

it('frees all that a subscriber held when it leaves, also while it waits', async () => {
  const run = newRun()
  const feeds = [run.live.signals('run', null), run.live.portfolios('run'), run.live.statuses('run')]
  const waiting = feeds[0]!.next()
  await vi.waitFor(() => expect(run.live.subscribers()).toBe(3))
  for (const feed of feeds) await feed.return?.()
  expect(run.live.subscribers()).toBe(0)
  expect((await waiting).done).toBe(true)
})

it('gives the newest portfolio first, and keeps only the newest for a slow reader', async () => {
  const run = newRun()
  run.happen(sampleEvents(1, 9))
  const feed = run.live.portfolios('run')
  expect((await feed.next()).value.sequence).toBe(9)
  run.happen(sampleEvents(10, 300))
  expect((await feed.next()).value.sequence).toBe(300)
  run.happen(sampleEvents(301, 303))
  run.become('COMPLETED')
  expect(await sequencesOf(feed)).toEqual([303])
})

it('gives the status at once, then each change, and ends after a final one', async () => {
  const run = newRun()
  const feed = run.live.statuses('run')
  expect((await feed.next()).value).toBe('RUNNING')
  run.become('STOPPING')
  run.become('STOPPED')
  const rest: SimulationStatus[] = []
  for await (const status of feed) rest.push(status)
  expect(rest).toEqual(['STOPPING', 'STOPPED'])
})

it('ends the feeds of an unknown run at once', async () => {
  const { live } = newRun()
  expect((await live.statuses('nobody').next()).done).toBe(true)
  expect(live.subscribers()).toBe(0)
})

it('tells a subscriber that the history cannot be read', async () => {
  const run = newRun({ pause: () => Promise.reject(new Error('the database is away')) })
  await expect(run.live.signals('run', null).next()).rejects.toThrow('the database is away')
  await expect(run.live.portfolios('run').next()).rejects.toThrow('the database is away')
  expect(run.live.subscribers()).toBe(0)
})
