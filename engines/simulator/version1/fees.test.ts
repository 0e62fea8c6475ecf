import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { notionalWithin, takerFee } from './fees.ts'

describe('fees', () => {
  it.each([
    [10_000_000_000n, 100_000, 10_000_000n],
    [500n, 100_000, 0n],
    [501n, 100_000, 1n],
    [1500n, 100_000, 2n],
    [123n, 0, 0n],
  ])('of a notional of %d at a rate of %d are %d, rounded half to even', (notional, rate, fee) => {
    expect(takerFee(notional, rate)).toBe(fee)
  })

  it('fit, together with the largest notional, into an amount, and two units more do not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: 0, max: 10_000_000 }), (amount, rate) => {
        const notional = notionalWithin(amount, rate)
        expect(notional + takerFee(notional, rate) <= amount).toBe(true)
        const more = notional + 2n
        expect(more + takerFee(more, rate) > amount).toBe(true)
      }),
    )
  })

  it('leave nothing of an amount that is not there', () => {
    expect(notionalWithin(-5n, 100_000)).toBe(0n)
  })
})
