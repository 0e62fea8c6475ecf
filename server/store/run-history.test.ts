import { randomUUID } from 'node:crypto'
import { EIGHTHS } from '../../engines/domain/market/unit.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { startTestApi, type TestApi } from '../../tests/support/server/api.ts'
import {
  eighths,
  MOMENT,
  SAMPLE_METRICS,
  sampleFill,
  sampleOrder,
  samplePortfolio,
  sampleRoundTrip,
  sampleSignal,
  sampleSpec,
} from '../../tests/support/engines/events.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.dispose())

/** Events numbered from 1, a microsecond apart. */
type Bare = SimulatorEvent extends infer Each ? (Each extends unknown ? Omit<Each, 'sequence' | 'time'> : never) : never
async function runWith(...events: readonly Bare[]): Promise<string> {
  const { id, globalId } = await api.newRun()
  const numbered = events.map((event, index) => ({ ...event, sequence: index + 1, time: MOMENT + index }))
  await api.store.recorder.append(id, numbered as SimulatorEvent[])
  return globalId
}

const ACCEPTED = { accepted: true, quantity: eighths(6_445_539) } as const
const TRACE = `query ($id: ID!, $sequence: BigInt!) { simulation(id: $id) { trace(signalSequence: $sequence) {
  signal { sequence cause decision } trade { sequence signalSequence } lapse { sequence reason } portfolio { sequence } } } }`
const CANDLES = `query ($id: ID!, $interval: Float, $from: DateTime, $product: String! = "BTC-USD") { simulation(id: $id) {
  candles(product: $product, interval: $interval, from: $from) { interval until candles { time open high low close } } } }`

describe('a causal trace', () => {
  const trace = async (id: string, sequence: number) =>
    ((await api.query(TRACE, { id, sequence })).data?.['simulation'] as { trace: unknown }).trace

  it('leads from the market event over signal and fill to the ledger, past what is none of it', async () => {
    const id = await runWith(
      { type: 'signal', signal: sampleSignal({ cause: 41 }), decision: ACCEPTED },
      { type: 'signal', signal: sampleSignal({ product: 'ETH-USD' }), decision: ACCEPTED },
      { type: 'portfolio', portfolio: samplePortfolio() },
      { type: 'fill', fill: sampleFill({ signalSequence: 2 }) },
      { type: 'portfolio', portfolio: samplePortfolio() },
      { type: 'fill', fill: sampleFill({ signalSequence: 1 }) },
      { type: 'portfolio', portfolio: samplePortfolio() },
    )
    expect(await trace(id, 1)).toEqual({
      signal: { sequence: '1', cause: '41', decision: 'ACCEPTED' },
      trade: { sequence: '6', signalSequence: '1' },
      lapse: null,
      portfolio: { sequence: '7' },
    })
  })

  it('ends where an accepted order got nothing, with the reason', async () => {
    const order = { product: 'BTC-USD', side: 'BUY', quantity: 1n, signalSequence: 1 } as const
    const id = await runWith(
      { type: 'signal', signal: sampleSignal(), decision: ACCEPTED },
      { type: 'lapsed', ...order, reason: 'RUN_ENDED' },
    )
    expect(await trace(id, 1)).toMatchObject({ trade: null, lapse: { sequence: '2', reason: 'RUN_ENDED' } })
  })

  it('is null for a sequence that is no signal', async () => {
    const id = await runWith({ type: 'portfolio', portfolio: samplePortfolio() })
    expect(await trace(id, 1)).toBeNull()
  })
})

