import { describe, expect, it } from 'vitest'
import { barred, longInBars as long, TestMarket } from '../../../tests/support/engines/broker-run.ts'

const CLOSING = { side: 'SELL', quantity: 1, reduceOnly: true } as const

describe('what is nearer to the open comes first, whatever was placed first', () => {
  it('of two stops', () => {
    const market = long()
    market.order({ ...CLOSING, type: 'STOP', stop: 95 })
    market.order({ ...CLOSING, type: 'STOP', stop: 98 })
    market.bar(2, [100, 100, 94, 95])
    expect(market.told(1)).toEqual(['SELL 1 at 98 TAKER'])
  })

  it('of two targets', () => {
    const market = long()
    market.order({ ...CLOSING, type: 'LIMIT', limit: 110 })
    market.order({ ...CLOSING, type: 'LIMIT', limit: 104 })
    market.bar(2, [100, 111, 100, 111])
    expect(market.told(1)).toEqual(['SELL 1 at 104 MAKER'])
  })

  it('of a stop and a trailing one of the same policy', () => {
    const market = barred({ STOP_LOSS_PCT: 0.05, TRAILING_STOP_PCT: 0.02 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(1, [100, 110, 100, 110])
    market.bar(2, [110, 110, 90, 90])
    expect(market.told(1)).toEqual(['SELL 1 at 107.8 TAKER'])
  })

  it('of two bids that want more than the volume gives', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 90, quantity: 10 })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 99, quantity: 10 })
    market.bar(1, [100, 100, 89, 95], 100)
    expect(market.told()).toEqual(['BUY 10 at 99 MAKER'])
  })

  it('of a stop and the end of the margin', () => {
    const market = barred({ INITIAL_CAPITAL: 10_000, ENABLE_SHORTING: true })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
    market.bar(1, [100, 100, 100, 100])
    market.order({ side: 'BUY', type: 'STOP', stop: 210, quantity: 100, reduceOnly: true })
    market.bar(2, [100, 255, 100, 255])
    expect(market.told(1)).toEqual(['BUY 100 at 160.01 TAKER'])
    expect(market.broker.ruin).toBeNull()
  })
})

describe('a bar knows nothing of its close before it is over', () => {
  it.each([
    ['a market order', { type: 'MARKET' } as const, [100, 200, 100, 200] as const, '100 at 100 TAKER'],
    ['a bid', { type: 'LIMIT', limit: 95 } as const, [100, 150, 94, 150] as const, '100 at 95 MAKER'],
  ])('where it sizes %s', (_, kind, bar, told) => {
    const market = barred({ INITIAL_CAPITAL: 10_000 })
    market.order({ side: 'BUY', quantity: 100, ...kind })
    market.bar(1, bar)
    expect(market.told()).toEqual([`BUY ${told}`])
  })

  it('where it sells short', () => {
    const market = barred({ INITIAL_CAPITAL: 10_000, ENABLE_SHORTING: true })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
    market.bar(1, [100, 140, 100, 140])
    expect(market.told()).toEqual(['SELL 100 at 100 TAKER'])
  })
})

describe('a target waits for the next bar with what the way has added', () => {
  it('to it as a bracket', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 10, bracket: { stop: 80, target: 110 } })
    market.bar(1, [100, 100, 94, 96], 50)
    market.bar(2, [100, 111, 94, 96], 1_000)
    expect(market.told()).toEqual(['BUY 5 at 95 MAKER', 'BUY 5 at 95 MAKER', 'SELL 5 at 110 MAKER'])
  })

  it.each(['before', 'after'])('and where it was moved to, the bid placed %s the position', (when) => {
    const market = barred({ TAKE_PROFIT_PCT: 0.05 })
    if (when === 'before') market.order({ side: 'BUY', type: 'LIMIT', limit: 90, quantity: 10 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(1, [100, 100, 100, 100])
    if (when === 'after') market.order({ side: 'BUY', type: 'LIMIT', limit: 90, quantity: 10 })
    market.bar(2, [100, 104, 89, 95])
    expect(market.told(1)).toEqual(['BUY 10 at 90 MAKER'])
  })
})

