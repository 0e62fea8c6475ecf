import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candle } from '../domain/candle.ts'
import { CandleMaker } from './candle-maker.ts'

const INTERVAL = 1_000

/** What a maker tells of prices, its last one included. */
function candlesOf(prices: readonly { readonly time: number; readonly price: number }[]): Candle[] {
  const maker = new CandleMaker('BTC-USD', INTERVAL)
  const told = prices.map(({ time, price }) => maker.add(time, price))
  return [...told, maker.finish()].filter((candle) => candle !== null)
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
          return { product: 'BTC-USD', begin, open, high, low, close }
        })
        expect(candlesOf(prices)).toEqual(wanted)
      }),
    )
  })

  it('are told by the first price after them, and there are none before any price', () => {
    const maker = new CandleMaker('BTC-USD', INTERVAL)
    expect(maker.finish()).toBeNull()
    expect([maker.add(0, 5), maker.add(999, 7), maker.add(5_000, 6)?.close]).toEqual([null, null, 7])
  })
})