describe('the candles of a run', () => {
  interface SeriesView {
    readonly interval: number
    readonly until: string | null
    readonly candles: readonly { readonly time: string; readonly close: string }[]
  }
  const series = async (id: string, more: Record<string, unknown> = {}) =>
    ((await api.query(CANDLES, { id, ...more })).data?.['simulation'] as { candles: SeriesView }).candles
  const refusal = async (id: string, variables: Record<string, unknown>) =>
    (await api.query(CANDLES, { id, ...variables })).errors?.[0]?.message
  /** One a second, from a whole minute on. */
  const second = (place: number, prices: { open: number; high: number; low: number; close: number }) => ({
    type: 'candle' as const,
    candle: { product: 'BTC-USD', unit: EIGHTHS, begin: 1_700_000_040_000_000 + place * 1_000_000, ...prices },
  })
  const one = 100_000_000
  const flat = (price: number) => ({ open: price, high: price, low: price, close: price })
  const some = { open: 3 * one, high: 5 * one, low: 2 * one, close: 4 * one }

  it('are those of one product, in order of time, with how far they go', async () => {
    const other = { type: 'candle' as const, candle: { ...second(9, flat(one)).candle, product: 'ETH-USD' } }
    const id = await runWith(second(0, some), other, second(2, flat(one)))
    expect(await series(id)).toEqual({
      interval: 1,
      until: '2023-11-14T22:14:03.000000Z',
      candles: [
        { time: '2023-11-14T22:14:00.000000Z', open: '3', high: '5', low: '2', close: '4' },
        { time: '2023-11-14T22:14:02.000000Z', open: '1', high: '1', low: '1', close: '1' },
      ],
    })
  })

  it('are none of a run that has seen nothing', async () => {
    const id = await runWith({ type: 'portfolio', portfolio: samplePortfolio() })
    expect(await series(id)).toEqual({ interval: 1, until: null, candles: [] })
  })

  it('are made of finer ones where longer ones are asked for, and whole where they are asked for from a time on', async () => {
    const id = await runWith(second(59, some), second(60, flat(one)), second(61, { ...some, close: one }))
    const last = { time: '2023-11-14T22:15:00.000000Z', open: '1', high: '5', low: '1', close: '1' }
    const until = '2023-11-14T22:15:02.000000Z'
    expect(await series(id, { interval: 60 })).toEqual({
      interval: 60,
      until,
      candles: [{ time: '2023-11-14T22:14:00.000000Z', open: '3', high: '5', low: '2', close: '4' }, last],
    })
    const from = '2023-11-14T22:15:01.5Z'
    expect(await series(id, { interval: 60, from })).toMatchObject({ candles: [last] })
    expect(await series(id, { from })).toMatchObject({ until, candles: [{ open: '3', close: '1' }] })
  })

  it('are no more than can be read, as fine as that allows', async () => {
    const id = await runWith(...Array.from({ length: 5_001 }, (_none, place) => second(place, flat(place + 1))))
    const found = await series(id)
    expect([found.candles.length, found.interval, found.candles.at(-1)?.close]).toEqual([1_001, 5, '0.00005001'])
    expect(await refusal(id, { interval: 1 })).toBe(
      'There are 5001 candles of 1 s, and at most 5000 are given. Ask for longer or later ones.',
    )
    const later = await series(id, { interval: 1, from: '2023-11-14T22:14:01Z' })
    expect(later.candles.length).toBe(5_000)
  })

  it('are refused with a sentence for a product that the run does not have, and for a wrong length', async () => {
    const id = await runWith(second(0, flat(one)))
    expect(await refusal(id, { product: 'ETH-USD' })).toBe('This simulation has no product "ETH-USD"; it has BTC-USD.')
    for (const interval of [0, -1, 1.5]) {
      expect(await refusal(id, { interval })).toBe(
        `"interval" is ${interval}, and must be a multiple of 1 s, the length that this run keeps.`,
      )
    }
    expect(await refusal(id, { interval: 1e13 })).toMatch(/must be at most 31622400 s, a year/)
  })
})

