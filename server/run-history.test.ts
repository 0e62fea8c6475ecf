import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatorEvent } from '../engines/domain/event.ts'
import { startTestApi, type TestApi } from '../tests/support/api.ts'
import { MOMENT, SAMPLE_METRICS, sampleFill, samplePortfolio, sampleSignal } from '../tests/support/events.ts'

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

const ACCEPTED = { accepted: true, quantity: 6_445_539 } as const
const TRACE = `query ($id: ID!, $sequence: BigInt!) { simulation(id: $id) { trace(signalSequence: $sequence) {
  signal { sequence cause decision } trade { sequence signalSequence } lapse { sequence reason } portfolio { sequence } } } }`
const PRICES = `query ($id: ID!, $most: Int!, $product: String! = "BTC-USD") {
  simulation(id: $id) { storedPrices(product: $product, maxPoints: $most) { time price } } }`

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
    const order = { product: 'BTC-USD', side: 'BUY', quantity: 1, signalSequence: 1 } as const
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

describe('stored prices', () => {
  const prices = async (id: string, most = 100) =>
    ((await api.query(PRICES, { id, most })).data?.['simulation'] as { storedPrices: { price: string }[] }).storedPrices

  it('are those of signals and of what was held, of one product, in order of time', async () => {
    const positions = [
      { product: 'ETH-USD', quantity: 1, averagePrice: 1, markPrice: 500_000_000, unrealizedPnl: 0n },
      { product: 'BTC-USD', quantity: 1, averagePrice: 1, markPrice: 300_000_000, unrealizedPnl: 0n },
    ]
    const refused = { accepted: false, reason: 'COOLDOWN', detail: '' } as const
    const id = await runWith(
      { type: 'signal', signal: sampleSignal({ price: 200_000_000, time: MOMENT + 9 }), decision: refused },
      { type: 'portfolio', portfolio: samplePortfolio({ positions }) },
      { type: 'signal', signal: sampleSignal({ price: 700_000_000, product: 'ETH-USD' }), decision: refused },
    )
    expect((await prices(id)).map(({ price }) => price)).toEqual(['3', '2'])
  })

  it('keep their peak and their trough where they are thinned out', async () => {
    const signals = Array.from({ length: 1_000 }, (_none, index) => ({
      type: 'signal' as const,
      signal: sampleSignal({ time: MOMENT + index, price: index === 321 ? 1 : index === 654 ? 9e12 : 1e12 + index }),
      decision: ACCEPTED,
    }))
    const found = await prices(await runWith(...signals), 50)
    expect(found.length).toBeLessThanOrEqual(50)
    expect(found.map(({ price }) => price)).toEqual(expect.arrayContaining(['0.00000001', '90000']))
  })

  it('are refused with a sentence for a product that the run does not have', async () => {
    const id = await runWith({ type: 'portfolio', portfolio: samplePortfolio() })
    const { errors } = await api.query(PRICES, { id, most: 10, product: 'ETH-USD' })
    expect(errors?.[0]?.message).toBe('This simulation has no product "ETH-USD"; it has BTC-USD.')
  })
})

it('tells what became of the feed, oldest first, with null where it concerns all products', async () => {
  const status = { type: 'feed', sequence: 1, time: MOMENT, detail: '3 trades are missing' } as const
  const id = await runWith(
    { type: 'feed', status: { ...status, state: 'GAP', product: 'BTC-USD', count: 3 } },
    { type: 'feed', status: { ...status, state: 'RECONNECTING', product: '', count: 0 } },
  )
  const text = 'query ($id: ID!) { simulation(id: $id) { feedEvents { state product count } } }'
  const answer = await api.query(text, { id })
  expect(answer.data?.['simulation']).toEqual({
    feedEvents: [
      { state: 'GAP', product: 'BTC-USD', count: 3 },
      { state: 'RECONNECTING', product: null, count: 0 },
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
