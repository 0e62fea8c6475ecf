import { describe, expect, it } from 'vitest'
import { CENTS, TestMarket } from '../../../tests/support/engines/broker-run.ts'
import { unitOf } from '../../domain/market/unit.ts'

const QUOTES = { bid: [99, 50], ask: [100, 50] } as const

/** A market with a definition: whole coins of tens of cents, at least two, worth at least 300. */
function defined(): TestMarket {
  const market = new TestMarket()
  const sizes = { sizeIncrement: 10_000, minSize: 20_000, maxSize: 500_000 }
  market.instrument({ ...sizes, priceIncrement: 10, minValue: 300n * 10n ** 18n })
  market.tick(0, QUOTES)
  return market
}

describe('what an instrument allows', () => {
  it('rounds sizes down, and limit prices to the passive side', () => {
    const market = defined()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 98.79, quantity: 4.9 })
    market.order({ side: 'SELL', type: 'LIMIT', limit: 101.01, quantity: 4.9 })
    const told = market.broker.openOrders.map(({ limit, quantity }) => [limit, quantity])
    expect(told).toEqual([
      [9870, 4n * 10n ** 18n],
      [10110, 4n * 10n ** 18n],
    ])
  })

  it.each<[what: string, order: Parameters<TestMarket['order']>[0], reason: string, detail: string]>([
    ['less than an increment', { side: 'BUY', type: 'MARKET', quantity: 0.9 }, 'SIZE_TOO_SMALL', 'size increment, 1'],
    [
      'less than the least size',
      { side: 'BUY', type: 'MARKET', quantity: 1.9 },
      'SIZE_TOO_SMALL',
      '1 is under the least size, 2',
    ],
    [
      'less than the least value',
      { side: 'BUY', type: 'MARKET', quantity: 2 },
      'SIZE_TOO_SMALL',
      'worth 199, under the least, 300',
    ],
    ['more than the largest', { side: 'BUY', type: 'MARKET', quantity: 51 }, 'INVALID_ORDER', '51 is more than'],
    [
      'a price between two increments, where it must not be rounded',
      { side: 'BUY', type: 'LIMIT', limit: 98.79, quantity: 4, exactPrice: true },
      'PRICE_OFF_TICK',
      '98.79 is no multiple of 0.1',
    ],
    [
      'a limit order without a limit',
      { side: 'BUY', type: 'LIMIT', quantity: 4 },
      'INVALID_ORDER',
      'a limit price is needed',
    ],
    [
      'a market order with a stop',
      { side: 'BUY', type: 'MARKET', quantity: 4, stop: 9 },
      'INVALID_ORDER',
      'takes no stop price',
    ],
    ['a limit below nothing', { side: 'BUY', type: 'MARKET', quantity: 4, limit: -5 }, 'INVALID_ORDER', 'limit: -500'],
    ['no number', { side: 'BUY', type: 'LIMIT', quantity: 4, limit: Number.NaN }, 'INVALID_ORDER', 'limit: NaN'],
    [
      'a stop that nothing can count',
      { side: 'BUY', type: 'STOP', quantity: 4, stop: 1e300 },
      'INVALID_ORDER',
      'stop: 1e+302 is no count',
    ],
    [
      'a trail of all and more',
      { side: 'SELL', type: 'TRAILING_STOP', quantity: 4, trail: { share: 1 } },
      'INVALID_ORDER',
      'under the whole price',
    ],
    [
      'a time that is over',
      { side: 'BUY', type: 'LIMIT', quantity: 4, limit: 99, timeInForce: 'GTD', expiresAt: 0 },
      'INVALID_ORDER',
      'its time, 1970-01-01T00:00:00.000000Z, is over',
    ],
    [
      'every fault at once',
      { side: 'BUY', type: 'STOP_LIMIT', quantity: 0, postOnly: true, timeInForce: 'GTD' },
      'INVALID_ORDER',
      'STOP_LIMIT: the quantity must be above 0; a limit price is needed; a stop price is needed; only a limit order that may rest can be post-only; a time of expiry goes with GTD, and only with it',
    ],
    ['nothing at all', { side: 'BUY', type: 'MARKET', quantity: 0 }, 'INVALID_ORDER', 'must be above 0'],
  ])('refuses %s, with the figures', (_, order, reason, detail) => {
    const market = defined()
    market.order(order)
    expect(market.orders).toHaveLength(1)
    expect(market.orders[0]).toMatchObject({ state: 'REFUSED', reason })
    expect(market.orders[0]?.detail).toContain(detail)
  })

  it('closes dust that is under every increment and minimum', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 0.0003 })
    market.instrument({ sizeIncrement: 10_000, minSize: 20_000, minValue: 300n * 10n ** 18n })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 0.0003, reduceOnly: true })
    expect(market.position()).toBe(0n)
    market.order({ side: 'SELL', type: 'MARKET', quantity: 4 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 4 })
    expect(market.position()).toBe(0n)
  })

  it("rounds a bracket's target to the passive side, as the same order by itself", () => {
    const market = new TestMarket()
    market.instrument({ priceIncrement: 50 })
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: { stop: 95.13, target: 103.33 } })
    expect(market.broker.openOrders.map(({ limit, stop }) => [limit, stop])).toEqual([
      [0, 9513],
      [10350, 0],
    ])
  })

  it('does not make a market order of a limit under the increment, nor of such a target', () => {
    const market = new TestMarket({ ENABLE_SHORTING: true })
    market.instrument({ priceIncrement: 50 })
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 0.3, quantity: 1 })
    expect(market.orders.at(-1)).toMatchObject({
      state: 'REFUSED',
      reason: 'INVALID_ORDER',
      detail: 'a limit of 0.3 is under the price increment, 0.5',
    })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 1, bracket: { target: 0.3 } })
    expect(market.broker.openOrders.map(({ terms, limit }) => [terms.type, limit])).toEqual([['TAKE_PROFIT', 50]])
  })

  it('lets wait what nobody knows the price of: it is not too small', () => {
    const market = new TestMarket()
    market.instrument({ minValue: 10n * 10n ** 18n })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    expect(market.orders.at(-1)).toMatchObject({ state: 'RESTING', reason: 'NO_MARKET' })
    market.tick(0, QUOTES)
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('values what is bought of quotes of one side at what it was had for', () => {
    const market = new TestMarket({ INITIAL_CAPITAL: 100 })
    market.tick(0, { ask: [100, 5] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    expect(market.broker.desk.worth(null).equity).toBe(100n * 10n ** 18n)
    expect(market.broker.ruin).toBeNull()
  })

  it('leaves a position its stop while a close waits for a market', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 2 })
    market.tick(1, { ask: [101, 5] })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 2 })
    const stop = market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 2, reduceOnly: true })
    expect(market.state(stop)).toBe('RESTING')
    market.order({ side: 'SELL', type: 'MARKET', quantity: 2, reduceOnly: true })
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', detail: 'what is held is on its way to be closed' })
    market.tick(2, QUOTES)
    expect(market.position()).toBe(0n)
    expect(market.state(stop)).toBe('CANCELLED')
  })

  it('counts what is on its way to open a position, whoever sent it', () => {
    const market = new TestMarket({ MAX_OPEN_POSITIONS: 1, ORDER_LATENCY_MS: 50 })
    const products = ['A-USD', 'B-USD', 'C-USD']
    for (const product of products) market.tick(0, QUOTES, product)
    const ids = products.map((product) => market.order({ side: 'BUY', type: 'MARKET', quantity: 1, product }))
    market.tick(100, QUOTES, 'A-USD')
    expect(ids.map((id) => market.state(id))).toEqual(['FILLED', 'REFUSED', 'REFUSED'])
  })

  it('bounds how many cancellations and replacements are on their way', () => {
    const market = new TestMarket({ ORDER_LATENCY_MS: 10, CANCEL_LATENCY_MS: 10 })
    market.tick(0, QUOTES)
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 1, quantity: 1 })
    market.tick(20, QUOTES)
    for (let count = 0; count < 500; count += 1) expect(market.broker.cancel(id)).toBeNull()
    for (let count = 0; count < 500; count += 1) expect(market.broker.replace(id, { limit: 200 }).ok).toBe(true)
    const told = market.orders.length
    expect(market.broker.cancel(id)).toMatchObject({ reason: 'INVALID_ORDER' })
    expect(market.broker.replace(id, { limit: 200 })).toMatchObject({ ok: false, refusal: { reason: 'INVALID_ORDER' } })
    expect(market.orders).toHaveLength(told)
    market.tick(40, QUOTES)
    expect(market.broker.openOrders).toEqual([])
  })

  it('bounds how many orders a run has open', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    for (let count = 0; count < 1_001; count += 1) market.order({ side: 'BUY', type: 'LIMIT', limit: 1, quantity: 1 })
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', reason: 'INVALID_ORDER' })
    expect(market.broker.openOrders).toHaveLength(1_000)
  })
})

