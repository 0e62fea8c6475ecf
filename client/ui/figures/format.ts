import type { Zone } from '../preferences.ts'

/** What is shown where there is no figure. */
export const NONE = '–'
const MINUS = '−'
/** The most digits after the point that the API's decimals have. */
const MOST_DIGITS = 18
/** Amounts under it are told by their first digits instead of by two after the point: in BTC they are no small change. */
const SMALL_MONEY = 0.01
/** A number under it may be what is left of a difference of binary fractions; the API's decimals are exact. */
const DUST = 1e-9

const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const small = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const exact = new Intl.NumberFormat('en', { maximumFractionDigits: MOST_DIGITS })

/** `-0.00` and its like are zero: a figure that rounds to nothing has no sign. */
function unsigned(text: string): string {
  const bare = text.replace(/^[-−+]/, '')
  return /[1-9]/.test(bare) ? text.replace(/^-/, MINUS) : bare
}

function withPlus(text: string, value: number): string {
  const shown = unsigned(text)
  return value > 0 && /[1-9]/.test(shown) ? `+${shown}` : shown
}

function moneyText(value: string | number): string {
  const size = Math.abs(Number(value))
  const isSmall = size > 0 && size < SMALL_MONEY && (typeof value === 'string' || size >= DUST)
  return (isSmall ? small : money).format(value as number)
}

/**
 * An amount of quote currency with two digits, e.g. `1,234.50`, or, under a hundredth, with its first three: `0.0000812`. Nothing
 * but nothing is `0.00`. @param value the API's Decimal, or a number
 */
export function formatMoney(value: string | number): string {
  return unsigned(moneyText(value))
}

/** The same with its sign: `+12.30`, `−4.00`, `0.00`. */
export function formatSignedMoney(value: string | number): string {
  return withPlus(moneyText(value), Number(value))
}

/** A share as per cent: 0.0123 is `+1.23 %` with a sign, `1.23 %` without. */
export function formatPercent(share: number, { signed = false, digits = 2 } = {}): string {
  const text = `${(share * 100).toFixed(digits)}`
  return `${signed ? withPlus(text, share) : unsigned(text)} %`
}

/** A price or size, with all the digits that it has. */
export function formatExact(value: string | number): string {
  return unsigned(exact.format(value as number))
}

const average = new Intl.NumberFormat('en', { maximumSignificantDigits: 10 })

/** A price that was reckoned, and may have no end of digits: its first ten. */
export function formatAverage(value: string | number): string {
  return unsigned(average.format(value as number))
}

const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 17 })

/** A number that somebody has set, with every digit that it has, however small it is: `100,000`, `0.000000001`. */
export function formatNumber(value: number): string {
  return unsigned(plain.format(value))
}

const fixed = Array.from({ length: MOST_DIGITS + 1 }, (_none, digits) => {
  return new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
})

/** A price with as many digits as its neighbours, so that they stay in line. @param digits from 0 to 18 */
export function formatFixed(value: string | number, digits: number): string {
  return unsigned(fixed[Math.min(MOST_DIGITS, digits)]!.format(value as number))
}

/** How many digits after the point the most exact of some decimals has, from 2 to 18. */
export function digitsOf(values: readonly string[]): number {
  return values.reduce((most, value) => Math.max(most, Math.min(MOST_DIGITS, value.split('.')[1]?.length ?? 0)), 2)
}

/** A size that moves, in a width that stays: `0.0123`, `< 0.0001`, `1,234.5`, `400,000,000`. */
export function formatSize(value: string | number): string {
  const size = Number(value)
  if (size > 0 && size < 0.0001) return '< 0.0001'
  return formatFixed(size, size < 1_000 ? 4 : size < 1_000_000 ? 1 : 0)
}

/** A count: `12,345`. */
export function formatCount(value: string | number): string {
  return unsigned(whole.format(value as number))
}

/** A count with its noun: `1 fill`, `12,345 fills`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** A length of time in its two largest units: `2 h 05 m`, `14 s`. @param seconds at least 0 */
export function formatDuration(seconds: number): string {
  const rest = Math.max(0, Math.floor(seconds))
  const first = UNITS.findIndex(([, size]) => rest >= size)
  if (first === -1) return '0 s'
  const [name, size] = UNITS[first]!
  const next = UNITS[first + 1]
  const lead = `${Math.floor(rest / size)} ${name}`
  if (next === undefined) return lead
  return `${lead} ${String(Math.floor((rest % size) / next[1])).padStart(2, '0')} ${next[0]}`
}

