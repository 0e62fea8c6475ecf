import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

const BID = [[99, 50]] as const
const buy = (quantity: number) => ({ side: 'BUY', type: 'MARKET', quantity }) as const

describe('an order that takes', () => {
  it('walks the book, for exactly what its levels come to', () => {
    const market = new TestMarket()
    market.book(0, BID, [[100, 1], [101, 2], [102, 5]]) // prettier-ignore
    market.order(buy(4))
    expect(market.fills[0]).toMatchObject({ notional: 404n * 10n ** 18n, price: 101n * 10n ** 18n, liquidity: 'TAKER' })
  })

  it('fills once on a level that three books show unchanged', () => {
    const market = new TestMarket()
    for (const at of [0, 1, 2]) {
      market.book(at, BID, [[100, 1]])
      market.order(buy(1))
    }
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('finds what a level shows more than before', () => {
    const market = new TestMarket()
    market.book(0, BID, [[100, 1]])
    market.order(buy(1))
    market.book(1, BID, [[100, 1.5]])
    market.order(buy(1))
    expect(market.told(1)).toEqual(['BUY 0.5 at 100 TAKER'])
  })

  it('finds a level whole again that was gone in between', () => {
    const market = new TestMarket()
    market.book(0, BID, [[100, 1]])
    market.order(buy(1))
    market.book(1, BID, [[101, 1]])
    market.book(2, BID, [[100, 1]])
    market.order(buy(1))
    expect(market.told(1)).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('takes nothing of crossed or locked quotes, which are counted', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [100, 5], ask: [100, 5] })
    const id = market.order(buy(1))
    market.tick(1, { bid: [101, 5], ask: [100, 5] })
    expect(market.fills).toEqual([])
    expect(market.orders.at(-1)).toMatchObject({ id, state: 'RESTING', reason: 'NO_MARKET' })
    expect(market.broker.desk.stateOf('BTC-USD').market.crossedQuotes).toBe(2)
    market.tick(2, { bid: [99, 5], ask: [100, 5] })
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('takes nothing at a price that is too old, says so, and waits for the next one', () => {
    const market = new TestMarket({ MAX_PRICE_AGE_MS: 1_000 })
    market.tick(0, { bid: [99, 5], ask: [100, 5] })
    market.tick(1_001, { bid: [9, 5], ask: [10, 5] }, 'ETH-USD')
    market.order(buy(1))
    expect(market.orders.at(-1)).toMatchObject({ state: 'RESTING', reason: 'STALE_MARKET' })
    market.tick(2_000, { bid: [98, 5], ask: [99, 5] })
    expect(market.told()).toEqual(['BUY 1 at 99 TAKER'])
  })

  it('takes no bare trade for a price in a product that has quotes: it waits for these', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [99, 5], ask: [100, 5] })
    market.broker.onFeed({
      type: 'feed',
      sequence: 9,
      time: 1,
      state: 'RECONNECTING',
      product: '',
      count: 0,
      detail: '',
    })
    market.order(buy(1))
    market.tick(2, { trade: ['SELL', 90, 5] })
    expect(market.fills).toEqual([])
    market.tick(3, { bid: [97, 5], ask: [98, 5] })
    expect(market.told()).toEqual(['BUY 1 at 98 TAKER'])
  })

  it('gets all at once or nothing as FOK, and only what is there as IOC', () => {
    const market = new TestMarket()
    market.book(0, BID, [[100, 1]])
    const all = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 2, timeInForce: 'FOK' })
    const some = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 2, timeInForce: 'IOC' })
    expect([market.state(all), market.state(some)]).toEqual(['CANCELLED', 'CANCELLED'])
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('pays the taker for what was there and the maker for what rested, and is refused where it must not take', () => {
    const market = new TestMarket({ TRADING_FEE_PCT: 0.002, MAKER_FEE_PCT: 0.001 })
    market.book(0, BID, [[100, 1]])
    const never = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 1, postOnly: true })
    expect(market.orders.at(-1)).toMatchObject({ id: never, state: 'REFUSED', reason: 'WOULD_CROSS' })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 2 })
    market.tick(1, { bid: [99, 5], ask: [101, 5], trade: ['SELL', 99, 1] })
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER', 'BUY 1 at 100 MAKER'])
    expect(market.fills.map(({ fee }) => fee)).toEqual([2n * 10n ** 17n, 10n ** 17n])
  })

  it('ends at its time as GTD', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [99, 5], ask: [101, 5] })
    const until = { timeInForce: 'GTD', expiresAt: 5_000 } as const
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 100, quantity: 1, ...until })
    market.tick(6, { bid: [99, 5], ask: [100, 5], trade: ['SELL', 98, 5] })
    expect(market.state(id)).toBe('EXPIRED')
    expect(market.fills).toEqual([])
  })
})

