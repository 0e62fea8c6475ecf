import { unitOf } from '../../engines/domain/market/unit.ts'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { OrderUpdate } from '../../engines/domain/trading/order.ts'
import { KERNEL_VERSION } from '../../engines/domain/simulation.ts'
import type { LogRecord } from '../../schema/context.ts'
import {
  eighths,
  MOMENT,
  SAMPLE_METRICS,
  sampleEvent,
  sampleEvents,
  sampleFill,
  sampleOrder,
  samplePortfolio,
  sampleRoundTrip,
  sampleServer,
  sampleSignal,
  sampleSpec,
} from '../../tests/support/engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { decodeMetrics, type StoredMetrics } from '../../schema/analytics/stored-metrics.ts'
import { orderOf, orderRecord, roundTripRecord } from '../../schema/records.ts'
import { createStore, type Store } from './store.ts'

let database: TestDatabase
let store: Store
const said: string[] = []
const log = (_level: string, message: string) => void said.push(message)

beforeAll(async () => {
  database = await startTestDatabase()
  store = createStore({ url: database.url, server: sampleServer(), bound: 50_000, log })
  await store.servers.join()
})
afterAll(async () => {
  await store.dispose()
  await database.dispose()
})

async function newRun(): Promise<string> {
  const id = randomUUID()
  await store.runs.create(sampleSpec(id), 'PROCESS', null)
  return id
}

const line = (sequence: number, message = `line ${sequence}`): LogRecord => ({
  sequence,
  time: MOMENT + sequence,
  role: 'STREAMER',
  level: 'info',
  message,
})

it('gives a run back exactly as it was created', async () => {
  const spec = sampleSpec(randomUUID(), {
    seed: 2 ** 53 - 1,
    speed: 0.1,
    durationSeconds: 60,
    products: ['ETH-USD', 'BTC-USD'],
  })
  const { created, run } = await store.runs.create(spec, 'PROCESS', null)
  expect(created).toBe(true)
  expect(run).toMatchObject({ spec, launcher: 'PROCESS', status: 'STARTING', statusReason: null, startedAt: null })
  expect(await store.runs.find(spec.id)).toEqual(run)
  expect(await store.runs.find(randomUUID())).toBeNull()
})

it('gives the same run for the same idempotency key, also to callers at the same moment', async () => {
  const key = randomUUID()
  const tries = Array.from({ length: 8 }, () => store.runs.create(sampleSpec(randomUUID()), 'PROCESS', key))
  const outcomes = await Promise.all(tries)
  expect(outcomes.filter((outcome) => outcome.created)).toHaveLength(1)
  expect(new Set(outcomes.map((outcome) => outcome.run.spec.id)).size).toBe(1)
  expect((await store.runs.findByKey(key))?.spec.id).toBe(outcomes[0]?.run.spec.id)
})

it('changes only what a patch names, and keeps metrics without loss', async () => {
  const id = await newRun()
  const startedAt = new Date('2026-09-02T07:44:10.104Z')
  await store.runs.patch(id, { status: 'RUNNING', startedAt })
  await store.runs.patch(id, { metrics: SAMPLE_METRICS, fingerprint: 'ab', statusReason: null })
  expect(await store.runs.find(id)).toMatchObject({ status: 'RUNNING', startedAt, endedAt: null })
  const row = await store.prisma.simulation.findUniqueOrThrow({ where: { id } })
  expect(decodeMetrics(row.metrics as unknown as StoredMetrics)).toEqual(SAMPLE_METRICS)
})

it('lists the runs that have no final status, oldest first', async () => {
  const [first, ended, last] = [await newRun(), await newRun(), await newRun()]
  await store.runs.patch(ended, { status: 'FAILED' })
  const unfinished = (await store.runs.unfinished()).map((run) => run.spec.id)
  expect(unfinished.filter((id) => [first, ended, last].includes(id))).toEqual([first, last])
})

