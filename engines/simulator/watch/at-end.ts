import type { SimulatorSnapshot } from '../contract.ts'

/** What the log of a run says at its end, beside what it came to: quotes at which nothing could be filled. */
export function crossedLine({ crossedQuotes: count }: Pick<SimulatorSnapshot, 'crossedQuotes'>): string | null {
  if (count === 0) return null
  return count === 1
    ? 'one quote was crossed or locked, and nothing was filled at it'
    : `${count} quotes were crossed or locked, and nothing was filled at them`
}

/** Why a run does not repeat another, though it was to; null: it does as far as is known. */
export function repetitionDoubt({ switchesLeft: left }: Pick<SimulatorSnapshot, 'switchesLeft'>): string | null {
  if (left === 0) return null
  return `${left} of the switches in TRADING_SWITCHES had no place: the market ended before. It is another one, or shorter.`
}
