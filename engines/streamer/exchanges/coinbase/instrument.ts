import type { Instrument } from '../../../domain/market/instrument.ts'
import { decimalsOf, parseCount, readAmount, type Amount } from '../../../domain/money.ts'
import type { Product } from '../../../domain/market/product.ts'
import { isUnit, unitOf } from '../../../domain/market/unit.ts'

/**
 * Reads how `GET /products` defines a product. Of what it does not say (the venue names no smallest and largest size any more)
 * there is none; what it says wrongly is as if it said nothing.
 * @returns null where its increments cannot be read or counted: then they are what will be seen.
 */
export function parseInstrument(product: Product, value: unknown): Instrument | null {
  const row = (value ?? {}) as Record<string, unknown>
  const [price, size] = [textOf(row['quote_increment']), textOf(row['base_increment'])]
  const [priceDecimals, sizeDecimals] = [decimalsOf(price), decimalsOf(size)]
  if (!isUnit(priceDecimals, sizeDecimals)) return null
  const unit = unitOf(priceDecimals, sizeDecimals)
  const priceIncrement = parseCount(price, unit.price)
  const sizeIncrement = parseCount(size, unit.size)
  if (![priceIncrement, sizeIncrement].every((increment) => increment > 0 && increment !== Infinity)) return null
  return {
    product,
    unit,
    priceIncrement,
    sizeIncrement,
    minSize: countOrNone(row['base_min_size'], unit.size),
    maxSize: countOrNone(row['base_max_size'], unit.size),
    minValue: amountOrNone(row['min_market_funds']),
    origin: 'VENUE',
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function countOrNone(value: unknown, decimals: number): number {
  const count = parseCount(textOf(value), decimals)
  return Number.isSafeInteger(count) && count >= 0 ? count : 0
}

function amountOrNone(value: unknown): Amount {
  const amount = readAmount(textOf(value)) ?? 0n
  return amount > 0n ? amount : 0n
}