describe('a stop-limit within bars', () => {
  it.each([
    ['at an open that is within its limit', [106, 109, 106, 109] as const, ['BUY 1 at 106 TAKER']],
    ['where it is triggered within its limit', [100, 106, 100, 106] as const, ['BUY 1 at 105 TAKER']],
    ['not where the open is beyond it', [111, 112, 100, 100] as const, []],
  ])('takes %s', (_, bar, told) => {
    const market = barred()
    market.order({ side: 'BUY', type: 'STOP_LIMIT', stop: 105, limit: 110, quantity: 1 })
    market.bar(1, bar)
    expect(market.told()).toEqual(told)
  })

  it('takes no worse than its limit, whatever the slippage', () => {
    const market = barred({ SLIPPAGE_BPS: 1_000 })
    market.order({ side: 'BUY', type: 'STOP_LIMIT', stop: 105, limit: 110, quantity: 1 })
    market.bar(1, [100, 106, 100, 106])
    expect(market.told()).toEqual(['BUY 1 at 110 TAKER'])
  })
})

describe('a limit that the last price is beyond', () => {
  it('takes at the next open, as a market order within its limit', () => {
    const market = barred({ SLIPPAGE_BPS: 100 })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 120, quantity: 1 })
    market.bar(1, [101, 101, 101, 101])
    expect(market.told()).toEqual(['BUY 1 at 102.01 TAKER'])
  })

  it('is refused where it may only make', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 120, quantity: 1, postOnly: true })
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', reason: 'WOULD_CROSS' })
  })

  it.each([
    [101, ['BUY 1 at 101 TAKER']],
    [121, []],
  ])('is for the next open alone where it is for now or never: %f', (open, told) => {
    const market = barred()
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 120, quantity: 1, timeInForce: 'IOC' })
    market.bar(1, [open, 125, 100, 110])
    expect(market.told()).toEqual(told)
    expect(market.state(id)).toBe(told.length > 0 ? 'FILLED' : 'CANCELLED')
  })
})

it('bars fill nothing where quotes are known', () => {
  const market = new TestMarket()
  market.tick(0, { bid: [99, 5], ask: [100, 5] })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 1 })
  market.bar(0, [100, 100, 94, 100])
  expect(market.fills).toEqual([])
})

describe('at the close', () => {
  const head = { type: 'signal', product: 'BTC-USD', indicator: 1, reason: '', cause: 1, price: 10_000 } as const
  const follow = (market: TestMarket, side: 'BUY' | 'SELL', minute: number) =>
    market.broker.follow(
      { ...head, unit: market.unit, side, confidence: 1, time: minute * 60_000_000 },
      10n * 10n ** 18n,
      1,
    )

  it('a share that a bar before it gave is not used up of this one', () => {
    const market = new TestMarket({ CANDLE_FILL: 'close' })
    market.bar(0, [100, 100, 100, 100], 100)
    follow(market, 'BUY', 1)
    market.bar(1, [100, 100, 100, 100], 100)
    follow(market, 'SELL', 2)
    expect(market.told()).toEqual(['BUY 10 at 100 TAKER', 'SELL 10 at 100 TAKER'])
  })

  it('nothing is filled at one that is long over: the next open is the first price there is', () => {
    const market = new TestMarket({ CANDLE_FILL: 'close' })
    market.bar(0, [100, 100, 100, 100])
    for (let minute = 1; minute < 10; minute += 1) market.bar(minute, [7, 7, 7, 7], 0, 'ETH-USD')
    follow(market, 'BUY', 10)
    expect(market.fills).toEqual([])
    market.bar(10, [110, 110, 110, 110])
    expect(market.told()).toEqual(['BUY 10 at 110 TAKER'])
  })
})