describe('a product of which only trades are known', () => {
  it('fills a market order at the next trade, less slippage, up to a part of it', () => {
    const market = new TestMarket({ SLIPPAGE_BPS: 100, MAX_PARTICIPATION: 0.5 })
    market.tick(0, { trade: ['BUY', 100, 2] })
    market.order(buy(2))
    expect(market.fills).toEqual([])
    market.tick(1, { trade: ['BUY', 110, 2] })
    expect(market.told()).toEqual(['BUY 1 at 111.1 TAKER'])
    market.tick(2, { trade: ['SELL', 120, 8] })
    expect(market.told(1)).toEqual(['BUY 1 at 121.2 TAKER'])
  })

  it('fills a limit by trades through it alone, up to their size', () => {
    const market = new TestMarket()
    market.tick(0, { trade: ['BUY', 100, 2] })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 2 })
    market.tick(1, { trade: ['SELL', 95, 5] })
    expect(market.fills).toEqual([])
    market.tick(2, { trade: ['SELL', 94.99, 0.5] })
    expect(market.told()).toEqual(['BUY 0.5 at 95 MAKER'])
  })
})

describe('latency', () => {
  it('lets an order meet the market as it is when it arrives, not as the next event finds it', () => {
    const market = new TestMarket({ ORDER_LATENCY_MS: 100 })
    market.tick(0, { bid: [99, 5], ask: [100, 5] })
    market.order(buy(1))
    market.tick(99, { bid: [79, 5], ask: [80, 5] })
    market.tick(130, { bid: [124, 5], ask: [125, 5] })
    expect(market.told()).toEqual(['BUY 1 at 80 TAKER'])
    expect(market.fills[0]?.time).toBe(100_000)
  })

  it('lets an order be filled until its cancellation arrives', () => {
    const market = new TestMarket({ CANCEL_LATENCY_MS: 10 })
    market.tick(0, { bid: [99, 5], ask: [101, 5] })
    const ids = [100, 99.5].map((limit) => market.order({ side: 'BUY', type: 'LIMIT', limit, quantity: 1 }))
    for (const id of ids) market.broker.cancel(id)
    market.tick(5, { bid: [99, 5], ask: [101, 5], trade: ['SELL', 99.8, 1] })
    market.tick(20, { bid: [90, 5], ask: [91, 5], trade: ['SELL', 90, 1] })
    expect(ids.map((id) => market.state(id))).toEqual(['FILLED', 'CANCELLED'])
  })

  it('draws how long a cancellation takes likewise, and by itself', () => {
    const market = new TestMarket({ CANCEL_LATENCY_DISTRIBUTION: '0.5:10 1:10', LATENCY_DISTRIBUTION: '1:0' })
    market.tick(0, { bid: [99, 50], ask: [101, 50] })
    const ids = [1, 2].map((quantity) => market.order({ side: 'BUY', type: 'LIMIT', limit: 99, quantity }))
    market.tick(1, { bid: [99, 50], ask: [101, 50] })
    for (const id of ids) market.broker.cancel(id)
    market.tick(2, { bid: [99, 50], ask: [101, 50] })
    market.tick(11, { bid: [99, 50], ask: [101, 50] })
    market.tick(12, { bid: [99, 50], ask: [101, 50] })
    expect(ids.map((id) => market.state(id))).toEqual(['CANCELLED', 'CANCELLED'])
  })

  it('draws the same from a distribution and its seed', () => {
    const times = (seed: number) => {
      const market = new TestMarket({ LATENCY_DISTRIBUTION: '0.5:1 1:200', LATENCY_SEED: seed })
      market.tick(0, { bid: [99, 50], ask: [100, 50] })
      for (const quantity of [1, 1, 1, 1]) market.order(buy(quantity))
      market.tick(500, { bid: [99, 50], ask: [100, 50] })
      return market.fills.map(({ time }) => time)
    }
    expect(times(7)).toEqual(times(7))
    expect(times(7)).not.toEqual(times(8))
    expect(new Set(times(7)).size).toBeGreaterThan(1)
  })
})

describe('a market order that may not wait', () => {
  it.each(['IOC', 'FOK'] as const)('ends where there is no market now: %s', (timeInForce) => {
    const market = new TestMarket()
    market.tick(0, { bid: [100, 5], ask: [100, 5] })
    const id = market.order({ ...buy(1), timeInForce })
    expect(market.lines).toEqual(['1 ACCEPTED', '1 CANCELLED UNFILLED'])
    expect(market.orders.findLast((order) => order.id === id)?.detail).toContain('crossed or locked')
  })

  it('takes of one trade what it can, or all of it, where trades alone are known', () => {
    const market = new TestMarket({ MAX_PARTICIPATION: 0.1 })
    market.tick(0, { trade: ['BUY', 100, 10] })
    market.order({ ...buy(3), timeInForce: 'IOC' })
    market.order({ ...buy(3), timeInForce: 'FOK' })
    market.tick(1, { trade: ['BUY', 100, 10] })
    market.tick(2, { trade: ['BUY', 100, 100] })
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
    expect([market.state(1), market.state(2)]).toEqual(['CANCELLED', 'CANCELLED'])
  })
})
