import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'
import type { Side } from '../../domain/side.ts'

/** A market that trades at a price, quoted a cent on either side. */
function trade(market: TestMarket, ms: number, price: number, taker: Side = 'SELL'): void {
  market.tick(ms, { bid: [price - 0.01, 50], ask: [price + 0.01, 50], trade: [taker, price, 1] })
}

/** Long 1 at 100. */
function long(changes: Record<string, unknown> = {}): TestMarket {
  const market = new TestMarket(changes)
  trade(market, 0, 99.99)
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
  return market
}

describe('a stop', () => {
  it('fills at the price of a gap, never at its own', () => {
    const market = long()
    market.order({ side: 'SELL', type: 'STOP', quantity: 1, stop: 95, reduceOnly: true })
    trade(market, 1, 96)
    trade(market, 2, 80)
    expect(market.told(1)).toEqual(['SELL 1 at 79.99 TAKER'])
    expect(market.lines).toContain('2 TRIGGERED')
  })

  it('follows the best price from its activation on, and never goes back', () => {
    const market = long()
    const id = market.order({
      side: 'SELL',
      type: 'TRAILING_STOP',
      quantity: 1,
      trail: { share: 0.02, activation: 101 },
      reduceOnly: true,
    })
    const stops: number[] = []
    for (const [at, price] of [100.5, 101, 103, 101.2].entries()) {
      trade(market, at + 1, price)
      stops.push((market.broker.openOrders.find(({ terms }) => terms.id === id)?.trail?.stop ?? 0) / 100)
    }
    expect(stops).toEqual([0, 98.98, 100.94, 100.94])
    expect(market.state(id)).toBe('RESTING')
    trade(market, 9, 100.9)
    expect(market.told(1)).toEqual(['SELL 1 at 100.89 TAKER'])
  })

  it('follows at an amount too, and from above for a short', () => {
    const market = new TestMarket()
    trade(market, 0, 100)
    market.order({ side: 'SELL', type: 'MARKET', quantity: 1 })
    market.order({ side: 'BUY', type: 'TRAILING_STOP', quantity: 1, trail: { amount: 2 }, reduceOnly: true })
    for (const [at, price] of [98, 95, 96.99].entries()) trade(market, at + 1, price)
    expect(market.fills).toHaveLength(1)
    trade(market, 9, 97)
    expect(market.told(1)).toEqual(['BUY 1 at 97.01 TAKER'])
  })

  it('rests at its limit once it is triggered as a stop-limit', () => {
    const market = long()
    market.order({ side: 'SELL', type: 'STOP_LIMIT', quantity: 1, stop: 95, limit: 94, reduceOnly: true })
    trade(market, 1, 93)
    expect(market.fills).toHaveLength(1)
    trade(market, 2, 94.5, 'BUY')
    expect(market.told(1)).toEqual(['SELL 1 at 94 MAKER'])
  })

  it('watches the quotes, or the mark, where it is told to', () => {
    const market = long()
    for (const trigger of ['QUOTE', 'MARK'] as const)
      market.order({ side: 'SELL', type: 'STOP', quantity: 0.5, stop: 95, trigger, reduceOnly: true })
    market.tick(1, { bid: [94.5, 50], ask: [96, 50] })
    expect(market.told(1)).toEqual(['SELL 0.5 at 94.5 TAKER'])
    market.tick(2, { bid: [94, 50], ask: [95, 50] })
    expect(market.told(2)).toEqual(['SELL 0.5 at 94 TAKER'])
  })

  it('goes on closing where the book does not hold enough, as more is shown', () => {
    const market = long()
    market.order({ side: 'SELL', type: 'STOP', quantity: 1, stop: 95, reduceOnly: true })
    market.tick(1, { bid: [94, 0.4], ask: [96, 1], trade: ['SELL', 94, 1] })
    market.tick(2, { bid: [93, 5], ask: [96, 1] })
    expect(market.told(1)).toEqual(['SELL 0.4 at 94 TAKER', 'SELL 0.6 at 93 TAKER'])
  })
})

