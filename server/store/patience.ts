/** How often time is counted. */
const TICK_MS = 50
/** The most that one tick counts for. */
const MOST_MS = 2 * TICK_MS

/** What a test puts in the place of the process's timers and clock. */
export interface PatienceTimes {
  readonly now: () => number
  /** Calls `work` in so many milliseconds, or later where the loop is late; gives back what calls that off. */
  readonly after: (milliseconds: number, work: () => void) => () => void
  /** Calls `work` once all that has arrived by now was read. */
  readonly onceRead: (work: () => void) => void
}

const REAL_TIMES: PatienceTimes = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds)
    return () => clearTimeout(timer)
  },
  onceRead: (work) => void setImmediate(work),
}

/**
 * Waits for an answer from outside, but no longer than a time in which this process could have read it: while its own event
 * loop stands still, on a machine that has too much to do, answers lie unread, and nobody else is to blame for it.
 * @throws what `late` makes.
 */
export async function withinOwnTime<Value>(
  work: Promise<Value>,
  withinMs: number,
  late: () => Error,
  times: PatienceTimes = REAL_TIMES,
): Promise<Value> {
  let cancel: () => void = () => undefined
  const over = new Promise<never>((_resolve, reject) => {
    let counted = 0
    let last = times.now()
    const tick = (): void => {
      const now = times.now()
      counted += Math.min(now - last, MOST_MS)
      last = now
      if (counted < withinMs) cancel = times.after(TICK_MS, tick)
      else times.onceRead(() => reject(late()))
    }
    cancel = times.after(TICK_MS, tick)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    cancel()
  }
}
