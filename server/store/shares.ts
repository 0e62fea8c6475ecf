/** What connections are for; nobody waits for those of others. */
export interface Shares {
  /** Events and log lines on their way into the database, which takes one at a time. */
  readonly recording: number
  /** That this server lives, and whether the database does. */
  readonly living: number
  /** Reads whose size depends on what is asked for: curves, candles, sums over runs. */
  readonly heavy: number
  /** Everything else. */
  readonly work: number
}

/** The fewest connections that can be shared out. */
export const LEAST_CONNECTIONS = 4

/** Shares connections out. @param size at least {@link LEAST_CONNECTIONS} */
export function sharesOf(size: number): Shares {
  const heavy = Math.max(1, Math.floor(size / 5))
  return { recording: 1, living: 1, heavy, work: size - 2 - heavy }
}
