import type { Clock } from '../graphql/clock.ts'

/** A clock that goes only when a test says so. */
export interface ManualClock extends Clock {
  /** Goes on, and calls whoever is due, in order. */
  advance(milliseconds: number): void
  /** How many wait. */
  waiting(): number
}

/** Begins at 0; chance is always `random`. */
export function createManualClock(random = 0): ManualClock {
  let time = 0
  let timers: { readonly at: number; readonly call: () => void }[] = []
  return {
    now: () => time,
    random: () => random,
    after(milliseconds, call) {
      const timer = { at: time + milliseconds, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    advance(milliseconds) {
      const end = time + milliseconds
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers = timers.filter((one) => one !== next)
        time = next.at
        next.call()
      }
      time = end
    },
    waiting: () => timers.length,
  }
}
