import { describe, expect, it } from 'vitest'
import { barred, longInBars as long, TestMarket } from '../../../tests/support/engines/broker-run.ts'

describe('within bars', () => {
  it('a market order fills at the next open of its own product', () => {
    const market = barred({ SLIPPAGE_BPS: 10 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(0, [7, 7, 7, 7], 0, 'ETH-USD')
    market.bar(1, [101, 110, 90, 95])
    expect(market.told()).toEqual(['BUY 1 at 101.101 TAKER'])
  })

  it('a market order lapses where no bar follows', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1, purpose: 'SIGNAL', signalSequence: 4 })
    market.broker.end()
    expect(market.lines).toEqual(['1 ACCEPTED', '1 RESTING', '1 CANCELLED RUN_ENDED', '1 lapsed RUN_ENDED'])
  })

  it.each<[low: number, open: number, price: string | null]>([
    [95, 96, null],
    [94.99, 96, '95'],
    [93, 94, '94'],
  ])('a bid at 95 in a bar from %f, open at %f, fills at %s', (low, open, price) => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 1 })
    market.bar(1, [open, 97, low, 96])
    expect(market.told()).toEqual(price === null ? [] : [`BUY 1 at ${price} MAKER`])
  })

  it.each<[open: number, price: string]>([
    [88, '87.9912'],
    [92, '89.991'],
  ])('a stop at 90 in a bar that opens at %f fills at %s, less slippage', (open, price) => {
    const market = long({ SLIPPAGE_BPS: 1 })
    market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 1, reduceOnly: true })
    market.bar(2, [open, 92, 85, 91])
    expect(market.told(1)).toEqual([`SELL 1 at ${price} TAKER`])
  })

  it('a bar through both stop and target is taken as stopped', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: { stop: 90, target: 110 } })
    market.bar(1, [100, 100, 100, 100])
    market.bar(2, [100, 120, 80, 100])
    expect(market.trips).toMatchObject([{ exitReason: 'STOP_LOSS', exitPrice: 90n * 10n ** 18n }])
    expect(market.broker.openOrders).toEqual([])
  })

  it('a position that the open has filled is stopped within the same bar', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: { stop: 90, target: 150 } })
    market.bar(1, [100, 101, 89, 95])
    expect(market.trips).toMatchObject([{ exitReason: 'STOP_LOSS' }])
  })

  it('a bid that fills on the way down to its stop is stopped too, and has not met its target', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 1, bracket: { stop: 90, target: 99 } })
    market.bar(1, [100, 101, 89, 95])
    expect(market.trips).toMatchObject([{ exitReason: 'STOP_LOSS' }])
  })

  it('at most a part of the volume is had, and the rest goes on in the next bar', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'MARKET', quantity: 15 })
    market.bar(1, [100, 101, 99, 100], 100)
    market.bar(2, [102, 103, 99, 100], 100)
    expect(market.told()).toEqual(['BUY 10 at 100 TAKER', 'BUY 5 at 102 TAKER'])
  })

  it('a trailing stop follows the high, and the close may go through it', () => {
    const market = long()
    market.order({ side: 'SELL', type: 'TRAILING_STOP', quantity: 1, trail: { share: 0.1 }, reduceOnly: true })
    market.bar(2, [100, 120, 100, 115])
    expect(market.fills).toHaveLength(1)
    market.bar(3, [115, 130, 115, 116])
    expect(market.told(1)).toEqual(['SELL 1 at 117 TAKER'])
  })

  it.each([
    [{ type: 'MARKET' } as const, '102'],
    [{ type: 'LIMIT', limit: 120 } as const, '102'],
    [{ type: 'STOP', stop: 90 } as const, '102'],
  ])('nothing fills that came while the bar was on: %o', (kind, price) => {
    const market = barred({ ORDER_LATENCY_MS: 1 })
    market.order({ side: 'BUY', quantity: 1, ...kind })
    market.bar(1, [101, 130, 80, 101])
    expect(market.fills).toEqual([])
    market.bar(2, [102, 102, 102, 102])
    expect(market.told().map((line) => line.slice(0, -6))).toEqual([`BUY 1 at ${price}`])
  })
})

describe('a trailing stop within bars', () => {
  it('follows from where it was entered, in the bar of its entry', () => {
    const market = barred({ TRAILING_STOP_PCT: 0.02 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(1, [100, 100.5, 90, 100])
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER', 'SELL 1 at 98 TAKER'])
  })

  it('does the same for what was sold', () => {
    const market = barred({ TRAILING_STOP_PCT: 0.02 })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 1 })
    market.bar(1, [100, 103, 99.9, 100])
    expect(market.told()).toEqual(['SELL 1 at 100 TAKER', 'BUY 1 at 102 TAKER'])
  })

  it('knows nothing of the high before an entry on the way, but the close after it', () => {
    const market = barred({ TRAILING_STOP_PCT: 0.02 })
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 1 })
    market.bar(1, [100, 101, 94, 96])
    expect(market.told(1)).toEqual([])
    market.bar(2, [96, 96, 94.08, 96])
    expect(market.told(1)).toEqual(['SELL 1 at 94.08 TAKER'])
  })

  it('follows an open that is better before the low is looked at', () => {
    const market = long()
    market.order({ side: 'SELL', type: 'TRAILING_STOP', quantity: 1, trail: { share: 0.1 }, reduceOnly: true })
    market.bar(2, [120, 120, 107, 110])
    expect(market.told(1)).toEqual(['SELL 1 at 108 TAKER'])
  })

  it('follows from the close where its entry was filled at it', () => {
    const market = new TestMarket({ CANDLE_FILL: 'close', TRAILING_STOP_PCT: 0.02, POSITION_SIZE_PCT: 0.001 })
    market.bar(0, [100, 100, 100, 100])
    const head = { type: 'signal', product: 'BTC-USD', unit: market.unit, indicator: 1, reason: '', cause: 1 } as const
    const signal = { ...head, side: 'BUY', confidence: 1, price: 10_000, time: 60_000_000 } as const
    market.broker.follow(signal, 10n ** 18n, 1)
    market.bar(1, [99, 99, 97.5, 99])
    expect(market.told(1)).toEqual(['SELL 1 at 98 TAKER'])
  })
})

