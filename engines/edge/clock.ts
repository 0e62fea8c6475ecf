import { performance } from 'node:perf_hooks'
import type { Micros } from '../domain/time.ts'

/** The only way an engine's I/O asks for time or for a later call; tests hand in one that they move themselves. */
export interface Clock {
  /** Microseconds since 1970, UTC; never falls while the process lives. */
  now(): Micros
  /** Calls `run` once after `milliseconds`. @returns a function that cancels it; calling that twice does no harm. */
  after(milliseconds: number, run: () => void): () => void
}

/** The machine's clock. A correction of the system's time does not reach it: it must not fall. */
export const wallClock: Clock = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => {
      clearTimeout(timer)
    }
  },
}
