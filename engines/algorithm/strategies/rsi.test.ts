import { EIGHTHS } from '../../domain/market/unit.ts'
import { describe, expect, it } from 'vitest'
import type { Tick } from '../../domain/market/market.ts'
import { toFixed } from '../../../tests/support/market/eighths.ts'
import { checkParameters } from '../../domain/parameters.ts'
import type { Signal } from '../../domain/trading/signal.ts'
import { createAlgorithmCore } from '../core.ts'
import { WilderRsi } from '../indicators/wilder-rsi.ts'
import rsi from './rsi.ts'

let sequence = 0

function trade(price: number, time: number, tradeId: number, product = 'BTC-USD'): Tick {
  sequence += 1
  const fixed = toFixed(price)
  const quote = { bid: fixed, bidSize: 1, ask: fixed + 1, askSize: 1, takerSide: 'BUY' as const }
  return { type: 'tick', unit: EIGHTHS, sequence, time, product, price: fixed, size: 1, tradeId, ...quote }
}

function run(parameters: Record<string, unknown>, ticks: readonly Tick[]): Signal[] {
  const core = createAlgorithmCore(rsi, { ...rsi.defaults, ...parameters })
  const signals: Signal[] = []
  for (const tick of ticks) core.step(tick, (signal) => signals.push(signal))
  return signals
}

/** Prices as trades, one a second. */
function trades(prices: readonly number[], product = 'BTC-USD'): Tick[] {
  return prices.map((price, index) => trade(price, index * 1_000_000, index + 1, product))
}

describe('rsi', () => {
  it('buys under the lower threshold, with the confidence of its formula', () => {
    // Period 2: means of 1, 0 and 0, 3 are 0.5 and 1.5, so RSI 25.
    const ticks = trades([10, 11, 8])
    expect(run({ RSI_PERIOD: 2 }, ticks)).toEqual([
      {
        type: 'signal',
        unit: EIGHTHS,
        product: 'BTC-USD',
        side: 'BUY',
        confidence: (30 - 25) / 30,
        price: toFixed(8),
        indicator: 25,
        reason: 'RSI 25.00 under 30',
        time: 2_000_000,
        cause: ticks[2]!.sequence,
      },
    ])
  })

  it('sells above the upper threshold', () => {
    const [signal] = run({ RSI_PERIOD: 2 }, trades([10, 9, 12]))
    expect(signal).toMatchObject({
      side: 'SELL',
      indicator: 75,
      confidence: (75 - 70) / 30,
      reason: 'RSI 75.00 above 70',
    })
  })

  it('says nothing at a threshold itself', () => {
    expect(run({ RSI_PERIOD: 2, RSI_OVERSOLD: 25 }, trades([10, 11, 8]))).toEqual([])
  })

  it('says nothing before its warm-up is over', () => {
    const falling = Array.from({ length: 15 }, (_, index) => 100 - index)
    expect(rsi.warmUp(rsi.defaults)).toBe(15)
    expect(run({}, trades(falling.slice(0, 14)))).toEqual([])
    expect(run({}, trades(falling))).toHaveLength(1)
  })

  it('takes each trade once, however many ticks carry it', () => {
    const ticks = trades([10, 11, 8])
    const repeated = ticks.flatMap((tick) => [tick, { ...tick, bid: 1 }, { ...tick, ask: 99 }])
    expect(run({ RSI_PERIOD: 2, SIGNAL_COOLDOWN_MS: 0 }, repeated)).toHaveLength(1)
  })

  it('ignores ticks from before the first trade', () => {
    const ticks = [trade(0, 0, 0), ...trades([10, 11, 8])]
    expect(run({ RSI_PERIOD: 2 }, ticks).map((signal) => signal.indicator)).toEqual([25])
  })

  it('keeps quiet for the cooldown, per product, in market time', () => {
    const falling = (product: string): Tick[] =>
      [9, 8, 7, 6, 5].map((price, index) => trade(price, index * 60_000, index + 1, product))
    const ticks = falling('BTC-USD').flatMap((tick, index) => [tick, falling('ETH-USD')[index]!])
    const times = run({ RSI_PERIOD: 2, SIGNAL_COOLDOWN_MS: 100 }, ticks).map((each) => `${each.product} ${each.time}`)
    expect(times).toEqual(['BTC-USD 120000', 'ETH-USD 120000', 'BTC-USD 240000', 'ETH-USD 240000'])
  })

  it('takes the last trade of each interval where one is set, leaving empty ones out', () => {
    const prices: readonly [price: number, second: number][] = [
      [50, 0],
      [10, 59],
      [99, 61],
      [11, 119],
      [8, 300],
      [500, 360],
    ]
    const ticks = prices.map(([price, second], index) => trade(price, second * 1_000_000, index + 1))
    const signals = run({ RSI_PERIOD: 2, RSI_INTERVAL_SECONDS: 60 }, ticks)
    // Closes 10, 11, 8: the last is known when the trade of second 360 arrives.
    expect(signals).toMatchObject([{ indicator: 25, time: 360_000_000, price: toFixed(500) }])
  })

  it('raises exactly the signals that the indicator calls for', () => {
    const prices = Array.from({ length: 300 }, (_, index) => 100 + Math.round(20 * Math.sin(index / 7) + (index % 5)))
    const index = new WilderRsi(14)
    const expected = prices.map((price) => index.update(toFixed(price))).filter((value) => value < 30 || value > 70)
    const signals = run({}, trades(prices))
    expect(signals.map((signal) => signal.indicator)).toEqual(expected)
    expect(signals.length).toBeGreaterThan(20)
    for (const { confidence } of signals) expect(confidence > 0 && confidence <= 1).toBe(true)
  })

  it('refuses thresholds that overlap', () => {
    expect(checkParameters(rsi.parameters, { RSI_OVERSOLD: 70, RSI_OVERBOUGHT: 30 })).toMatchObject({
      ok: false,
      faults: [{ path: ['RSI_OVERSOLD'], code: 'CONFLICTING_PARAMETERS' }],
    })
  })

  it('has the defaults that the product promises', () => {
    const promised = { RSI_PERIOD: 14, RSI_OVERBOUGHT: 70, RSI_OVERSOLD: 30, SIGNAL_COOLDOWN_MS: 100 }
    expect(rsi.defaults).toEqual({ ...promised, RSI_INTERVAL_SECONDS: 0 })
  })
})
