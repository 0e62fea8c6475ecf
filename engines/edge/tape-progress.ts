import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'
import { describeTape } from './tape.ts'

/** How far a run has come through its tape. */
export interface TapeProgress {
  /** Market time of what was read last. */
  reach(time: Micros): void
  /** Share of the market time that is to be gone through, from 0 to 1. */
  share(): number
}

/**
 * Looks at a tape's ends. One that is still being written grows while it is read: then the share is of what there was.
 * @param durationSeconds of market time, from its first event on; null: all
 * @throws Error where the file cannot be opened or is no tape.
 */
export function createTapeProgress(path: string, durationSeconds: number | null): TapeProgress {
  const { firstTime, lastTime } = describeTape(path)
  const asked = durationSeconds === null ? Infinity : durationSeconds * MICROS_PER_SECOND
  const span = Math.min(asked, lastTime - firstTime)
  let reached = firstTime
  return {
    reach: (time) => (reached = time),
    share: () => (span <= 0 ? 1 : Math.min(1, Math.max(0, (reached - firstTime) / span))),
  }
}
