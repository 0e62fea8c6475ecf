import { MICROS_PER_MILLISECOND, type Micros } from '../../domain/time.ts'

/** Stops a timer; harmless the second time. */
export type Cancel = () => void

/** The only clock and timers of the sandbox, so that a test can bring its own. */
export interface Timers {
  now(): Micros
  every(milliseconds: number, run: () => void): Cancel
  after(milliseconds: number, run: () => void): Cancel
}

/** The machine's: a clock that never goes back, even where the wall clock is set. */
export function systemTimers(): Timers {
  const origin = Date.now() - performance.now()
  return {
    now: () => Math.round((origin + performance.now()) * MICROS_PER_MILLISECOND),
    every(milliseconds, run) {
      const timer = setInterval(run, milliseconds)
      return () => clearInterval(timer)
    },
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
  }
}
