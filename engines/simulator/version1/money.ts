/**
 * Numbers that stand for prices, sizes and money.
 *
 * Two representations, each where it is right:
 * - {@link Fixed}: what travels at tick rate. A JavaScript number that holds a whole count of 1e-8.
 *   Whole numbers up to 2^53 are exact, so a price up to 90,071,992.54740992 is exact to the last digit;
 *   larger values stay exact where they are coarse (any whole size up to 2.3e10).
 * - {@link Money}: what the ledger adds up. A bigint count of 1e-8 of the quote currency, exact at any size.
 */
import type { Amount } from '../../domain/money.ts'

/** A whole count of 1e-8 (of the quote currency for prices, of the base currency for sizes), held in a number. */
export type Fixed = number

/** A whole count of 1e-8 of the quote currency, held in a bigint: exact at any size. */
export type Money = bigint

/** How many {@link Fixed} make one. */
export const FIXED_ONE = 100_000_000

const MONEY_ONE = 100_000_000n

/** The nearest {@link Fixed} to an ordinary number, e.g. `0.05` → `5_000_000`. */
export function toFixed(value: number): Fixed {
  return Math.round(value * FIXED_ONE)
}

/** The exact decimal text of a {@link Fixed} or {@link Money}, without trailing zeros: `"0.05"`, `"-12"`. */
export function formatDecimal(value: Fixed | Money): string {
  const units = typeof value === 'bigint' ? value : BigInt(value)
  const magnitude = units < 0n ? -units : units
  const whole = magnitude / MONEY_ONE
  const fraction = (magnitude % MONEY_ONE).toString().padStart(8, '0').replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * Reads an exact decimal of any length into {@link Money}.
 * @throws RangeError where the text is not a plain decimal or has more than eight digits after the point.
 */
export function parseMoney(text: string): Money {
  const match = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(text)
  if (match === null) throw new RangeError(`"${text}" is not a decimal with at most eight digits after the point`)
  const units = BigInt(match[2] ?? '0') * MONEY_ONE + BigInt((match[3] ?? '').padEnd(8, '0'))
  return match[1] === '-' ? -units : units
}

/** Divides and rounds half to even, for any signs. @throws RangeError on a zero divisor. */
export function divideHalfEven(numerator: bigint, divisor: bigint): bigint {
  if (divisor < 0n) return divideHalfEven(-numerator, -divisor)
  const quotient = numerator / divisor
  const remainder = numerator % divisor
  const twice = (remainder < 0n ? -remainder : remainder) * 2n
  const away = numerator < 0n ? quotient - 1n : quotient + 1n
  if (twice > divisor) return away
  if (twice === divisor && quotient % 2n !== 0n) return away
  return quotient
}

/** `price × size`, rounded once, half even, to 1e-8 of the quote currency. */
export function notional(price: Fixed, size: Fixed): Money {
  return divideHalfEven(BigInt(price) * BigInt(size), MONEY_ONE)
}

/** `amount × rate`, rounded once, half even. `rate` is a {@link Fixed} share, e.g. `100_000` for 0.001. */
export function share(amount: Money, rate: Fixed): Money {
  return divideHalfEven(amount * BigInt(rate), MONEY_ONE)
}

/** The ordinary number nearest to a {@link Money}; for ratios and charts, never for the ledger. */
export function moneyToNumber(value: Money): number {
  return Number(value) / FIXED_ONE
}

/** As the rest of the house counts it. */
export function toAmount(value: Fixed | Money): Amount {
  return BigInt(value) * 10_000_000_000n
}

/** The reverse of {@link toAmount}. What is finer is cut off. */
export function fromAmount(value: Amount): Money {
  return value / 10_000_000_000n
}
