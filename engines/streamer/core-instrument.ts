import type { Instrument } from '../domain/market/instrument.ts'
import type { Level } from '../domain/market/market.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import { POWERS, type Unit } from '../domain/market/unit.ts'
import type { BookChange } from './venue.ts'

/** What is known of a product whose venue does not define it: the steps in which its prices and sizes were seen to move. */
export function inferredInstrument(product: Product, unit: Unit): Instrument {
  const increments = { priceIncrement: 1, sizeIncrement: 1 }
  return { product, unit, ...increments, minSize: 0, maxSize: 0, minValue: 0n, origin: 'INFERRED' }
}

/** The fields of anything counted that are prices, and those that are sizes. */
const PRICES = ['price', 'bid', 'ask', 'priceIncrement'] as const
const SIZES = ['size', 'bidSize', 'askSize', 'sizeIncrement', 'minSize', 'maxSize'] as const

type Counts = Partial<Record<(typeof PRICES)[number] | (typeof SIZES)[number], Fixed>>

interface Counted extends Counts {
  readonly unit: Unit
  readonly bids?: readonly Level[]
  readonly asks?: readonly Level[]
  readonly changes?: readonly BookChange[]
}

/**
 * The same, counted in a unit that is as fine or finer. What a double does not hold exactly any more is noticed where it is to
 * be published.
 */
export function inUnit<Value extends Counted>(value: Value, unit: Unit): Value {
  if (value.unit.price === unit.price && value.unit.size === unit.size) return value
  const price = POWERS[unit.price - value.unit.price]!
  const size = POWERS[unit.size - value.unit.size]!
  const counts: Counts = {}
  for (const key of PRICES) if (value[key] !== undefined) counts[key] = value[key] * price
  for (const key of SIZES) if (value[key] !== undefined) counts[key] = value[key] * size
  const levels = (of: readonly Level[]): Level[] => of.map((level): Level => [level[0] * price, level[1] * size])
  return {
    ...value,
    ...counts,
    unit,
    ...(value.bids && { bids: levels(value.bids) }),
    ...(value.asks && { asks: levels(value.asks) }),
    ...(value.changes && {
      changes: value.changes.map((change): BookChange => [change[0], change[1] * price, change[2] * size]),
    }),
  }
}
