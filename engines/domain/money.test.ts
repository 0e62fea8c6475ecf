import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideHalfEven, formatDecimal, notional, parseFixed, parseMoney, share, toFixed } from './money.ts'

describe('fixed numbers', () => {
  it.each([
    ['77572.87', 7_757_287_000_000],
    ['0.00000009', 9],
    ['0', 0],
    ['0.00000000', 0],
    ['-1.5', -150_000_000],
    ['0.000000005', 1],
    ['0.000000004', 0],
    ['90071992.54740991', 9_007_199_254_740_991],
  ])('read %s as %d units of 1e-8', (text, units) => {
    expect(parseFixed(text)).toBe(units)
  })

  it.each(['', '.', '1.', '.5', '1e5', ' 1', '1 ', '+1', '0x10', 'NaN', '1,5', '12345678901234567'])(
    'refuse "%s", which is no plain decimal',
    (text) => {
      expect(parseFixed(text)).toBeNaN()
    },
  )

  it('come back from their text unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), (units) => {
        expect(parseFixed(formatDecimal(units))).toBe(units)
      }),
    )
  })

  it('never turn a zero negative', () => {
    expect(Object.is(parseFixed('-0'), 0)).toBe(true)
  })
})

describe('money', () => {
  it('comes back from its text unchanged, at any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (units) => {
        expect(parseMoney(formatDecimal(units))).toBe(units)
      }),
    )
  })

  it.each(['', '1.123456789', 'x', '1e3', '--1'])('refuses "%s"', (text) => {
    expect(() => parseMoney(text)).toThrow(RangeError)
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

  it('values a size at a price, and takes a share, each rounded once', () => {
    expect(notional(parseFixed('77572.87'), parseFixed('0.00009686'))).toBe(parseMoney('7.51370819'))
    expect(notional(parseFixed('0.00000001'), parseFixed('0.5'))).toBe(0n)
    expect(notional(parseFixed('0.00000003'), parseFixed('0.5'))).toBe(2n)
    expect(share(parseMoney('5000'), toFixed(0.001))).toBe(parseMoney('5'))
  })
})