it('tells what became of the feed, oldest first, with null where it concerns all products', async () => {
  const status = { type: 'feed', sequence: 1, time: MOMENT, detail: '3 trades are missing' } as const
  const id = await runWith(
    { type: 'feed', status: { ...status, state: 'GAP', product: 'BTC-USD', count: 3 } },
    { type: 'feed', status: { ...status, state: 'RECONNECTING', product: '', count: 0 } },
    // A trade id may jump as far as a double counts.
    { type: 'feed', status: { ...status, state: 'GAP', product: 'BTC-USD', count: Number.MAX_SAFE_INTEGER } },
  )
  const text = 'query ($id: ID!) { simulation(id: $id) { feedEvents { state product count } } }'
  const answer = await api.query(text, { id })
  expect(answer.data?.['simulation']).toEqual({
    feedEvents: [
      { state: 'GAP', product: 'BTC-USD', count: 3 },
      { state: 'RECONNECTING', product: null, count: 0 },
      { state: 'GAP', product: 'BTC-USD', count: 2 ** 31 - 1 },
    ],
  })
})

describe('an equity curve', () => {
  it('says beside each value what holding would have returned, and nothing where that was not kept', async () => {
    const id = await runWith(
      { type: 'portfolio', portfolio: samplePortfolio({ buyAndHoldReturn: null }) },
      { type: 'portfolio', portfolio: samplePortfolio({ buyAndHoldReturn: 0.25 }) },
    )
    const text = `query ($id: ID!) { simulation(id: $id) {
      portfolio { buyAndHoldReturn } equityCurve { buyAndHoldReturn } } }`
    expect((await api.query(text, { id })).data?.['simulation']).toEqual({
      portfolio: { buyAndHoldReturn: 0.25 },
      equityCurve: [{ buyAndHoldReturn: null }, { buyAndHoldReturn: 0.25 }],
    })
  })
})

describe('the list of runs', () => {
  const LIST = `query ($after: String, $direction: OrderDirection!) {
    simulations(first: 2, after: $after, filter: { algorithm: "sorted" }, orderBy: { field: NET_PROFIT, direction: $direction }) {
      pageInfo { hasNextPage endCursor } edges { node { id } } } }`
  const listed = async (direction: 'ASC' | 'DESC'): Promise<readonly string[]> => {
    const ids: string[] = []
    for (let after: string | null = null; ;) {
      const list = (await api.query(LIST, { after, direction })).data?.['simulations'] as {
        pageInfo: { hasNextPage: boolean; endCursor: string }
        edges: { node: { id: string } }[]
      }
      ids.push(...list.edges.map(({ node }) => node.id))
      after = list.pageInfo.endCursor
      if (!list.pageInfo.hasNextPage) return ids
    }
  }

  it('is sorted by what they came to, page by page, a run without figures as at nothing', async () => {
    const run = async (netProfit: bigint | null): Promise<string> => {
      const { id, globalId } = await api.newRun({ algorithm: 'sorted' })
      if (netProfit !== null) await api.store.runs.patch(id, { metrics: { ...SAMPLE_METRICS, netProfit } })
      return globalId
    }
    const [lost, best, none, won] = [await run(-1_000_000_000n), await run(99n), await run(null), await run(2n)]

    expect(await listed('DESC')).toEqual([best, won, none, lost])
    expect(await listed('ASC')).toEqual([lost, none, won, best])
  })
})

