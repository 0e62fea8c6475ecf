import type { Clock } from '../../../engines/edge/clock.ts'
import type { Micros } from '../../../engines/domain/time.ts'

/** A {@link Clock} that stands still until the test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on and runs, in order, what falls due on the way. */
  advance(milliseconds: number): void
  /** How many calls are waiting. */
  readonly pending: number
}

/** A clock for tests, standing at `start` (microseconds). */
export function manualClock(start: Micros = 1_700_000_000_000_000): ManualClock {
  let now = start
  const waiting: { readonly at: Micros; readonly run: () => void }[] = []
  return {
    now: () => now,
    after(milliseconds, run) {
      const entry = { at: now + milliseconds * 1000, run }
      waiting.push(entry)
      return () => {
        const index = waiting.indexOf(entry)
        if (index >= 0) waiting.splice(index, 1)
      }
    },
    advance(milliseconds) {
      const until = now + milliseconds * 1000
      for (;;) {
        waiting.sort((a, b) => a.at - b.at)
        const next = waiting[0]
        if (next === undefined || next.at > until) break
        waiting.shift()
        now = next.at
        next.run()
      }
      now = until
    },
    get pending() {
      return waiting.length
    },
  }
}
