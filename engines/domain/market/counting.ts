import type { Fixed } from '../money.ts'
import type { Side } from '../side.ts'
import type { Level } from './market.ts'
import { POWERS, rescale, type Unit } from './unit.ts'

/** The fields of anything counted that are prices, and those that are sizes. */
const PRICES = ['price', 'bid', 'ask', 'open', 'high', 'low', 'close', 'priceIncrement'] as const
const SIZES = ['size', 'bidSize', 'askSize', 'volume', 'sizeIncrement', 'minSize', 'maxSize'] as const

type Counts = Partial<Record<(typeof PRICES)[number] | (typeof SIZES)[number], Fixed>>
type Change = readonly [side: Side, price: Fixed, size: Fixed]

interface Counted extends Counts {
  readonly unit: Unit
  readonly bids?: readonly Level[]
  readonly asks?: readonly Level[]
  readonly changes?: readonly Change[]
}

/** Makes a count of 10^-from one of 10^-to. */
export type Recount = (count: Fixed, from: number, to: number) => Fixed

/** Into a unit that is as fine or finer. What a double does not hold exactly any more is for the caller to notice. */
export const scaled: Recount = (count, from, to) => count * POWERS[to - from]!

/** Into any unit. @throws RangeError where that is no whole number, or one that a double does not hold exactly. */
export const exactly: Recount = (count, from, to) => {
  const value = rescale(count, from, to)
  if (Number.isNaN(value)) throw new RangeError(`${count} of 1e-${from} cannot be counted in 1e-${to}`)
  return value
}

/**
 * Anything of a market, counted in another unit: the same object where it is counted so already.
 * @throws what `how` throws
 */
export function inUnit<Value extends Counted>(value: Value, unit: Unit, how: Recount = scaled): Value {
  const { unit: from, bids, asks, changes } = value
  if (from.price === unit.price && from.size === unit.size) return value
  const price = (count: Fixed): Fixed => how(count, from.price, unit.price)
  const size = (count: Fixed): Fixed => how(count, from.size, unit.size)
  const counts: Counts = {}
  for (const key of PRICES) if (value[key] !== undefined) counts[key] = price(value[key])
  for (const key of SIZES) if (value[key] !== undefined) counts[key] = size(value[key])
  const levels = (of: readonly Level[]) => of.map((level): Level => [price(level[0]), size(level[1])])
  return {
    ...value,
    ...counts,
    unit,
    ...(bids && { bids: levels(bids) }),
    ...(asks && { asks: levels(asks) }),
    ...(changes && { changes: changes.map((change): Change => [change[0], price(change[1]), size(change[2])]) }),
  }
}