describe('groups and brackets', () => {
  const QUOTES = { bid: [99, 50], ask: [100, 50] } as const

  it('let children live from the entry’s first partial fill on, as large as what it filled', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [98, 50], ask: [100, 50] })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 99, quantity: 2, bracket: { stop: 90, target: 110 } })
    market.tick(1, { bid: [98, 50], ask: [100, 50], trade: ['SELL', 99, 0.5] })
    const sizes = () =>
      market.broker.openOrders.filter(({ terms }) => terms.parent === 1).map(({ remaining }) => remaining)
    expect(sizes()).toEqual([5n * 10n ** 17n, 5n * 10n ** 17n])
    market.tick(2, { bid: [98, 50], ask: [100, 50], trade: ['SELL', 99, 1] })
    expect(sizes()).toEqual([15n * 10n ** 17n, 15n * 10n ** 17n])
    market.tick(3, { bid: [85, 50], ask: [86, 50], trade: ['SELL', 86, 1] })
    // The fall fills the rest of the entry at its price, and what it opened is stopped out at the market.
    expect(market.position()).toBe(0n)
    expect(market.trips.map(({ exitReason }) => exitReason)).toEqual(['STOP_LOSS', 'STOP_LOSS'])
    expect(market.broker.openOrders).toEqual([])
  })

  it('take off the others what one fills, and never close more than is held', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
    const group = market.broker.newGroup()
    const target = market.order({ side: 'SELL', type: 'TAKE_PROFIT', limit: 110, quantity: 2, reduceOnly: true, group })
    const stop = market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 2, reduceOnly: true, group })
    market.tick(1, { bid: [109, 50], ask: [111, 50] })
    market.tick(1, { bid: [109, 50], ask: [111, 50], trade: ['BUY', 110, 0.5] })
    expect(market.broker.openOrders.map(({ remaining }) => remaining)).toEqual([15n * 10n ** 17n, 15n * 10n ** 17n])
    market.tick(2, { bid: [111, 50], ask: [112, 50], trade: ['BUY', 112, 5] })
    expect([market.state(target), market.state(stop)]).toEqual(['FILLED', 'CANCELLED'])
    expect(market.position()).toBe(0n)
  })

  it('shrink what only closes with the position, and end it when that is flat', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
    const id = market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 2, reduceOnly: true })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 0.5 })
    expect(market.broker.openOrders[0]?.remaining).toBe(15n * 10n ** 17n)
    market.order({ side: 'SELL', type: 'MARKET', quantity: 1.5 })
    expect(market.orders.findLast((order) => order.id === id)).toMatchObject({ state: 'CANCELLED', reason: 'FLAT' })
  })

  it('never let what only closes open anything', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    expect(market.state(market.order({ side: 'SELL', type: 'MARKET', quantity: 1, reduceOnly: true }))).toBe('REFUSED')
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 5, reduceOnly: true })
    expect(market.position()).toBe(0n)
  })
})

describe('the exits that every position has', () => {
  it('stop it, take its profit, or leave it after a time, at shares of its average price', () => {
    const policy = { STOP_LOSS_PCT: 0.05, TAKE_PROFIT_PCT: 0.1 }
    const stopped = long(policy)
    trade(stopped, 1, 94.99)
    expect(stopped.trips).toMatchObject([{ exitReason: 'STOP_LOSS' }])
    const taken = long(policy)
    trade(taken, 1, 110.01, 'BUY')
    expect(taken.trips).toMatchObject([{ exitReason: 'TAKE_PROFIT', exitPrice: 110n * 10n ** 18n }])
    const held = long({ MAX_HOLD_SECONDS: 5 })
    trade(held, 5_001, 101)
    expect(held.trips).toMatchObject([{ exitReason: 'MAX_HOLD', closedAt: 5_000_000 }])
    const trailed = long({ TRAILING_STOP_PCT: 0.02, TRAILING_ACTIVATION_PCT: 0.01 })
    for (const [at, price] of [100.5, 101, 103, 101.2, 100.9].entries()) trade(trailed, at + 1, price)
    expect(trailed.trips).toMatchObject([{ exitReason: 'TRAILING_STOP', exitPrice: 10089n * 10n ** 16n }])
    for (const market of [stopped, taken, held, trailed]) expect(market.broker.openOrders).toEqual([])
  })

  it('grow with the position, at its new average', () => {
    const market = long({ STOP_LOSS_PCT: 0.1 })
    trade(market, 1, 109.99)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    const [stop] = market.broker.openOrders
    expect([stop?.remaining, stop?.stop]).toEqual([2n * 10n ** 18n, 9450])
  })
})

