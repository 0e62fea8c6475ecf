/**
 * Time inside events: whole microseconds since 1970-01-01T00:00:00Z, UTC, held in a number (exact until the year 2255).
 * Nothing in the cores asks a clock; time comes in through events.
 */
export type Micros = number

export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_MILLISECOND = 1_000

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/

/**
 * Reads the venue's ISO-8601 UTC time, e.g. `2026-09-02T07:44:10.104422Z`; digits after the sixth are cut.
 * @returns the time, or `NaN` where the text is no such time.
 */
export function parseTime(text: string): Micros {
  const match = ISO.exec(text)
  if (match === null) return Number.NaN
  const milliseconds = Date.parse(`${match[1]}Z`)
  return milliseconds * MICROS_PER_MILLISECOND + Number((match[2] ?? '').slice(0, 6).padEnd(6, '0'))
}

/** The times that can be kept and counted with, in words. */
export const KEEPABLE_TIMES = 'from 1970 to 2255'

/** Whether a time is one of {@link KEEPABLE_TIMES}: databases have no others in common, and numbers hold no later one exactly. */
export function isKeepableTime(time: Micros): boolean {
  return time >= 0 && time <= Number.MAX_SAFE_INTEGER
}

/** RFC 3339 in UTC with six digits of a second: `2026-09-02T07:44:10.104422Z`. */
export function formatTime(time: Micros): string {
  const seconds = Math.floor(time / MICROS_PER_SECOND)
  const micros = time - seconds * MICROS_PER_SECOND
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  return `${whole}.${String(micros).padStart(6, '0')}Z`
}
