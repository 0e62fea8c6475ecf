import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'
import { toAmount } from '../../domain/money.ts'

const QUOTES = { bid: [99, 5], ask: [101, 5] } as const
const SLOW = { ORDER_LATENCY_MS: 10 }

/** A market with a bid for 10 at 100, alone there. */
function bidding(changes: Record<string, unknown> = SLOW): [TestMarket, number] {
  const market = new TestMarket(changes)
  market.tick(0, QUOTES)
  const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 10 })
  market.tick(20, QUOTES)
  return [market, id]
}

/** A market where 2 are held, which a trailing stop at 2 % guards from 105 on. */
function trailing(): [TestMarket, number] {
  const market = new TestMarket()
  market.tick(0, { ...QUOTES, trade: ['BUY', 100, 1] })
  market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
  const trail = { share: 0.02, activation: 105 }
  const id = market.order({ side: 'SELL', type: 'TRAILING_STOP', quantity: 2, trail, reduceOnly: true })
  return [market, id]
}

describe('a replacement', () => {
  it.each([
    ['part', 6, {}, 4],
    ['part, of a smaller one', 6, { quantity: toAmount(8) }, 2],
    ['all that it asks for', 6, { quantity: toAmount(5) }, 0],
  ] as const)('takes off %s that was filled before it arrives', (_, filled, change, left) => {
    const [market, id] = bidding()
    market.broker.replace(id, { limit: 10_050, ...change })
    market.tick(25, { ...QUOTES, trade: ['SELL', 100, filled] })
    market.tick(40, QUOTES)
    market.tick(41, { ...QUOTES, trade: ['SELL', 99, 60] })
    expect(market.position()).toBe(toAmount(filled + left))
    expect(market.state(id)).toBe('REPLACED')
    expect(market.broker.openOrders).toEqual([])
  })

  it.each([
    ['always the same', SLOW],
    ['drawn', { LATENCY_DISTRIBUTION: '0.5:1 1:100', LATENCY_SEED: 2 }],
  ])('cannot be replaced on its way, so that nothing is filled twice: latency %s', (_, latency) => {
    const market = new TestMarket(latency)
    market.tick(0, QUOTES)
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 98, quantity: 10 })
    market.tick(200, QUOTES)
    const first = market.broker.replace(id, { limit: 9_810 })
    expect(market.broker.replace(first.id, { limit: 9_820 })).toMatchObject({
      ok: false,
      refusal: { detail: `order ${first.id} is on its way to the place of order ${id}; replace it once it is there` },
    })
    market.tick(500, QUOTES)
    expect(market.broker.replace(first.id, { limit: 9_820 }).ok).toBe(true)
    market.tick(800, QUOTES)
    market.tick(801, { ...QUOTES, trade: ['SELL', 97, 50] })
    expect(market.position()).toBe(toAmount(10))
  })

  it('tells nothing less than nothing, and does not say that its signal came to nothing', () => {
    const [market, id] = bidding()
    market.broker.replace(id, { quantity: toAmount(5) })
    market.tick(25, { ...QUOTES, trade: ['SELL', 100, 6] })
    market.tick(40, QUOTES)
    expect(market.orders.at(-1)).toMatchObject({ state: 'CANCELLED', quantity: 0n })
  })

  it.each([
    ['stop', { stop: 9_500 }, 2],
    ['target', { limit: 12_500 }, 3],
  ] as const)("of a bracket's %s goes on growing with what the entry fills", (_, change, child) => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 10, bracket: { stop: 90, target: 120 } })
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 4] })
    market.broker.replace(child, change)
    market.tick(2, { ...QUOTES, trade: ['SELL', 99, 60] })
    expect(market.broker.openOrders.map(({ remaining }) => remaining)).toEqual([toAmount(10), toAmount(10)])
  })

  it('of what the exit policy keeps is kept by it', () => {
    const market = new TestMarket({ STOP_LOSS_PCT: 0.05, TAKE_PROFIT_PCT: 0.2 })
    market.tick(0, { bid: [99, 50], ask: [100, 50] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 5 })
    market.broker.replace(2, { stop: 9_800 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 5 })
    const stops = market.broker.openOrders.filter(({ terms }) => terms.type === 'STOP')
    expect(stops.map(({ remaining, stop }) => [remaining, stop])).toEqual([[toAmount(10), 9_500]])
  })

  it('does not count twice in what is on its way to close', () => {
    const market = new TestMarket(SLOW)
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 5 })
    market.tick(20, QUOTES)
    market.tick(21, { bid: [99, 50], ask: [101, 5] })
    market.tick(22, { ask: [101, 5] })
    const close = market.order({ side: 'SELL', type: 'MARKET', quantity: 2, reduceOnly: true })
    market.tick(40, { ask: [101, 5] })
    market.broker.replace(close, { quantity: toAmount(2) })
    const other = market.order({ side: 'SELL', type: 'MARKET', quantity: 3, reduceOnly: true })
    expect(market.orders.findLast(({ id }) => id === other)).toMatchObject({ state: 'ACCEPTED', quantity: toAmount(3) })
  })

  it('ends with its order where that is filled before it arrives', () => {
    const [market, id] = bidding()
    market.broker.replace(id, { limit: 10_050 })
    market.tick(25, { ...QUOTES, trade: ['SELL', 99, 60] })
    market.tick(40, QUOTES)
    expect(market.position()).toBe(toAmount(10))
    expect(market.state(2)).toBe('REFUSED')
  })

  it('is taken off once by what a group fills', () => {
    const market = new TestMarket(SLOW)
    market.tick(0, QUOTES)
    const group = market.broker.newGroup()
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 10, group })
    const other = market.order({ side: 'BUY', type: 'LIMIT', limit: 90, quantity: 10, group })
    market.tick(20, QUOTES)
    market.broker.replace(id, { limit: 10_050 })
    market.tick(25, { ...QUOTES, trade: ['SELL', 100, 6] })
    market.tick(40, QUOTES)
    const left = market.broker.openOrders.map(({ terms, remaining }) => [terms.id, remaining])
    expect(left).toEqual([
      [other, toAmount(4)],
      [3, toAmount(4)],
    ])
  })

  it('moves a stop, which is reached from there', () => {
    const market = new TestMarket()
    market.tick(0, { ...QUOTES, trade: ['BUY', 100, 1] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    const id = market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 1, reduceOnly: true })
    market.broker.replace(id, { stop: 9_500 })
    market.tick(1, { ...QUOTES, trade: ['SELL', 95, 1] })
    expect(market.told(1)).toEqual(['SELL 1 at 99 TAKER'])
  })

  it('goes on with a trailing stop as far as it has come', () => {
    const [market, id] = trailing()
    market.tick(1, { bid: [109, 5], ask: [111, 5], trade: ['BUY', 110, 1] })
    market.broker.replace(id, { quantity: toAmount(1) })
    market.tick(2, { bid: [107, 5], ask: [109, 5], trade: ['SELL', 107.8, 1] })
    expect(market.told(1)).toEqual(['SELL 1 at 107 TAKER'])
  })

  it.each([
    ['less than nothing', { quantity: toAmount(-3) }, 'the quantity must be above 0'],
    ['nothing', { quantity: 0n }, 'the quantity must be above 0'],
    ['a limit where none belongs', { limit: 10_000 }, 'takes no limit price'],
  ])('of a trailing stop by %s is refused', (_, change, detail) => {
    const [market, id] = trailing()
    const placement = market.broker.replace(id, change)
    expect(placement).toMatchObject({ ok: false, refusal: { reason: 'INVALID_ORDER' } })
    expect(market.orders.at(-1)?.detail).toContain(detail)
    expect(market.state(id)).toBe('RESTING')
  })

  it('goes through the gates that an order goes through', () => {
    const [market, id] = bidding({ COOLDOWN_AFTER_CLOSE_SECONDS: 3_600 })
    const refused = () => market.broker.replace(id, { limit: 10_200, quantity: toAmount(50) })
    market.broker.setTrading('HALTED')
    expect(refused()).toMatchObject({ refusal: { reason: 'INVALID_ORDER' } })
    market.broker.setTrading('ACTIVE')
    market.tick(30, QUOTES)
    const again = market.order({ side: 'BUY', type: 'LIMIT', limit: 98, quantity: 1 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 1 })
    const locked = market.broker.replace(again, { limit: 10_200, quantity: toAmount(50) })
    expect(locked).toMatchObject({ refusal: { reason: 'LOCKED' } })
    expect(market.state(again)).toBe('RESTING')
  })

  it('closes at most what is held where the run may only close', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
    const id = market.order({ side: 'SELL', type: 'LIMIT', limit: 110, quantity: 1 })
    market.broker.setTrading('REDUCING')
    market.broker.replace(id, { quantity: toAmount(10) })
    market.tick(1, { bid: [111, 50], ask: [112, 50] })
    expect(market.position()).toBe(0n)
    market.broker.setTrading('HALTED')
    expect(market.broker.openOrders).toEqual([])
  })

  it('is refused of what only closes too where all is halted', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
    const id = market.order({ side: 'SELL', type: 'LIMIT', limit: 110, quantity: 1, reduceOnly: true })
    market.broker.setTrading('HALTED')
    expect(market.broker.replace(id, { limit: 9_900 })).toMatchObject({ refusal: { reason: 'HALTED' } })
  })
})