describe('a stop that a trade triggers', () => {
  const QUOTES = { bid: [99, 5], ask: [101, 5] } as const

  it('was not at the market when that trade was made, nor when older ones were', () => {
    const market = new TestMarket()
    market.tick(0, { ...QUOTES, trade: ['BUY', 100, 1] })
    market.order({ side: 'BUY', type: 'STOP_LIMIT', stop: 105, limit: 110, quantity: 1 })
    market.tick(1, { bid: [111, 5], ask: [112, 5], trade: ['BUY', 106, 1] })
    expect(market.fills).toEqual([])
    market.tick(2, { bid: [111, 5], ask: [112, 5], trade: ['SELL', 109, 1], tradedAt: 0.5 })
    expect(market.fills).toEqual([])
    market.tick(3, { bid: [111, 5], ask: [112, 5], trade: ['SELL', 109, 1] })
    expect(market.told()).toEqual(['BUY 1 at 110 MAKER'])
  })

  it('meets the next one where there are trades alone', () => {
    const market = new TestMarket()
    market.tick(0, { trade: ['BUY', 100, 10] })
    market.order({ side: 'BUY', type: 'STOP', stop: 105, quantity: 1 })
    market.tick(1, { trade: ['BUY', 106, 100] })
    expect(market.fills).toEqual([])
    market.tick(2, { trade: ['BUY', 107, 100] })
    expect(market.told()).toEqual(['BUY 1 at 107 TAKER'])
  })

  it('and waits is no larger for what is bought meanwhile, which has a stop of its own', () => {
    const market = new TestMarket({ STOP_LOSS_PCT: 0.05 })
    market.tick(0, { bid: [99, 50], ask: [100, 50], trade: ['BUY', 100, 1] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 5 })
    market.tick(1, { bid: [94, 2], ask: [95, 50], trade: ['SELL', 94, 1] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 10 })
    market.tick(2, { bid: [94, 100], ask: [95, 50] })
    expect(market.told(1)).toEqual(['SELL 2 at 94 TAKER', 'BUY 10 at 95 TAKER', 'SELL 3 at 94 TAKER'])
    const [stop] = market.broker.openOrders
    expect([stop?.terms.type, stop?.remaining]).toEqual(['STOP', 10n ** 19n])
  })

  it('of a bracket is no larger for what its entry fills after that', () => {
    const market = new TestMarket()
    market.tick(0, { ...QUOTES, trade: ['BUY', 100, 1] })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 10, bracket: { stop: 99.5, target: 120 } })
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 4] })
    market.tick(2, { bid: [99, 1], ask: [101, 5], trade: ['SELL', 99.5, 0.01] })
    const sizes = market.broker.openOrders.map(({ terms, triggered, remaining }) => [
      terms.type,
      triggered,
      Number(remaining / 10n ** 16n) / 100,
    ])
    expect(sizes).toEqual([
      ['STOP', true, 3],
      ['TAKE_PROFIT', false, 3],
      // The same trade has reached it.
      ['STOP', true, 6],
      ['TAKE_PROFIT', false, 6],
    ])
  })

  it('by the mark is triggered by a book that moves it', () => {
    const market = new TestMarket()
    market.book(0, [[99, 5]], [[100, 5]])
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.order({ side: 'SELL', type: 'STOP', stop: 95, trigger: 'MARK', quantity: 1, reduceOnly: true })
    market.book(1, [[86, 5]], [[87, 5]])
    expect(market.told(1)).toEqual(['SELL 1 at 86 TAKER'])
  })
})