it('keeps any text as it is', async () => {
  const anyText = fc.string({ unit: fc.oneof(fc.constantFrom(...'"\\{},\' \t\nNUL'), fc.string({ unit: 'grapheme' })) })
  const texts = fc.array(anyText, { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(texts, async (reasons) => {
      const id = await newRun()
      const events = [...reasons, '', 'null', 'NULL', '{}', '"', '\\'].map((reason, index) => ({
        ...sampleEvents(1, 1)[0]!,
        sequence: index + 1,
        type: 'signal' as const,
        signal: sampleSignal({ reason: reason.replaceAll('\0', '') }),
        decision: { accepted: true as const, quantity: 1n },
      }))
      await store.recorder.append(id, events)
      const kept = await store.history.signals(id, 0, 100)
      expect(kept.map(({ signal }) => signal.reason)).toEqual(events.map(({ signal }) => signal.reason))
    }),
    { numRuns: 25 },
  )
})

it('gives events back exactly, with every microsecond and every digit', async () => {
  const id = await newRun()
  const refused = {
    sequence: 4,
    time: MOMENT + 4,
    type: 'signal' as const,
    signal: sampleSignal({ side: 'SELL', reason: 'a \0 in it' }),
    decision: { accepted: false as const, reason: 'LOW_CONFIDENCE' as const, detail: '0.1 under 0.3' },
  }
  await store.recorder.append(id, [...sampleEvents(1, 3), refused])
  const [accepted, second] = await store.history.signals(id, 0, 10)
  expect(accepted).toEqual({
    sequence: 1,
    time: MOMENT + 1,
    signal: sampleSignal({ unit: unitOf(8, 0) }),
    decision: { accepted: true, quantity: eighths(6_445_539) },
  })
  expect(second).toMatchObject({ decision: refused.decision, signal: { reason: 'a \uFFFD in it' } })
  expect(await store.history.trades(id, 0, 10)).toEqual([{ sequence: 2, time: MOMENT + 2, fill: sampleFill() }])
  expect(await store.history.latestPortfolio(id)).toEqual({
    sequence: 3,
    time: MOMENT + 3,
    portfolio: samplePortfolio(),
  })
})

describe('orders', () => {
  const change = (sequence: number, changes: Partial<OrderUpdate>): SimulatorEvent => ({
    type: 'order',
    sequence,
    time: MOMENT + sequence,
    order: sampleOrder(changes),
  })
  const standing = async (simulationId: string) =>
    (await store.prisma.order.findMany({ where: { simulationId }, orderBy: { orderId: 'asc' } })).map(orderRecord)

  it('are kept with each change of their lives, and as they stand, whatever comes twice or late', async () => {
    const id = await newRun()
    const limits = { limitPrice: eighths(7), expiresAt: MOMENT, replaces: 9, postOnly: true }
    const events = [
      change(1, { state: 'ACCEPTED' }),
      change(2, { id: 2, state: 'ACCEPTED', ...limits }),
      change(3, { state: 'RESTING', detail: 'a \0 in it' }),
      change(4, { state: 'FILLED', filled: 1n, averagePrice: 2n }),
    ]
    await store.recorder.append(id, events.slice(0, 2))
    await store.recorder.append(id, events)
    await store.recorder.append(id, events.slice(0, 3))

    const told = events.map((event) => orderOf(event))
    expect(await store.history.orders(id, 0, 10)).toMatchObject([
      told[0],
      told[1],
      { order: { detail: 'a \uFFFD in it' } },
      told[3],
    ])
    expect(await standing(id)).toEqual([told[3], told[1]])
  })

  it('of two runs in one batch do not get in the way of each other', async () => {
    const [one, other] = [await newRun(), await newRun()]
    const events = [change(1, { state: 'ACCEPTED' }), change(2, { state: 'FILLED' })]
    await Promise.all([store.recorder.append(one, events), store.recorder.append(other, events.slice(0, 1))])
    expect((await standing(one)).map(({ order }) => order.state)).toEqual(['FILLED'])
    expect((await standing(other)).map(({ order }) => order.state)).toEqual(['ACCEPTED'])
  })
})

it('keeps round trips, liquidations and the switch exactly', async () => {
  const simulationId = await newRun()
  const envelope = (sequence: number) => ({ sequence, time: MOMENT + sequence })
  const liquidation = { reason: 'RUIN', equity: -1n, required: eighths(3), products: ['ETH-USD', 'BTC-USD'] } as const
  const roundTrips = [sampleRoundTrip(), sampleRoundTrip({ maxAdverseShare: null, maxFavorableShare: null })]
  await store.recorder.append(simulationId, [
    { type: 'roundTrip', ...envelope(1), roundTrip: roundTrips[0]! },
    { type: 'roundTrip', ...envelope(2), roundTrip: roundTrips[1]! },
    { type: 'liquidation', ...envelope(3), liquidation },
    { type: 'trading', ...envelope(4), state: 'HALTED', after: 41, cause: 'SWITCH' },
  ])

  const where = { simulationId }
  const rows = await store.prisma.roundTrip.findMany({ where, orderBy: { sequence: 'asc' } })
  expect(rows.map(roundTripRecord)).toEqual([
    { ...envelope(1), roundTrip: roundTrips[0] },
    { ...envelope(2), roundTrip: roundTrips[1] },
  ])
  const [kept] = await store.prisma.liquidation.findMany({ where })
  expect(kept).toMatchObject({ reason: 'RUIN', products: ['ETH-USD', 'BTC-USD'] })
  expect(kept?.equity.toFixed(18)).toBe('-0.000000000000000001')
  const changes = await store.prisma.tradingChange.findMany({ where })
  expect(changes).toMatchObject([{ sequence: 4n, state: 'HALTED', after: 41n, cause: 'SWITCH' }])
})

it('counts every type of event as kept, so that none is asked for again', async () => {
  const envelope = { sequence: 7, time: MOMENT }
  const last: readonly SimulatorEvent[] = [
    { type: 'order', ...envelope, order: sampleOrder() },
    { type: 'roundTrip', ...envelope, roundTrip: sampleRoundTrip() },
    { type: 'liquidation', ...envelope, liquidation: { reason: 'RUIN', equity: 0n, required: 0n, products: [] } },
    { type: 'trading', ...envelope, state: 'ACTIVE', after: 0, cause: 'DAILY_LOSS' },
  ]
  for (const event of last) {
    const id = await newRun()
    await store.recorder.append(id, [...sampleEvents(1, 6), event])
    expect(await store.history.newest(id)).toEqual({ event: 7, line: 0 })
  }
})

it('keeps by which rules a run is filled, and how it was ruined', async () => {
  const id = await newRun()
  expect(await store.runs.find(id)).toMatchObject({ spec: { kernelVersion: KERNEL_VERSION } })
  await store.runs.patch(id, { ruin: { at: MOMENT, equity: -1n } })
  const row = await store.prisma.simulation.findUniqueOrThrow({ where: { id } })
  expect(row).toMatchObject({ kernelVersion: 2, ruinedAt: BigInt(MOMENT) })
  expect(row.ruinEquity?.toFixed(18)).toBe('-0.000000000000000001')
})

it('keeps an order that lapsed, once', async () => {
  const id = await newRun()
  const order = { product: 'BTC-USD', side: 'SELL' as const, quantity: eighths(6_445_539) }
  const lapsed = { type: 'lapsed' as const, sequence: 4, time: MOMENT + 4, signalSequence: 1, ...order }
  const events = [...sampleEvents(1, 3), { ...lapsed, reason: 'RUN_ENDED' as const }]
  await store.recorder.append(id, events)
  await store.recorder.append(id, events)
  const kept = await store.prisma.lapsedOrder.findMany({ where: { simulationId: id } })
  expect(kept).toHaveLength(1)
  expect(kept[0]).toMatchObject({ sequence: 4n, time: BigInt(MOMENT + 4), product: 'BTC-USD', side: 'SELL' })
  expect(kept[0]).toMatchObject({ signalSequence: 1n, reason: 'RUN_ENDED' })
  expect(kept[0]?.quantity.toFixed(8)).toBe('0.06445539')
})

it('writes an event once, however often it is sent', async () => {
  const id = await newRun()
  await store.recorder.append(id, sampleEvents(1, 9))
  await store.recorder.append(id, sampleEvents(4, 12))
  expect((await store.history.trades(id, 0, 100)).map((trade) => trade.sequence)).toEqual([2, 5, 8, 11])
  expect(await store.prisma.trade.count({ where: { simulationId: id } })).toBe(4)
})

it('pages through events by sequence', async () => {
  const id = await newRun()
  await store.recorder.append(id, sampleEvents(1, 30))
  const first = await store.history.signals(id, 0, 4)
  const next = await store.history.signals(id, first.at(-1)!.sequence, 4)
  expect([...first, ...next].map((signal) => signal.sequence)).toEqual([1, 4, 7, 10, 13, 16, 19, 22])
})

it('shows events that are not written yet', async () => {
  const id = await newRun()
  const written = store.recorder.append(id, sampleEvents(1, 6))
  store.recorder.log(id, [line(1), line(2)])
  const reads = Promise.all([store.history.signals(id, 0, 10), store.history.logs(id, 0, 10)])
  expect((await reads).map((items) => items.map((item) => item.sequence))).toEqual([
    [1, 4],
    [1, 2],
  ])
  await written
})

it('refuses what cannot be stored to its sender, and keeps all else', async () => {
  const id = await newRun()
  const broken = {
    ...sampleEvent(2),
    type: 'fill' as const,
    fill: sampleFill({ price: Number.NaN as unknown as bigint }),
  }
  const tooLarge = { ...sampleEvent(2), type: 'fill' as const, fill: sampleFill({ notional: 10n ** 60n }) }
  const outcomes = await Promise.allSettled([
    store.recorder.append(id, [sampleEvent(1)]),
    store.recorder.append(id, [broken]),
    store.recorder.append(id, [tooLarge]),
    store.recorder.append(id, [sampleEvent(5)]),
  ])
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(await store.history.trades(id, 0, 10)).toHaveLength(1)
  expect(store.recorder.state()).toMatchObject({ waiting: 0, failingSince: null })
})

it("says why it refuses something in words of its own, and keeps the database's to the log", async () => {
  const id = await newRun()
  const tooLarge = { ...sampleEvent(2), type: 'fill' as const, fill: sampleFill({ notional: 10n ** 60n }) }
  await expect(store.recorder.append(id, [tooLarge])).rejects.toThrow(
    /^they hold a value that cannot be kept, which the log of this server shows$/,
  )
  expect(said.at(-1)).toContain('cannot be kept: ')
})

it.each([
  ['53100', 'its disk is full'],
  ['25006', 'it is read-only'],
  ['42501', 'its user may not write there'],
])('waits while the database refuses writes (%s), says that %s, and loses nothing', async (state, means) => {
  const id = await newRun()
  const { prisma } = store
  await prisma.$executeRawUnsafe(
    `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$ LANGUAGE plpgsql`,
  )
  await prisma.$executeRawUnsafe(
    'CREATE TRIGGER refuse BEFORE INSERT ON "Trade" FOR EACH STATEMENT EXECUTE FUNCTION refuse()',
  )
  let kept = false
  const written = store.recorder.append(id, sampleEvents(1, 3)).then(() => (kept = true))
  await vi.waitFor(() => expect(store.recorder.state().lastError).toContain(means))
  expect(kept).toBe(false)
  await prisma.$executeRawUnsafe('DROP TRIGGER refuse ON "Trade"')
  await written
  expect(store.recorder.state()).toMatchObject({ waiting: 0, failingSince: null })
  expect(await store.history.trades(id, 0, 10)).toHaveLength(1)
})

it('knows since when a write waits for a table that somebody has locked', async () => {
  const id = await newRun()
  await store.prisma.$transaction(async (locked) => {
    await locked.$executeRawUnsafe('LOCK TABLE "Trade" IN ACCESS EXCLUSIVE MODE')
    void store.recorder.append(id, sampleEvents(1, 3))
    await vi.waitFor(() => expect(store.recorder.state().writingSince).toBeInstanceOf(Date))
  })
  await store.recorder.flush(id)
  expect(store.recorder.state().writingSince).toBeNull()
})

it('lets the events of a deleted run fall away without holding up others', async () => {
  const [gone, other] = [await newRun(), await newRun()]
  await store.recorder.append(gone, sampleEvents(1, 6))
  await store.runs.delete(gone)
  await Promise.all([store.recorder.append(gone, sampleEvents(7, 9)), store.recorder.append(other, sampleEvents(1, 3))])
  expect(await store.history.trades(gone, 0, 10)).toEqual([])
  expect(await store.history.trades(other, 0, 10)).toHaveLength(1)
})

it('loses nothing when Postgres goes away in mid-run and comes back', { timeout: 60_000 }, async () => {
  const id = await newRun()
  const appended: Promise<void>[] = []
  let sequence = 0
  const send = () => {
    appended.push(store.recorder.append(id, sampleEvents(sequence + 1, sequence + 30)))
    sequence += 30
  }
  await vi.waitFor(
    () => {
      send()
      // Again whenever it is back: an outage of a moment is survived without a word.
      const pid = database.pid()
      if (pid !== null) process.kill(pid, 'SIGQUIT')
      expect(store.recorder.state().failingSince).not.toBeNull()
    },
    { timeout: 10_000, interval: 2 },
  )
  for (let count = 0; count < 100; count++) send()
  expect(store.recorder.state().waiting).toBeGreaterThan(0)
  expect(store.recorder.state().lastError).toBeTruthy()
  await store.recorder.flush(id)
  await Promise.all(appended)
  expect(store.recorder.state()).toMatchObject({ waiting: 0, failingSince: null, lastError: null })
  const sequences = (await store.history.trades(id, 0, 1_000_000)).map((trade) => trade.sequence)
  expect(sequences).toEqual(Array.from({ length: sequence / 3 }, (_, index) => index * 3 + 2))
  expect(said).toContainEqual(expect.stringContaining('wait in memory'))
  expect(said).toContainEqual(expect.stringContaining('written again'))
})

it('keeps well over 5,000 events a second, even on a busy machine', { timeout: 60_000 }, async () => {
  const id = await newRun()
  const batches = Array.from({ length: 400 }, (_, index) => sampleEvents(index * 100 + 1, index * 100 + 100))
  const start = performance.now()
  await Promise.all(batches.map((events) => store.recorder.append(id, events)))
  const rate = 40_000 / ((performance.now() - start) / 1_000)
  process.stderr.write(`stored ${Math.round(rate)} events/s\n`)
  expect(rate).toBeGreaterThan(5_000)
})

it('writes nothing more once others have buried it: a server that froze and wakes', async () => {
  const [frozen, other] = [randomUUID(), randomUUID()].map((installation) =>
    createStore({ url: database.url, server: { ...sampleServer(), installation }, log }),
  ) as [Store, Store]
  try {
    const id = randomUUID()
    await Promise.all([frozen.servers.join(), other.servers.join()])
    await frozen.runs.create(sampleSpec(id), 'PROCESS', null)
    await frozen.recorder.append(id, sampleEvents(1, 3))
    const silent = (await other.servers.others()).filter((one) => one.id === frozen.servers.id)
    expect(await other.servers.bury(silent)).toMatchObject([{ id: frozen.servers.id }])
    await other.recorder.append(id, sampleEvents(4, 6))
    await other.runs.patch(id, { status: 'RUNNING' })
    const everything = async () =>
      JSON.stringify(
        [
          await store.prisma.server.findMany(),
          await store.prisma.simulation.findMany(),
          await store.prisma.logLine.findMany(),
        ],
        (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
      )
    const before = await everything()

    await frozen.recorder.append(id, sampleEvents(4, 9))
    await frozen.recorder.log(id, [line(1)])
    await frozen.runs.patch(id, { status: 'STOPPED', statusReason: 'too late' })
    await expect(frozen.runs.create(sampleSpec(randomUUID()), 'PROCESS', null)).rejects.toThrow(/have taken over/)
    expect(await frozen.servers.bury(await frozen.servers.others())).toEqual([])
    expect(await frozen.servers.beat()).toBe(false)
    await frozen.servers.leave()

    expect(await everything()).toBe(before)
    expect((await store.history.trades(id, 0, 10)).map(({ sequence }) => sequence)).toEqual([2, 5])
  } finally {
    await Promise.all([frozen.dispose(), other.dispose()])
  }
})

it('refuses to take more once it is closed', async () => {
  const other = createStore({ url: database.url, server: sampleServer(), log })
  await other.servers.join()
  const id = randomUUID()
  await other.runs.create(sampleSpec(id), 'PROCESS', null)
  const written = other.recorder.append(id, sampleEvents(1, 3))
  await other.dispose()
  await written
  await expect(other.recorder.append(id, sampleEvents(4, 6))).rejects.toThrow('closed')
  expect(await store.history.trades(id, 0, 10)).toHaveLength(1)
})
