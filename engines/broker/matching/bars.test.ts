import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

/** A market of bars that stands at 100. */
function barred(changes: Record<string, unknown> = {}): TestMarket {
  const market = new TestMarket(changes)
  market.bar(0, [100, 100, 100, 100])
  return market
}

/** The same, long 1 at 100. */
function long(changes: Record<string, unknown> = {}): TestMarket {
  const market = barred(changes)
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
  market.bar(1, [100, 100, 100, 100])
  return market
}

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

  it('nothing fills that came while the bar was on', () => {
    const market = barred({ ORDER_LATENCY_MS: 1 })
    market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
    market.bar(1, [101, 101, 101, 101])
    expect(market.fills).toEqual([])
    market.bar(2, [102, 102, 102, 102])
    expect(market.told()).toEqual(['BUY 1 at 102 TAKER'])
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
