import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amountOf,
  amountToNumber,
  countOf,
  decimalsOf,
  divideHalfEven,
  formatAmount,
  formatCount,
  notional,
  parseAmount,
  parseCount,
  share,
  toAmount,
} from './money.ts'
import { isUnit, rescale, unitOf, widest } from './market/unit.ts'

describe('counts of a unit', () => {
  it.each([
    ['77572.87', 2, 7_757_287],
    ['77572.870', 2, 7_757_287],
    ['0.00000812', 8, 812],
    ['400000000', 0, 400_000_000],
    ['0', 8, 0],
    ['0.00000000', 0, 0],
    ['-1.5', 8, -150_000_000],
    ['90071992.54740991', 8, 9_007_199_254_740_991],
  ])('read %s with %d decimals as %d', (text, decimals, count) => {
    expect(parseCount(text, decimals)).toBe(count)
    expect(parseCount(formatCount(count, decimals), decimals)).toBe(count)
  })

  it.each([
    ['77572.871', 2],
    ['90071992.54740992', 8],
    ['120000000', 8],
    ['9'.repeat(40), 0],
  ])('say that %s with %d decimals is more than can be counted', (text, decimals) => {
    expect(parseCount(text, decimals)).toBe(Infinity)
  })

  it.each(['', '.', '1.', '.5', '1e5', ' 1', '1 ', '+1', '0x10', 'NaN', '1,5'])(
    'refuse "%s", which is no plain decimal',
    (text) => {
      expect([parseCount(text, 8), decimalsOf(text)]).toEqual([Number.NaN, Number.NaN])
    },
  )

  it('come back from their text unchanged', () => {
    const count = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(count, fc.integer({ min: 0, max: 18 }), (units, decimals) => {
        const text = formatCount(units, decimals)
        expect(parseCount(text, decimals)).toBe(units)
        expect(formatAmount(amountOf(units, decimals))).toBe(text)
        expect(decimalsOf(text)).toBeLessThanOrEqual(decimals)
      }),
    )
  })

  it('never turn a zero negative', () => {
    expect(Object.is(parseCount('-0', 8), 0)).toBe(true)
  })

  it('go over into another unit exactly, or not at all', () => {
    expect([
      rescale(7_757_287, 2, 8),
      rescale(7_757_287_000_000, 8, 2),
      rescale(15, 1, 0),
      rescale(2 ** 50, 0, 8),
    ]).toEqual([7_757_287_000_000, 7_757_287, Number.NaN, Number.NaN])
    expect(widest(unitOf(2, 8), unitOf(5, 1))).toBe(unitOf(5, 8))
    expect([isUnit(10, 8), isUnit(11, 8), isUnit(-1, 0), isUnit(0.5, 0)]).toEqual([true, false, false, false])
    expect(widest(unitOf(18, 0), unitOf(0, 18))).toBeNull()
    expect(() => unitOf(19, 0)).toThrow(RangeError)
  })
})

describe('money', () => {
  it('comes back from its text unchanged, at any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (units) => {
        expect(parseAmount(formatAmount(units))).toBe(units)
      }),
    )
  })

  it.each(['', `1.${'1'.repeat(19)}`, 'x', '1e3', '--1'])('refuses "%s"', (text) => {
    expect(() => parseAmount(text)).toThrow(RangeError)
  })

  it.each([
    [1.15, '1.15'],
    [1e12, '1000000000000'],
    [1e-7, '0.0000001'],
    [0.1 + 0.2, '0.30000000000000004'],
    [-2.5, '-2.5'],
  ])('is what the shortest text of the number %d says', (value, text) => {
    expect(formatAmount(toAmount(value))).toBe(text)
    expect(amountToNumber(toAmount(value))).toBe(value)
  })

  it('divides half to even, whatever the signs', () => {
    const cases: readonly (readonly [bigint, bigint, bigint])[] = [
      [5n, 2n, 2n],
      [7n, 2n, 4n],
      [-5n, 2n, -2n],
      [-7n, 2n, -4n],
      [5n, -2n, -2n],
      [1n, 3n, 0n],
      [2n, 3n, 1n],
      [-2n, 3n, -1n],
      [0n, 7n, 0n],
    ]
    for (const [numerator, divisor, quotient] of cases) expect(divideHalfEven(numerator, divisor)).toBe(quotient)
    expect(() => divideHalfEven(1n, 0n)).toThrow(RangeError)
  })

  it('is never further from the exact quotient than half a unit', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (numerator, divisor) => {
        const error = numerator - divideHalfEven(numerator, divisor) * divisor
        expect((error < 0n ? -error : error) * 2n).toBeLessThanOrEqual(divisor)
      }),
    )
  })

  it('values a size at a price exactly, whatever both are counted in, and takes a share, rounded once', () => {
    expect(formatAmount(notional(7_757_287, 9_686, unitOf(2, 8)))).toBe('7.5137081882')
    expect(formatAmount(notional(812, 400_000_000, unitOf(8, 0)))).toBe('3248')
    expect(formatAmount(notional(1, -1, unitOf(10, 8)))).toBe('-0.000000000000000001')
    expect(share(parseAmount('5000'), countOf(0.001, 8))).toBe(parseAmount('5'))
  })
})
