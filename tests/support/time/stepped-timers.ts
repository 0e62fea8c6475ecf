import type { Micros } from '../../../engines/domain/time.ts'
import { systemTimers, type Timers } from '../../../engines/exchange-sandbox/server/timers.ts'

/** Timers whose clock stands still until a test moves it; what they run, they run at the machine's pace. */
export interface SteppedTimers extends Timers {
  /** Moves the clock on, to so many microseconds after it began. Never back. */
  moveTo(offset: Micros): void
}

export function steppedTimers(): SteppedTimers {
  const system = systemTimers()
  const begin = system.now()
  let offset: Micros = 0
  return {
    ...system,
    now: () => begin + offset,
    moveTo: (next) => {
      offset = Math.max(offset, next)
    },
  }
}