describe('what a bar fills on its way', () => {
  it('is stopped at its stop, not at an open before it', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'STOP', stop: 105, quantity: 1, bracket: { stop: 104, target: 106 } })
    market.bar(1, [100, 110, 90, 108])
    expect(market.told()).toEqual(['BUY 1 at 105 TAKER', 'SELL 1 at 104 TAKER'])
  })

  it('is stopped at once where its stop is reached already', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 1, bracket: { stop: 97 } })
    market.bar(1, [100, 100, 94, 99])
    expect(market.told(1)).toEqual(['SELL 1 at 95 TAKER'])
  })

  it('has the whole bar before it where the open fills it: by a gap over a stop, or under a limit', () => {
    const market = barred()
    market.order({ side: 'BUY', type: 'STOP', stop: 105, quantity: 1, bracket: { target: 112 } })
    market.bar(1, [110, 113, 109, 110])
    market.order({ side: 'BUY', type: 'LIMIT', limit: 105, quantity: 2, bracket: { target: 112 } })
    market.bar(2, [104, 113, 104, 110])
    expect(market.told()).toEqual([
      'BUY 1 at 110 TAKER',
      'SELL 1 at 112 MAKER',
      'BUY 2 at 104 MAKER',
      'SELL 2 at 112 MAKER',
    ])
  })

  it('moves the stop of all that is held, and that is looked at from there on', () => {
    const market = barred({ STOP_LOSS_PCT: 0.05 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(1, [100, 100, 100, 100])
    market.order({ side: 'BUY', type: 'STOP', stop: 105, quantity: 1 })
    market.bar(2, [100, 106, 96, 106])
    expect(market.told(1)).toEqual(['BUY 1 at 105 TAKER', 'SELL 2 at 97.38 TAKER'])
  })
})

describe('the margin within a bar', () => {
  /** Short 100 at 100 on a capital of 10,000. */
  function short(): TestMarket {
    const market = barred({ INITIAL_CAPITAL: 10_000, ENABLE_SHORTING: true })
    market.order({ side: 'SELL', type: 'MARKET', quantity: 100 })
    market.bar(1, [100, 100, 100, 100])
    return market
  }

  it('is called at the price where the equity no longer bears the short, whatever the close', () => {
    const market = short()
    market.bar(2, [100, 300, 100, 100])
    expect(market.lines.slice(-6)).toEqual([
      'liquidation MAINTENANCE 3999',
      '2 ACCEPTED',
      '2 RESTING',
      'BUY 100 at 160.01 TAKER',
      '2 FILLED',
      'trip SHORT -6001 LIQUIDATION',
    ])
  })

  it('bears what comes short of that', () => {
    const market = short()
    market.bar(2, [100, 160, 100, 160])
    expect(market.fills).toHaveLength(1)
  })

  it('is called at the open where that lies beyond', () => {
    const market = short()
    market.bar(2, [170, 180, 165, 170])
    expect(market.told(1)).toEqual(['BUY 100 at 170 TAKER'])
  })
})

describe("a bar's share", () => {
  it('is had once by all that fill at its close', () => {
    const market = new TestMarket({ CANDLE_FILL: 'close' })
    market.bar(0, [100, 100, 100, 100], 100)
    for (const signalSequence of [1, 2]) {
      const head = {
        type: 'signal',
        product: 'BTC-USD',
        unit: market.unit,
        indicator: 1,
        reason: '',
        cause: 1,
      } as const
      const signal = { ...head, side: 'BUY', confidence: 1, price: 10_000, time: 60_000_000 } as const
      market.broker.follow(signal, 15n * 10n ** 18n, signalSequence)
    }
    expect(market.told()).toEqual(['BUY 10 at 100 TAKER'])
  })

  it('is not had in part by an order that wants all or nothing', () => {
    const market = new TestMarket()
    market.bar(0, [100, 100, 100, 100], 100)
    market.order({ side: 'BUY', type: 'MARKET', quantity: 15, timeInForce: 'FOK' })
    market.bar(1, [100, 100, 100, 100], 100)
    market.bar(2, [100, 100, 100, 100], 100)
    expect(market.told()).toEqual([])
    expect(market.state(1)).toBe('CANCELLED')
  })
})
