const FIRST_MS = 500
/** The longest pause, before jitter. */
const MOST_MS = 20_000

/**
 * How long to wait before an attempt: twice as long each time, up to 20 s, less up to a half by chance, so that the
 * pages of a server that comes back do not all knock at once.
 * @param attempt from 1 on
 * @param random from 0 up to 1
 * @returns milliseconds
 */
export function backOff(attempt: number, random: number): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16))
  return Math.round(whole * (0.5 + random / 2))
}
