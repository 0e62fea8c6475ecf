import { describe, expect, it } from 'vitest'
import { imbalance, RollingMean, sizeOf } from './book-imbalance.ts'

describe('imbalance', () => {
  it.each([
    [3, 1, 0.5],
    [1, 3, -0.5],
    [2, 2, 0],
    [7, 0, 1],
    [0, 7, -1],
    [0, 0, Number.NaN],
  ])('of bids %d and asks %d is %d', (bids, asks, expected) => {
    expect(imbalance(bids, asks)).toBe(expected)
  })
})

describe('sizeOf', () => {
  it('adds up the best levels only', () => {
    const levels = [[100, 1] as const, [99, 2] as const, [98, 4] as const]
    expect([0, 1, 2, 3, 9].map((count) => sizeOf(levels, count))).toEqual([0, 1, 3, 7, 7])
  })
})

describe('RollingMean', () => {
  it('says nothing until it has all its values, then follows the newest', () => {
    const mean = new RollingMean(3)
    expect([3, 6, 0, 9, 30].map((value) => mean.update(value))).toEqual([Number.NaN, Number.NaN, 3, 5, 13])
  })

  it('starts anew after a reset', () => {
    const mean = new RollingMean(2)
    mean.update(1)
    mean.update(1)
    mean.reset()
    expect([5, 7].map((value) => mean.update(value))).toEqual([Number.NaN, 6])
  })
})
