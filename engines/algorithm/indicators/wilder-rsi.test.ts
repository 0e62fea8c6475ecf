import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { RSI, WSMA } from 'trading-signals'
import { describe, expect, it } from 'vitest'
import { WilderRsi } from './wilder-rsi.ts'

const reference = resolve('../shared/marketdata/rsi_reference')
const absent = !existsSync(reference)
const note = absent ? ' (skipped: ../shared/marketdata/rsi_reference is not there)' : ''

function rsiOf(prices: readonly number[], period: number): readonly number[] {
  const index = new WilderRsi(period)
  return prices.map((price) => index.update(price))
}

/** A column of a CSV file; NaN where a cell is empty. */
function column(file: string, name: string): readonly number[] {
  const [header, ...rows] = readFileSync(resolve(reference, file), 'utf8').trim().split(/\r?\n/)
  const at = (header ?? '').split(',').indexOf(name)
  return rows.map((row) => Number(row.split(',')[at] || Number.NaN))
}

describe('WilderRsi', () => {
  it.each([
    { what: 'only gains', prices: [1, 2, 3, 4], period: 3, last: 100 },
    { what: 'only losses', prices: [4, 3, 2, 1], period: 3, last: 0 },
    { what: 'no movement', prices: [5, 5, 5, 5], period: 3, last: 50 },
    { what: 'gains and losses of the same size', prices: [5, 6, 5, 6, 5], period: 4, last: 50 },
    // Means of 1, 0 and 0, 1 are 0.5 each; then gain (0.5 + 3)/2 = 1.75, loss 0.25: 100 − 100/(1 + 7).
    { what: 'a gain after the first averages', prices: [10, 11, 10, 13], period: 2, last: 87.5 },
  ])('is $last after $what', ({ prices, period, last }) => {
    expect(rsiOf(prices, period).at(-1)).toBe(last)
  })

  it('has no value before one more price than its period', () => {
    const values = rsiOf([1, 2, 3, 4, 5, 6], 4)
    expect(values.map(Number.isNaN)).toEqual([true, true, true, true, false, false])
  })

  it.skipIf(absent)(`reproduces the published Wilder RSI(14) to 5e-5${note}`, () => {
    const file = 'stockcharts_cs-rsi_wilder14.csv'
    const expected = column(file, 'rsi14')
    const values = rsiOf(column(file, 'close'), 14)
    expect(expected.filter((value) => !Number.isNaN(value))).toHaveLength(19)
    values.forEach((value, row) => {
      expect(Number.isNaN(value)).toBe(Number.isNaN(expected[row]))
      if (!Number.isNaN(value)) expect(Math.abs(value - expected[row]!)).toBeLessThan(5e-5)
    })
  })

  it.skipIf(absent)(`does not match the variant that is seeded like an exponential average${note}`, () => {
    const wrong = column('cs-rsi.csv', 'RSI')
    const values = rsiOf(column('cs-rsi.csv', 'Close'), 14)
    expect(Math.abs(values[14]! - wrong[14]!)).toBeGreaterThan(1)
  })

  it('agrees with the library trading-signals wherever prices move', () => {
    const prices = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 3, maxLength: 200 })
    fc.assert(
      fc.property(prices, fc.integer({ min: 2, max: 30 }), (given, period) => {
        const theirs = new RSI(period, WSMA)
        const ours = new WilderRsi(period)
        for (const price of given) {
          const expected = theirs.update(price, false)
          const value = ours.update(price)
          expect(Number.isNaN(value)).toBe(expected === null)
          if (expected !== null) expect(value).toBeCloseTo(expected, 8)
        }
      }),
    )
  })

  it('stays within 0 and 100 whatever the prices', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 50 }), { maxLength: 300 }), (prices) => {
        for (const value of rsiOf(prices, 5)) if (!Number.isNaN(value)) expect(value >= 0 && value <= 100).toBe(true)
      }),
    )
  })

  /** The index by exact fractions, of which averages keep the numerators over n^steps. */
  function exactRsi(prices: readonly number[], period: number): readonly number[] {
    const n = BigInt(period)
    let [gain, loss, scale] = [0n, 0n, 1n]
    return prices.map((price, at) => {
      if (at === 0) return Number.NaN
      const change = BigInt(price - prices[at - 1]!)
      const [up, down] = [change > 0n ? change : 0n, change < 0n ? -change : 0n]
      if (at <= period) [gain, loss] = [gain + up, loss + down]
      else {
        gain = gain * (n - 1n) + up * scale
        loss = loss * (n - 1n) + down * scale
        scale *= n
      }
      // The first averages are over n themselves, which each later change is as well: it cancels out.
      if (at === period) scale = n
      if (at < period) return Number.NaN
      return gain + loss === 0n ? 50 : Number((gain * 10n ** 18n) / (gain + loss)) / 1e16
    })
  }

  it('is what exact fractions give, also after prices that stood still for thousands of trades', () => {
    const spell = fc.record({
      change: fc.integer({ min: -50, max: 50 }),
      stands: fc.constantFrom(0, 1, 5, 1_200, 2_500),
    })
    fc.assert(
      fc.property(fc.array(spell, { minLength: 3, maxLength: 8 }), fc.integer({ min: 2, max: 4 }), (spells, period) => {
        let price = 10_000
        const prices = spells.flatMap(({ change, stands }) => {
          price += change
          return new Array<number>(1 + stands).fill(price)
        })
        const values = rsiOf(prices, period)
        exactRsi(prices, period).forEach((exact, at) => {
          if (Number.isNaN(exact)) expect(values[at]).toBeNaN()
          else expect(Math.abs(values[at]! - exact), `after ${at} changes`).toBeLessThan(1e-9)
        })
      }),
      { numRuns: 25 },
    )
  })

  it('raises no signal by standing still, however long', () => {
    const prices = [100, 102, 99, ...new Array<number>(100_000).fill(99)]
    // Means of 2, 0 and 0, 3 are 1 and 1.5: 40, and so it stays.
    expect([
      ...new Set(
        rsiOf(prices, 2)
          .slice(2)
          .map((value) => value.toFixed(9)),
      ),
    ]).toEqual(['40.000000000'])
  })
})
