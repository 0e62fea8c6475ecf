/** The most digits after the point that a price or a size may have, and both together, so that their product is {@link Money}. */
export const MOST_DECIMALS = 18

/**
 * In what the prices and sizes of a product are counted: whole counts of 10^-price of the quote currency, and of 10^-size
 * of the base currency. Units of the same decimals are the same object, but where they came as JSON.
 */
export interface Unit {
  /** Digits after the point of a price, from 0 to {@link MOST_DECIMALS}. */
  readonly price: number
  /** Digits after the point of a size, from 0 to {@link MOST_DECIMALS} less those of the price. */
  readonly size: number
}

/** 10^0 to 10^18, all of which a double holds exactly. */
export const POWERS: readonly number[] = Array.from({ length: MOST_DECIMALS + 1 }, (_, power) => Number(`1e${power}`))

/** 10^0 to 10^18. */
export const BIG_POWERS: readonly bigint[] = Array.from(
  { length: MOST_DECIMALS + 1 },
  (_, power) => 10n ** BigInt(power),
)

const known: readonly (readonly Unit[])[] = POWERS.map((_, price) =>
  POWERS.slice(0, MOST_DECIMALS + 1 - price).map((__, size) => ({ price, size })),
)

/** Whether there is a unit of these decimals. */
export function isUnit(price: number, size: number): boolean {
  return known[price]?.[size] !== undefined
}

/** @throws RangeError where there is none: see {@link isUnit}. */
export function unitOf(price: number, size: number): Unit {
  const unit = known[price]?.[size]
  if (unit !== undefined) return unit
  throw new RangeError(`prices with ${price} and sizes with ${size} decimals cannot be counted`)
}

/** What all was counted in before products had units of their own: 1e-8. */
export const EIGHTHS = unitOf(8, 8)

/** The unit in which both can be counted; null where there is none. */
export function widest(one: Unit, other: Unit): Unit | null {
  const price = Math.max(one.price, other.price)
  const size = Math.max(one.size, other.size)
  return isUnit(price, size) ? unitOf(price, size) : null
}

/**
 * A count of 10^-from as one of 10^-to.
 * @returns NaN where that is no whole number, or one that a double does not hold exactly.
 */
export function rescale(count: number, from: number, to: number): number {
  if (from === to) return count
  const scaled = to > from ? count * POWERS[to - from]! : count / POWERS[from - to]!
  return Number.isSafeInteger(scaled) ? scaled : Number.NaN
}