/** The same of something measured: under a minute with a tenth, `2.2 s`. */
export function formatLength(seconds: number): string {
  // What would be rounded up to a minute is one.
  return seconds < 59.95 ? `${seconds.toFixed(1)} s` : formatDuration(Math.max(60, seconds))
}

/**
 * A moment of a scale, counted from its start, in as many units and digits as it takes to tell it from the next one:
 * `1 h 00 m 05 s`, `0.25 s`.
 * @param seconds at least 0
 * @param step seconds from one moment to the next, above 0
 */
export function formatMoment(seconds: number, step: number): string {
  const digits = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9))
  const scale = 10 ** digits
  const ticks = Math.round(seconds * scale)
  const parts = UNITS.map(([name, size], place) => {
    const rest = (ticks % ((UNITS[place - 1]?.[1] ?? Infinity) * scale)) / scale / size
    return { name, text: size === 1 ? rest.toFixed(digits) : String(Math.floor(rest)), size }
  })
  const finest = parts.findIndex(({ size }) => step % size === 0)
  const shown = finest === -1 ? parts : parts.slice(0, finest + 1)
  const first = shown.findIndex(({ size }) => ticks >= size * scale)
  const [lead, ...others] = shown.slice(first)
  const wide = ({ text, size }: (typeof parts)[number]): string =>
    text.padStart(size > 1 || digits === 0 ? 2 : digits + 3, '0')
  return [`${lead!.text} ${lead!.name}`, ...others.map((part) => `${wide(part)} ${part.name}`)].join(' ')
}

function formatter(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const timeZone = zone === 'utc' ? { timeZone: 'UTC' } : {}
  return new Intl.DateTimeFormat('en-GB', { hourCycle: 'h23', ...options, ...timeZone })
}

const MINUTE = { hour: '2-digit', minute: '2-digit' } as const
const CLOCK = { ...MINUTE, second: '2-digit' } as const
const DAY = { day: 'numeric', month: 'short' } as const
const made = new Map<string, Intl.DateTimeFormat>()

function cached(zone: Zone, kind: 'day' | 'year' | 'minute' | 'clock'): Intl.DateTimeFormat {
  const key = `${zone} ${kind}`
  const known = made.get(key)
  if (known !== undefined) return known
  const options = { clock: CLOCK, minute: MINUTE, day: DAY, year: { ...DAY, year: 'numeric' as const } }[kind]
  const fresh = formatter(zone, options)
  made.set(key, fresh)
  return fresh
}

/**
 * A moment: today the time alone; else its day and the minute, and the year where that is another one.
 * @param now milliseconds since 1970
 * @param seconds whether seconds are told of other days too
 */
export function formatTime(time: string, zone: Zone, now: number, seconds = false): string {
  const date = new Date(time)
  const year = cached(zone, 'year')
  if (year.format(date) === year.format(now)) return cached(zone, 'clock').format(date)
  const sameYear = year.format(date).slice(-4) === year.format(now).slice(-4)
  return `${(sameYear ? cached(zone, 'day') : year).format(date)}, ${cached(zone, seconds ? 'clock' : 'minute').format(date)}`
}

/** A moment whole, with the zone: `25 Nov 2026, 18:02:03.120 UTC`. */
export function formatTimeWhole(time: string, zone: Zone): string {
  const options = { ...DAY, year: 'numeric', ...CLOCK, fractionalSecondDigits: 3, timeZoneName: 'short' } as const
  return formatter(zone, options).format(new Date(time))
}

/** What a zone is called: `UTC`, `GMT+2`, `CET`. */
export function zoneName(zone: Zone, now: number): string {
  if (zone === 'utc') return 'UTC'
  const parts = formatter(zone, { timeZoneName: 'short' }).formatToParts(now)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'local'
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** An amount of memory or disk: `12.3 MB`. */
export function formatBytes(bytes: string | number): string {
  let value = Number(bytes)
  let unit = 0
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${SIZES[unit]}`
}