describe('orders of a run', () => {
  const ORDERS = `query ($id: ID!, $filter: OrderFilter, $first: Int, $after: String) { simulation(id: $id) {
    orders(first: $first, after: $after, filter: $filter) {
      pageInfo { hasNextPage endCursor }
      edges { node { orderId sequence state product stopPrice averagePrice signalSequence } } } } }`
  const pageOf = async (id: string, variables: object) => {
    const { data, errors } = await api.query(ORDERS, { id, ...variables })
    expect(errors).toBeUndefined()
    const { orders } = data?.['simulation'] as { orders: { pageInfo: unknown; edges: { node: Answered }[] } }
    return { ...orders, ids: orders.edges.map(({ node }) => node.orderId), nodes: orders.edges.map(({ node }) => node) }
  }
  interface Answered {
    readonly orderId: string
  }
  const LIFE: readonly Bare[] = [
    {
      type: 'order',
      order: sampleOrder({ id: 1, state: 'ACCEPTED', type: 'MARKET', stopPrice: null, signalSequence: 9 }),
    },
    { type: 'order', order: sampleOrder({ id: 2, state: 'RESTING' }) },
    { type: 'order', order: sampleOrder({ id: 1, state: 'FILLED', filled: 1n, averagePrice: 2n, signalSequence: 9 }) },
    { type: 'order', order: sampleOrder({ id: 3, state: 'RESTING', product: 'ETH-USD' }) },
  ]

  it('are each there once, as they stand, page by page', async () => {
    const id = await runWith(...LIFE)
    const first = await pageOf(id, { first: 2 })
    expect(first).toMatchObject({ pageInfo: { hasNextPage: true, endCursor: '2' } })
    expect(first.nodes).toEqual([
      {
        orderId: '1',
        sequence: '3',
        state: 'FILLED',
        product: 'BTC-USD',
        stopPrice: '76021.4126',
        averagePrice: '0.000000000000000002',
        signalSequence: '9',
      },
      {
        orderId: '2',
        sequence: '2',
        state: 'RESTING',
        product: 'BTC-USD',
        stopPrice: '76021.4126',
        averagePrice: null,
        signalSequence: null,
      },
    ])
    expect((await pageOf(id, { after: '2' })).ids).toEqual(['3'])
  })

  it('can be asked for by state and product', async () => {
    const id = await runWith(...LIFE)
    expect((await pageOf(id, { filter: { state: ['RESTING'] } })).ids).toEqual(['2', '3'])
    expect((await pageOf(id, { filter: { state: ['RESTING', 'FILLED'], product: 'BTC-USD' } })).ids).toEqual(['1', '2'])
    expect((await pageOf(id, { filter: { state: [] } })).ids).toEqual([])
    expect((await pageOf(id, { filter: { state: null, product: null } })).ids).toEqual(['1', '2', '3'])
  })

  it('are in the trace of their signal, with their lives and all their fills', async () => {
    const order = sampleOrder({ signalSequence: 1, purpose: 'SIGNAL' })
    const id = await runWith(
      { type: 'signal', signal: sampleSignal(), decision: ACCEPTED },
      { type: 'order', order: { ...order, state: 'ACCEPTED' } },
      { type: 'fill', fill: sampleFill({ signalSequence: 1, orderId: 1 }) },
      { type: 'order', order: { ...order, state: 'PARTIALLY_FILLED' } },
      { type: 'order', order: sampleOrder({ id: 2 }) },
      { type: 'fill', fill: sampleFill({ signalSequence: 1, orderId: 1 }) },
      { type: 'order', order: { ...order, state: 'FILLED' } },
    )
    const query = `query ($id: ID!) { simulation(id: $id) { trace(signalSequence: "1") {
      order { orderId state } orderChanges { sequence state } trade { sequence } trades { sequence orderId } } } }`
    expect((await api.query(query, { id })).data?.['simulation']).toEqual({
      trace: {
        order: { orderId: '1', state: 'FILLED' },
        orderChanges: [
          { sequence: '2', state: 'ACCEPTED' },
          { sequence: '4', state: 'PARTIALLY_FILLED' },
          { sequence: '7', state: 'FILLED' },
        ],
        trade: { sequence: '3' },
        trades: [
          { sequence: '3', orderId: '1' },
          { sequence: '6', orderId: '1' },
        ],
      },
    })
  })
})

