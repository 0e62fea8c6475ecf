import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import { describeTape, type TapeDescription } from './reader.ts'

/** How far a run has come through its tape. */
export interface TapeProgress {
  /** Market time of what was read last. */
  reach(time: Micros): void
  /** Share of the market time that is to be gone through, from 0 to 1; null before anything was read. */
  share(): number | null
}

/**
 * Goes by a tape's ends, and looks at them again where it is read beyond: one that is still being written grows meanwhile.
 * @param tape what it held when it was opened
 * @param durationSeconds of market time, from its first event on; null: all
 */
export function createTapeProgress(path: string, tape: TapeDescription, durationSeconds: number | null): TapeProgress {
  const asked = durationSeconds === null ? Infinity : durationSeconds * MICROS_PER_SECOND
  let ends = tape
  let reached: Micros | null = null
  return {
    reach: (time) => (reached = time),
    share() {
      if (reached === null) return null
      if (reached > ends.lastTime) ends = lookAgain(path) ?? ends
      const span = Math.min(asked, ends.lastTime - ends.firstTime)
      return span <= 0 ? 1 : Math.min(1, Math.max(0, (reached - ends.firstTime) / span))
    },
  }
}

/** null where it cannot be looked at any more: whoever reads it says so. */
function lookAgain(path: string): TapeDescription | null {
  try {
    return describeTape(path)
  } catch {
    return null
  }
}
