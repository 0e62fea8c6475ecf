import { INTERVALS, intervalFor, type Interval } from '../../charts/candles.ts'

/** The parts of the page, by their word in the address. */
export const TABS = {
  overview: 'Overview',
  trades: 'Trades',
  orders: 'Orders',
  trips: 'Round trips',
  signals: 'Signals',
  metrics: 'Metrics',
  engines: 'Engines and logs',
} as const
export type Tab = keyof typeof TABS

/** How far back a chart looks, by the word in the address, in seconds; null: all there is. */
export const RANGES = {
  '1m': { label: '1 min', seconds: 60 },
  '5m': { label: '5 min', seconds: 300 },
  '15m': { label: '15 min', seconds: 900 },
  '1h': { label: '1 h', seconds: 3_600 },
  '6h': { label: '6 h', seconds: 21_600 },
  all: { label: 'All', seconds: null },
} as const
export type Range = keyof typeof RANGES

/** The levels of log lines, from the least. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]
export const ROLES = ['STREAMER', 'ALGORITHM', 'SIMULATOR'] as const

/** What the address says of the page. */
export interface View {
  readonly tab: Tab
  readonly product: string
  /** null: whatever suits the span. */
  readonly interval: Interval | null
  readonly range: Range
  /** Whether signals are marked in the prices, or fills only. */
  readonly signals: boolean
  readonly table: boolean
  /** Whether equity is shown as a table too. */
  readonly equityTable: boolean
  /** Sequence of the signal whose trace is open. */
  readonly trace: string | null
  readonly level: Level
  readonly role: (typeof ROLES)[number] | null
}

function keyOf<Key extends string>(object: Readonly<Record<Key, unknown>>, word: string | null): Key | null {
  return word !== null && Object.hasOwn(object, word) ? (word as Key) : null
}

function oneOf<Word extends string>(words: readonly Word[], word: string | null): Word | null {
  return words.find((each) => each === word) ?? null
}

/** Reads the address; a word that means nothing is as if it were not there. */
export function viewOf(
  search: URLSearchParams,
  run: { readonly products: readonly string[]; readonly isFinal: boolean },
): View {
  const trace = search.get('trace')
  return {
    tab: keyOf(TABS, search.get('tab')) ?? 'overview',
    product: oneOf(run.products, search.get('product')) ?? run.products[0] ?? '',
    interval: keyOf(INTERVALS, search.get('interval')),
    range: keyOf(RANGES, search.get('range')) ?? (run.isFinal ? 'all' : '15m'),
    signals: search.get('marks') !== 'fills',
    table: search.get('table') === '1',
    equityTable: search.get('equity') === 'table',
    trace: trace !== null && /^\d{1,15}$/.test(trace) ? trace : null,
    level: oneOf(LEVELS, search.get('level')) ?? 'info',
    role: oneOf(ROLES, search.get('role')),
  }
}

/** Lengths in seconds of the candles that can be made of those of a finest length. */
export function offeredIntervals(finest: number): readonly number[] {
  const longer = Object.values(INTERVALS).filter((seconds) => seconds > finest && Number.isInteger(seconds / finest))
  return [finest, ...longer]
}

/**
 * Seconds of the candles that are shown: the chosen ones, else those that suit the range, or what there is of it; if there
 * are none of that length, the next longer ones.
 * @param span milliseconds that there is anything of
 * @param finest length in seconds that all are made of
 */
export function shownInterval(view: Pick<View, 'interval' | 'range'>, span: number, finest: number): number {
  const { seconds } = RANGES[view.range]
  const wanted = INTERVALS[view.interval ?? intervalFor(seconds === null ? span : Math.min(span, seconds * 1000))]
  const offered = offeredIntervals(finest)
  return offered.find((each) => each >= wanted) ?? offered.at(-1)!
}

/** An address with some words changed; null takes one out. */
export function changed(search: URLSearchParams, words: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(search)
  for (const [name, value] of Object.entries(words)) {
    if (value === null) next.delete(name)
    else next.set(name, value)
  }
  return next
}