describe('what a run went through', () => {
  const LOOK = `query ($id: ID!) { simulation(id: $id) {
    kernelVersion trading tradingChanges { sequence state after cause } ruin { at equity }
    liquidations { reason equity required products }
    trades { edges { node { sequence orderId liquidity exitReason } } }
    portfolio { borrowCost }
    roundTrips { edges { cursor node { number direction exitPrice durationSeconds netPnl maxAdverseShare exitReason entrySignalSequence } } } } }`

  it('is told: round trips, liquidations, the switch, what each fill was for', async () => {
    const liquidation = {
      reason: 'MAINTENANCE',
      equity: eighths(-1),
      required: eighths(2),
      products: ['A-USD', 'B-USD'],
    } as const
    const id = await runWith(
      { type: 'roundTrip', roundTrip: sampleRoundTrip() },
      { type: 'liquidation', liquidation },
      { type: 'trading', state: 'REDUCING', after: 7, cause: 'DAILY_LOSS' },
      { type: 'trading', state: 'HALTED', after: 8, cause: 'SWITCH' },
      { type: 'fill', fill: sampleFill({ orderId: 3, liquidity: 'MAKER', exitReason: 'TAKE_PROFIT' }) },
      { type: 'fill', fill: sampleFill({ orderId: 0, exitReason: null }) },
      { type: 'portfolio', portfolio: samplePortfolio({ borrowCost: eighths(5) }) },
    )
    expect((await api.query(LOOK, { id })).data?.['simulation']).toEqual({
      kernelVersion: 2,
      trading: 'HALTED',
      tradingChanges: [
        { sequence: '3', state: 'REDUCING', after: '7', cause: 'DAILY_LOSS' },
        { sequence: '4', state: 'HALTED', after: '8', cause: 'SWITCH' },
      ],
      ruin: null,
      liquidations: [
        { reason: 'MAINTENANCE', equity: '-0.00000001', required: '0.00000002', products: ['A-USD', 'B-USD'] },
      ],
      trades: {
        edges: [
          { node: { sequence: '5', orderId: '3', liquidity: 'MAKER', exitReason: 'TAKE_PROFIT' } },
          { node: { sequence: '6', orderId: null, liquidity: null, exitReason: null } },
        ],
      },
      portfolio: { borrowCost: '0.00000005' },
      roundTrips: {
        edges: [
          {
            cursor: '1',
            node: {
              number: '1',
              direction: 'LONG',
              exitPrice: '77572.870000010000000001',
              durationSeconds: 1.5,
              netPnl: '-9.98998762',
              maxAdverseShare: -0.01,
              exitReason: 'TAKE_PROFIT',
              entrySignalSequence: '1',
            },
          },
        ],
      },
    })
  })

  it('is ACTIVE where nobody ever switched, and tells of ruin', async () => {
    const id = await runWith({ type: 'portfolio', portfolio: samplePortfolio() })
    const simulationId = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
    await api.store.runs.patch(simulationId, { ruin: { at: MOMENT, equity: eighths(-7) } })
    const { data } = await api.query(`query ($id: ID!) { simulation(id: $id) { trading ruin { at equity } } }`, { id })
    expect(data?.['simulation']).toEqual({
      trading: 'ACTIVE',
      ruin: { at: '2026-09-02T07:44:10.104427Z', equity: '-0.00000007' },
    })
  })
})

it('sums up the performance of runs in each currency by itself', async () => {
  const profits = { 'BTC-USD': eighths(300), 'ETH-BTC': eighths(7) }
  for (const [product, netProfit] of Object.entries(profits)) {
    const spec = sampleSpec(randomUUID(), { products: [product], source: 'tape:by-currency' })
    await api.store.runs.create(spec, 'PROCESS', null)
    await api.store.runs.patch(spec.id, { metrics: { ...SAMPLE_METRICS, netProfit } })
  }
  const query = `{ performance(filter: { source: "tape:by-currency" }) { runs currency netProfit
    byCurrency { currency runs netProfit byAlgorithm { algorithm currency netProfit } } } }`
  expect((await api.query(query)).data?.['performance']).toEqual({
    runs: 2,
    currency: 'BTC',
    netProfit: '0.00000007',
    byCurrency: [
      {
        currency: 'BTC',
        runs: 1,
        netProfit: '0.00000007',
        byAlgorithm: [{ algorithm: 'rsi', currency: 'BTC', netProfit: '0.00000007' }],
      },
      {
        currency: 'USD',
        runs: 1,
        netProfit: '0.000003',
        byAlgorithm: [{ algorithm: 'rsi', currency: 'USD', netProfit: '0.000003' }],
      },
    ],
  })
})
