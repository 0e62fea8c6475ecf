import { toAmount, type Amount, type Fixed } from '../../domain/money.ts'
import { POWERS } from '../../domain/market/unit.ts'

/** A fault of a strategy's author, in words for them; where it is says the stack. */
export class AuthorError extends Error {
  override readonly name = 'AuthorError'
}

/** What an author computed, without the noise of its last digits: 0.3 − 0.1 is 0.2. */
export function settled(value: number): number {
  return Number(value.toPrecision(15))
}

/** A price as a count of 10^-decimals. What lies between two is rounded as is said. */
export function countOfPrice(price: number, decimals: number, rounding: 'DOWN' | 'UP' | 'NEAREST'): Fixed {
  const scaled = settled(price) * POWERS[decimals]!
  const nearest = Math.round(scaled)
  // The product of two exact numbers is off by the last digit at most.
  if (rounding === 'NEAREST' || Math.abs(scaled - nearest) <= Math.abs(scaled) * 4e-16) return nearest
  return rounding === 'DOWN' ? Math.floor(scaled) : Math.ceil(scaled)
}

/** A size as an amount. */
export function amountOfSize(size: number): Amount {
  return toAmount(settled(size))
}

/** @throws AuthorError unless it is a number above 0, under the largest that can be counted */
export function above0(what: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < 1e15) return value
  throw new AuthorError(`${what} is ${told(value)}; it must be a number above 0`)
}

/** @throws AuthorError unless it is a number between two */
export function between(what: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new AuthorError(`${what} is ${told(value)}; it must be a number from ${least} to ${most}`)
}

/** @throws AuthorError that names what is not known, and what is */
export function onlyKnown(what: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null)
    throw new AuthorError(`${what} is ${told(given)}; it must be an object`)
  const strange = Object.keys(given).filter((key) => !known.includes(key))
  if (strange.length > 0)
    throw new AuthorError(`${what} has no "${strange.join('", "')}"; there are ${known.join(', ')}`)
}

function told(value: unknown): string {
  return typeof value === 'number' || value === undefined
    ? String(value)
    : (JSON.stringify(value) ?? typeof value).slice(0, 80)
}