describe('a unit that gets finer', () => {
  it('leaves what rests, was taken and is held exactly as it was', () => {
    const market = new TestMarket()
    const held = { bid: [99, 50], ask: [101, 1] } as const
    market.tick(0, held)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    const resting = market.order({ side: 'BUY', type: 'LIMIT', limit: 99, quantity: 2 })
    market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 1, reduceOnly: true })
    market.order({ side: 'SELL', type: 'TRAILING_STOP', trail: { share: 0.03 }, quantity: 1, reduceOnly: true })
    expect(market.unit).toBe(CENTS)
    market.unit = unitOf(5, 8)
    market.tick(1, { ...held, trade: ['SELL', 99.00001, 1] })
    expect(market.ahead(resting)).toBe(50)
    // What was taken of the best ask is still taken.
    market.order({ side: 'BUY', type: 'LIMIT', limit: 101, quantity: 1, timeInForce: 'IOC' })
    expect(market.fills).toHaveLength(1)
    const [bid, stop] = market.broker.openOrders.map((order) => order.told((price) => BigInt(price)))
    expect([bid?.limitPrice, stop?.stopPrice]).toEqual([9_900_000n, 9_000_000n])
    market.tick(2, { bid: [98.99999, 5], ask: [101, 1], trade: ['SELL', 98.99999, 0.00000001] })
    expect(market.told(1)).toEqual(['BUY 2 at 99 MAKER'])
    expect(market.position()).toBe(3n * 10n ** 18n)
  })

  it('is not lost to what is told in a coarser one', () => {
    const market = new TestMarket({}, unitOf(5, 8))
    market.tick(0, QUOTES)
    market.unit = CENTS
    market.tick(1, { bid: [98, 1], ask: [99.5, 1] })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    expect(market.told()).toEqual(['BUY 1 at 99.5 TAKER'])
  })

  it.each([
    ['SHIB-USD', unitOf(8, 0), 0.00000812, 400_000_000],
    ['PEPE-USD', unitOf(10, 0), 0.0000000123, 9_000_000_000],
    ['ETH-BTC', unitOf(5, 8), 0.03412, 1.00000001],
    ['BTC-USD', unitOf(2, 8), 9_000_000.01, 0.00000001],
  ])('counts %s exactly', (product, unit, price, size) => {
    const market = new TestMarket({}, unit)
    market.tick(0, { bid: [price / 2, size], ask: [price, size] }, product)
    market.order({ side: 'BUY', type: 'MARKET', quantity: size, product })
    const { notional, quantity } = market.fills[0]!
    const scale = 10n ** BigInt(unit.price + unit.size)
    const counts = BigInt(Math.round(price * 10 ** unit.price)) * BigInt(Math.round(size * 10 ** unit.size))
    expect(notional * scale).toBe(counts * 10n ** 18n)
    expect(quantity).toBe(market.position(product))
  })
})
