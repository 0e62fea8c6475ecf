import { formatCount } from './format.ts'

interface Counted {
  readonly lost: string | number
  readonly lossUnknown: boolean
}

/** Whether all of a run's market data reached it, as far as anybody knows. */
export const isComplete = ({ lost, lossUnknown }: Counted): boolean => Number(lost) === 0 && !lossUnknown

/** How much is lost: a number where it is known, and not 0 where it is not. */
export function formatLost({ lost, lossUnknown }: Counted): string {
  if (!lossUnknown) return formatCount(lost)
  return Number(lost) === 0 ? 'unknown' : `at least ${formatCount(lost)}`
}
