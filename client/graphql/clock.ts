/** Time and chance, as the connection is given them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once; the result takes it back. */
  after(milliseconds: number, call: () => void): () => void
  /** From 0 up to 1. */
  random(): number
}

/** The browser's own. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
