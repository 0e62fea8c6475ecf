import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

/** A market that trades at a price, quoted a cent on either side. */
function trade(market: TestMarket, ms: number, price: number, size = 1_000): void {
  market.tick(ms, { bid: [price - 0.01, size], ask: [price, size], trade: ['BUY', price, 1] })
}

/** The whole equity of 10,000 short at 100. */
function short(): TestMarket {
  const market = new TestMarket({ INITIAL_CAPITAL: 10_000 })
  market.tick(0, { bid: [100, 1_000], ask: [100.01, 1_000], trade: ['SELL', 100, 1] })
  market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
  return market
}

describe('margin', () => {
  it('buys a short back on the way, at 160, before it has lost all', () => {
    const market = short()
    for (const [at, price] of [120, 140, 160].entries()) trade(market, at + 1, price)
    expect(market.position()).not.toBe(0n)
    trade(market, 9, 160.01)
    expect(market.position()).toBe(0n)
    expect(market.lines.slice(-4)).toEqual([
      '2 ACCEPTED',
      'BUY 100 at 160.01 TAKER',
      '2 FILLED',
      'trip SHORT -6001 LIQUIDATION',
    ])
    expect(market.liquidations).toMatchObject([{ reason: 'MAINTENANCE', products: ['BTC-USD'] }])
    expect(market.broker.ruin).toBeNull()
  })

  it('ends a run that a gap has ruined, and says by how much', () => {
    const market = short()
    trade(market, 1, 255)
    expect(market.liquidations).toMatchObject([{ reason: 'RUIN', equity: -5_500n * 10n ** 18n }])
    expect(market.position()).toBe(0n)
    expect(market.broker.ruin).toEqual({ at: 1_000, equity: -5_500n * 10n ** 18n })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', reason: 'RUINED' })
  })

  it('goes on closing what it liquidates as the book has more', () => {
    const market = short()
    trade(market, 1, 170, 40)
    trade(market, 2, 171, 1_000)
    expect(market.told(1)).toEqual(['BUY 40 at 170 TAKER', 'BUY 60 at 171 TAKER'])
    expect(market.liquidations).toHaveLength(1)
  })

  it('lets nothing be opened that the equity does not bear', () => {
    const market = new TestMarket({ INITIAL_CAPITAL: 1_000 })
    trade(market, 0, 100)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 20 })
    expect(market.told()).toEqual(['BUY 10 at 100 TAKER'])
    expect(market.orders.at(-1)).toMatchObject({ state: 'CANCELLED', reason: 'LIMITS' })
  })

  it('takes what borrowing costs by time, off the round trip too', () => {
    const market = new TestMarket({ INITIAL_CAPITAL: 10_000, BORROW_RATE: 0.365, MARK: 'last' })
    market.tick(0, { bid: [100, 1_000], ask: [100.01, 1_000], trade: ['SELL', 100, 1] })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 10 })
    market.tick(86_400_000, { bid: [99.99, 1_000], ask: [100, 1_000] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 10 })
    // A thousandth of 1,000 a day, taken by the minute.
    const cost = 1_440n * 694_444_444_444_444n
    expect(market.trips).toMatchObject([{ grossPnl: 0n, borrowCost: cost, netPnl: -cost }])
    expect(market.broker.desk.ledger.cash).toBe(10_000n * 10n ** 18n - cost)
  })
})

describe('round trips', () => {
  it('are one from flat to flat, however many fills close it, and a reversal begins the next', () => {
    const market = new TestMarket({ TRADING_FEE_PCT: 0.001 })
    const at = (ms: number, price: number) => market.tick(ms, { bid: [price, 500], ask: [price + 0.01, 500] })
    at(0, 99.99)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 10 })
    at(1, 95)
    at(2, 110)
    for (const quantity of [2, 2, 2, 2]) market.order({ side: 'SELL', type: 'MARKET', quantity })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 5 })
    expect(market.trips).toHaveLength(1)
    expect(market.trips[0]).toMatchObject({
      direction: 'LONG',
      quantity: 10n * 10n ** 18n,
      entryPrice: 100n * 10n ** 18n,
      exitPrice: 110n * 10n ** 18n,
      grossPnl: 100n * 10n ** 18n,
      fees: 21n * 10n ** 17n,
      netPnl: 979n * 10n ** 17n,
      // At 95 the middle of the quotes stood half a cent over the bid.
      maxAdverse: -4_995n * 10n ** 16n,
      fills: 6,
    })
    at(3, 99.99)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 3 })
    expect(market.trips[1]).toMatchObject({ direction: 'SHORT', quantity: 3n * 10n ** 18n, grossPnl: 30n * 10n ** 18n })
  })

  it('charge by tiers of what was traded in thirty days', () => {
    const market = new TestMarket({ TRADING_FEE_PCT: 0.004, FEE_TIERS: '1000:0.001:0.002' })
    const day = 86_400_000
    const at = (ms: number) => market.tick(ms, { bid: [99, 500], ask: [100, 500] })
    for (const ms of [0, 1, 40 * day]) {
      at(ms)
      market.order({ side: 'BUY', type: 'MARKET', quantity: 10 })
    }
    expect(market.fills.map(({ fee }) => fee)).toEqual([4n * 10n ** 18n, 2n * 10n ** 18n, 4n * 10n ** 18n])
  })
})

describe('ruin that leaves nothing held', () => {
  it('is told where a stop closes a short under nothing, and nothing opens after it', () => {
    const market = new TestMarket({ INITIAL_CAPITAL: 10_000, STOP_LOSS_PCT: 0.5 })
    trade(market, 0, 100)
    market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
    trade(market, 1, 255)
    expect(market.position()).toBe(0n)
    expect(market.broker.ruin).toMatchObject({ at: 1_000 })
    expect(market.liquidations).toMatchObject([{ reason: 'RUIN', required: 0n, products: [] }])
    expect(market.state(market.order({ side: 'BUY', type: 'MARKET', quantity: 1 }))).toBe('REFUSED')
    trade(market, 2, 255)
    expect(market.liquidations).toHaveLength(1)
  })

  it('asks for nothing of a market that is closed to the run, however often another one ticks', () => {
    const market = new TestMarket({ INITIAL_CAPITAL: 10_000, BORROW_RATE: 10 })
    market.tick(0, { bid: [100, 1_000], ask: [100.01, 1_000], trade: ['SELL', 100, 1] })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
    trade(market, 1, 159)
    const closed = { state: 'CLOSED', product: 'BTC-USD', count: 0, detail: '' } as const
    market.broker.onFeed({ type: 'feed', sequence: 9, time: 2_000, ...closed })
    const before = market.orders.length
    // What borrowing costs takes the equity under the margin, and then under nothing.
    for (let day = 1; day <= 12; day++) market.tick(day * 86_400_000, { bid: [9, 5], ask: [10, 5] }, 'ETH-USD')
    expect(market.broker.desk.worth(null).equity).toBeLessThan(0n)
    expect(market.orders).toHaveLength(before)
    expect(market.liquidations).toMatchObject([{ reason: 'RUIN', products: [] }])
  })

  it('is told where a liquidation itself goes through a thin book to under nothing', () => {
    const market = short()
    market.book(1, [[169, 1_000]], [[170, 1], [300, 1_000]]) // prettier-ignore
    market.tick(1, { bid: [169, 1_000], ask: [170, 1], trade: ['BUY', 170, 1] })
    expect(market.position()).toBe(0n)
    expect(market.liquidations.map(({ reason }) => reason)).toEqual(['MAINTENANCE', 'RUIN'])
    expect(market.broker.ruin?.equity).toBeLessThan(0n)
  })
})
