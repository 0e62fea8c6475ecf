import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCount } from '../domain/money.ts'
import { DEFAULT_PRODUCTS, isProduct } from '../domain/market/product.ts'
import { formatScaled, incrementText, LISTINGS } from './listing.ts'

describe('decimals at a product scale', () => {
  it('keep every digit and always show the whole scale', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 2 ** 40 }), (scale, units) => {
        const text = formatScaled(units, scale)
        expect(parseCount(text, scale)).toBe(units)
        expect(text.split('.')[1]?.length ?? 0).toBe(scale)
      }),
    )
  })

  it.each([
    [0, 8, '0.00000000'],
    [0, 1, '0.0'],
    [7_757_287, 2, '77572.87'],
    [9_686, 8, '0.00009686'],
    [3, 0, '3'],
  ])('write %d at scale %d as %s', (value, scale, text) => {
    expect(formatScaled(value, scale)).toBe(text)
  })

  it('have the increment that the venue states', () => {
    expect([0, 2, 8].map(incrementText)).toEqual(['1', '0.01', '0.00000001'])
  })
})

describe('the listings', () => {
  it('hold the platform products, and not MATIC-USD', () => {
    for (const product of DEFAULT_PRODUCTS) expect(LISTINGS.has(product)).toBe(true)
    for (const product of LISTINGS.keys()) expect(isProduct(product)).toBe(true)
    expect(LISTINGS.has('MATIC-USD')).toBe(false)
  })
})
