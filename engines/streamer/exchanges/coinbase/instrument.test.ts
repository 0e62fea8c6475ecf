import { expect, it } from 'vitest'
import { formatAmount, formatCount, notional, parseCount } from '../../../domain/money.ts'
import { incrementText, LISTINGS } from '../../../exchange-sandbox/listing.ts'
import { parseInstrument } from './instrument.ts'

it.each([
  ['BTC-USD', '0.01', '0.00000001', ['97123.45', '0.00000003'], '0.0029137035'],
  ['DOGE-USD', '0.00001', '0.1', ['0.38211', '12345678.9'], '4717407.364479'],
  ['SHIB-USD', '0.00000001', '1', ['0.00000812', '400000000'], '3248'],
  ['ETH-BTC', '0.00001', '0.00000001', ['0.03456', '0.00000007'], '0.0000000024192'],
] as const)(
  '%s has increments of %s and %s, in which prices, sizes and their products are exact',
  (product, price, size, [at, of], worth) => {
    const instrument = parseInstrument(product, { quote_increment: price, base_increment: size })!
    const { unit, priceIncrement, sizeIncrement } = instrument
    expect(formatCount(priceIncrement, unit.price)).toBe(price)
    expect(formatCount(sizeIncrement, unit.size)).toBe(size)
    const [priceCount, sizeCount] = [parseCount(at, unit.price), parseCount(of, unit.size)]
    expect([formatCount(priceCount, unit.price), formatCount(sizeCount, unit.size)]).toEqual([at, of])
    expect(formatAmount(notional(priceCount, sizeCount, unit))).toBe(worth)
    // The sandbox lists it likewise.
    const listing = LISTINGS.get(product)
    expect(listing).toBeDefined()
    expect([listing!.priceScale, listing!.sizeScale].map(incrementText)).toEqual([price, size])
  },
)

it('takes what its venue says of sizes and of the smallest order, and nothing that it says wrongly', () => {
  const row = { quote_increment: '0.01', base_increment: '0.1', base_min_size: '0.5', min_market_funds: '1' }
  expect(parseInstrument('A-USD', row)).toMatchObject({ minSize: 5, maxSize: 0, minValue: 10n ** 18n, origin: 'VENUE' })
  expect(parseInstrument('A-USD', { ...row, min_market_funds: '-1', base_min_size: 'x' })).toMatchObject({
    minSize: 0,
    minValue: 0n,
  })
  for (const increment of ['0', '-0.1', 'x', '', undefined, 0.01])
    expect(parseInstrument('A-USD', { ...row, quote_increment: increment })).toBeNull()
})
