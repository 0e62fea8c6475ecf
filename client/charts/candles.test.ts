import { describe, expect, it } from 'vitest'
import { coarser, createCandles, intervalFor } from './candles.ts'

const made = (interval: number, bound: number, ...prices: readonly (readonly [seconds: number, price: number])[]) => {
  const candles = createCandles(interval, bound)
  for (const [seconds, price] of prices) candles.add(seconds * 1000, price)
  return candles
}

describe('candles', () => {
  it('open with the first price of their interval, close with the last, and reach from the lowest to the highest', () => {
    const candles = made(5, 10, [100, 7], [101.5, 9], [103, 4], [104.999, 5], [105, 6])

    expect(candles.all()).toEqual([
      { time: 100, open: 7, high: 9, low: 4, close: 5 },
      { time: 105, open: 6, high: 6, low: 6, close: 6 },
    ])
  })

  it('are not made for intervals without a price', () => {
    expect(made(1, 10, [1, 1], [9, 2]).all()).toHaveLength(2)
  })

  it('take a late price into the candle that it belongs to, whose close stays', () => {
    const candles = made(5, 10, [100, 7], [105, 6], [101, 9])

    expect(candles.all()[0]).toEqual({ time: 100, open: 7, high: 9, low: 7, close: 7 })
    expect(candles.late()).toBe(1)
  })

  it('put a late candle between its neighbours, and none before the first', () => {
    const candles = made(5, 10, [100, 7], [110, 6], [106, 8], [90, 1])

    expect(candles.all().map(({ time }) => time)).toEqual([100, 105, 110])
  })

  it('are the same made of finer candles as made of the prices', () => {
    const prices = [
      [100, 7],
      [101, 9],
      [104, 4],
      [105, 6],
      [107, 8],
    ] as const

    expect(coarser(made(1, 10, ...prices), 5, 10).all()).toEqual(made(5, 10, ...prices).all())
  })

  it('are at most a tenth more than the bound, the newest, and tell how many went', () => {
    const candles = made(1, 100, ...Array.from({ length: 1_000 }, (_none, index) => [index, index] as const))

    expect(candles.all().length).toBeLessThanOrEqual(110)
    expect(candles.all().at(-1)?.time).toBe(999)
    expect(candles.dropped() + candles.all().length).toBe(1_000)
  })
})

it.each([
  [60_000, '1s'],
  [10 * 60_000, '5s'],
  [3_600_000, '15s'],
  [86_400_000, '5m'],
  [90 * 86_400_000, '1h'],
])('shows %i ms in candles of %s', (span, interval) => {
  expect(intervalFor(span)).toBe(interval)
})
