import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candle } from '../domain/market/candle.ts'
import { EIGHTHS, unitOf } from '../domain/market/unit.ts'
import { CandleMaker } from './candle-maker.ts'

const INTERVAL = 1_000

/** What a maker tells of prices, its last one included. */
function candlesOf(prices: readonly { readonly time: number; readonly price: number }[]): Candle[] {
  const maker = new CandleMaker('BTC-USD', INTERVAL)
  const told = prices.flatMap(({ time, price }) => maker.add(time, price, EIGHTHS))
  return [...told, ...maker.finish()]
}

const tape = fc
  .array(fc.record({ after: fc.integer({ min: 0, max: 3 * INTERVAL }), price: fc.integer({ min: 1, max: 1e12 }) }))
  .map((steps) => {
    let time = 1_700_000_000_000_123
    return steps.map(({ after, price }) => ({ time: (time += after), price }))
  })

describe('candles', () => {
  it('hold of each interval the first, highest, lowest and last price, and leave none out', () => {
    fc.assert(
      fc.property(tape, (prices) => {
        const beginOf = (time: number): number => Math.floor(time / INTERVAL) * INTERVAL
        const begins = [...new Set(prices.map(({ time }) => beginOf(time)))]
        const wanted = begins.map((begin) => {
          const own = prices.filter(({ time }) => beginOf(time) === begin).map(({ price }) => price)
          const [open, high, low, close] = [own[0], Math.max(...own), Math.min(...own), own.at(-1)]
          return { product: 'BTC-USD', unit: EIGHTHS, begin, open, high, low, close }
        })
        expect(candlesOf(prices)).toEqual(wanted)
      }),
    )
  })

  it('are told by the first price after them, and there are none before any price', () => {
    const maker = new CandleMaker('BTC-USD', INTERVAL)
    expect(maker.finish()).toEqual([])
    expect([maker.add(0, 5, EIGHTHS), maker.add(999, 7, EIGHTHS), maker.add(5_000, 6, EIGHTHS)[0]?.close]).toEqual([
      [],
      [],
      7,
    ])
  })

  it('hold trades that were fetched after a cut in the intervals in which they were made', () => {
    // The cut began in interval 1; the quote that ends it, at 7, still shows the price of before.
    const fetched = [2_100, 2_900, 4_000, 4_500].map((time, index) => ({ time, price: 20 + index }))
    const prices = [{ time: 1_000, price: 10 }, { time: 7_000, price: 10 }, ...fetched, { time: 7_500, price: 30 }]
    const shapes = candlesOf([...prices, { time: 8_000, price: 31 }]).map(({ begin, open, close }) => [
      begin,
      open,
      close,
    ])
    expect(shapes).toEqual([
      [1_000, 10, 10],
      [2_000, 20, 21],
      [4_000, 22, 23],
      [7_000, 10, 30],
      [8_000, 31, 31],
    ])
  })

  it('that were told already are changed no more by what is fetched', () => {
    const prices = [
      { time: 1_000, price: 10 },
      { time: 7_000, price: 10 },
      { time: 1_500, price: 99 },
    ]
    expect(candlesOf(prices).map(({ begin, high }) => [begin, high])).toEqual([
      [1_000, 10],
      [7_000, 10],
    ])
  })

  it('go on in a finer unit', () => {
    const maker = new CandleMaker('SHIB-USD', INTERVAL)
    maker.add(0, 5, unitOf(2, 0))
    maker.add(1, 4_999, unitOf(5, 0))
    expect(maker.finish()).toMatchObject([{ unit: unitOf(5, 0), open: 5_000, high: 5_000, low: 4_999, close: 4_999 }])
  })
})
