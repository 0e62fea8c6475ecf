/**
 * Numbers that stand for prices, sizes and money.
 *
 * Two representations, each where it is right:
 * - {@link Fixed}: what travels at tick rate. A JavaScript number that holds a whole count of the product's own unit
 *   (see {@link Unit}). Whole numbers up to 2^53 are exact.
 * - {@link Amount}, of money {@link Money}: what is added up and told. A bigint count of 1e-18, exact at any size; a
 *   price times a size always comes out even in it.
 */
import { BIG_POWERS, MOST_DECIMALS, POWERS, type Unit } from './market/unit.ts'

/** A whole count of a product's unit, held in a number: of its price's decimals for prices, of its size's for sizes. */
export type Fixed = number

/** A whole count of 1e-18 of whatever it is an amount of, held in a bigint: exact at any size. */
export type Amount = bigint

/** An {@link Amount} of the quote currency. */
export type Money = Amount

/** How many {@link Amount}s make one. */
export const AMOUNT_ONE = BIG_POWERS[MOST_DECIMALS]!

/** A share held as a whole count of 1e-8: rates of fees, parts of an equity. */
export type Share = number
/** How many {@link Share}s make the whole. */
export const SHARE_ONE = 100_000_000

const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/

/**
 * Reads a plain decimal text, e.g. `"77572.87"`, as a count of 10^-decimals.
 * @returns `NaN` where the text is no plain decimal, `Infinity` where it has more digits after the point than `decimals`
 * (zeros at the end aside), or is more than a double holds exactly.
 */
export function parseCount(text: string, decimals: number): Fixed {
  const match = DECIMAL.exec(text)
  if (match === null) return Number.NaN
  const fraction = trimmed(match[3] ?? '')
  if (fraction.length > decimals) return Infinity
  const count = Number((match[2] ?? '') + fraction.padEnd(decimals, '0'))
  if (!Number.isSafeInteger(count)) return Infinity
  return match[1] === '-' ? 0 - count : count
}

/** How many digits after the point a plain decimal text has, zeros at the end aside; `NaN` where it is none. */
export function decimalsOf(text: string): number {
  const match = DECIMAL.exec(text)
  return match === null ? Number.NaN : trimmed(match[3] ?? '').length
}

function trimmed(fraction: string): string {
  let end = fraction.length
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end -= 1
  return fraction.slice(0, end)
}

/** The nearest count of 10^-decimals to an ordinary number, e.g. `0.05` of 8 → `5_000_000`. */
export function countOf(value: number, decimals: number): Fixed {
  return Math.round(value * POWERS[decimals]!)
}

/** The ordinary number nearest to a count of 10^-decimals; for indicators and ratios, never for the ledger. */
export function numberOf(count: Fixed, decimals: number): number {
  return count / POWERS[decimals]!
}

/**
 * A count of 10^-decimals as one of 1e-8, which need not be whole: by it what is computed of prices is the same to the last
 * bit whatever they are counted in, as long as eight digits hold them.
 */
export function eighthsOf(count: Fixed, decimals: number): number {
  return decimals <= 8 ? count * POWERS[8 - decimals]! : count / POWERS[decimals - 8]!
}

/** The exact decimal text of a count of 10^-decimals, without trailing zeros: `"0.05"`, `"-12"`. */
export function formatCount(count: Fixed, decimals: number): string {
  const digits = String(Math.abs(count))
  // From 1e21 on a number prints its exponent; no count is as large.
  if (decimals === 0) return count < 0 ? `-${digits}` : digits
  const padded = digits.length > decimals ? digits : digits.padStart(decimals + 1, '0')
  const point = padded.length - decimals
  const fraction = trimmed(padded.slice(point))
  return `${count < 0 ? '-' : ''}${padded.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
}

/** A count of 10^-decimals, exactly. */
export function amountOf(count: Fixed, decimals: number): Amount {
  return BigInt(count) * BIG_POWERS[MOST_DECIMALS - decimals]!
}

/**
 * An ordinary number as the amount that its shortest decimal text says: 1.15 is 1.15. Digits after the eighteenth are
 * rounded. @param value of a magnitude under 1e21
 */
export function toAmount(value: number): Amount {
  const text = String(value)
  return parseAmount(text.includes('e') || decimalsOf(text) > MOST_DECIMALS ? value.toFixed(MOST_DECIMALS) : text)
}

/** The exact decimal text of an {@link Amount}, without trailing zeros: `"0.05"`, `"-12"`. */
export function formatAmount(value: Amount): string {
  const magnitude = value < 0n ? -value : value
  const whole = magnitude / AMOUNT_ONE
  const fraction = trimmed((magnitude % AMOUNT_ONE).toString().padStart(MOST_DECIMALS, '0'))
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * Reads an exact decimal of any length into an {@link Amount}.
 * @throws RangeError where the text is not a plain decimal or has more than eighteen digits after the point.
 */
export function parseAmount(text: string): Amount {
  const match = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text)
  if (match === null) throw new RangeError(`"${text}" is not a decimal with at most eighteen digits after the point`)
  const units = BigInt((match[2] ?? '0') + (match[3] ?? '').padEnd(MOST_DECIMALS, '0'))
  return match[1] === '-' ? -units : units
}

const TOLD = /^-?\d{1,30}(\.\d{1,18})?$/

/** As {@link parseAmount}, of a text that anybody may have written; null where it is no amount that can be kept (NUMERIC(48,18)). */
export function readAmount(text: string): Amount | null {
  return TOLD.test(text) ? parseAmount(text) : null
}

/** Divides and rounds half to even, for any signs. @throws RangeError on a zero divisor. */
export function divideHalfEven(numerator: bigint, divisor: bigint): bigint {
  if (divisor < 0n) return divideHalfEven(-numerator, -divisor)
  const quotient = numerator / divisor
  const remainder = numerator % divisor
  if (remainder === 0n) return quotient
  const twice = (remainder < 0n ? -remainder : remainder) * 2n
  const away = numerator < 0n ? quotient - 1n : quotient + 1n
  if (twice > divisor) return away
  if (twice === divisor && quotient % 2n !== 0n) return away
  return quotient
}

/** `price × size`, exactly. Negative for a negative size. */
export function notional(price: Fixed, size: Fixed, unit: Unit): Money {
  return BigInt(price) * BigInt(size) * BIG_POWERS[MOST_DECIMALS - unit.price - unit.size]!
}

/** `amount × rate`, rounded once, half even. */
export function share(amount: Money, rate: Share): Money {
  return divideHalfEven(amount * BigInt(rate), BigInt(SHARE_ONE))
}

const COARSE = BIG_POWERS[10]!

/** The ordinary number nearest to an {@link Amount}; for ratios and charts, never for the ledger. */
export function amountToNumber(value: Amount): number {
  // What has eight digits at most, as nearly all has, is rounded once instead of twice.
  const coarse = value / COARSE
  return coarse * COARSE === value ? Number(coarse) / SHARE_ONE : Number(value) / POWERS[MOST_DECIMALS]!
}
