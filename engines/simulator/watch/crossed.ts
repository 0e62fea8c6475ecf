import type { SimulatorSnapshot } from '../contract.ts'

/** What the log of a run says at its end of quotes at which nothing could be filled; null: there were none. */
export function crossedLine({ crossedQuotes: count }: Pick<SimulatorSnapshot, 'crossedQuotes'>): string | null {
  if (count === 0) return null
  return count === 1
    ? 'one quote was crossed or locked, and nothing was filled at it'
    : `${count} quotes were crossed or locked, and nothing was filled at them`
}
