/** What became of a price, or of any other figure, within an interval. */
export interface Candle {
  /** Where its interval begins, in seconds since 1970. */
  readonly time: number
  open: number
  high: number
  low: number
  close: number
}

/** Candles of one interval, made of prices one at a time. */
export interface Candles {
  /** Of the interval, in seconds. */
  readonly interval: number
  /** Oldest first; at most the bound. Changed in place: read it, do not keep it. */
  readonly all: () => readonly Candle[]
  /**
   * Takes a price in. One that is older than the newest candle is put where it belongs, if that candle is still there.
   * @param time milliseconds since 1970
   */
  readonly add: (time: number, price: number) => void
  /** The same with a candle of a finer interval, of which this one must be a multiple: nothing of it is lost. */
  readonly merge: (candle: Readonly<Candle>) => void
  /**
   * Puts a candle of this interval, of which more may be known, into its place: it begins as this one does, and holds both.
   * @param ends whether it ends as this one does too; else as what is there, if there is anything
   */
  readonly put: (candle: Readonly<Candle>, ends: boolean) => void
  /** How many candles have been let go of at the front, so that who draws knows to draw anew. */
  readonly dropped: () => number
  /** Counts prices that came late, i.e. changed a candle before the newest. */
  readonly late: () => number
}

/** How many more than the bound there may be before the front is cut off, so that cutting is rare. */
const SLACK = 0.1

function widen(candle: Candle, by: Readonly<Candle>): void {
  candle.high = Math.max(candle.high, by.high)
  candle.low = Math.min(candle.low, by.low)
}

/** Where a candle of this time is, or would be put. */
function placeOf(candles: readonly Candle[], time: number): number {
  let [low, high] = [0, candles.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (candles[middle]!.time < time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Makes an empty row of candles.
 * @param interval seconds, above 0
 * @param bound the most candles that are kept; of more, the oldest go
 */
export function createCandles(interval: number, bound: number): Candles {
  let candles: Candle[] = []
  let dropped = 0
  let late = 0
  const takeLate = (candle: Candle): void => {
    const place = placeOf(candles, candle.time)
    const found = candles[place]
    late++
    if (found?.time === candle.time) widen(found, candle)
    // Before the first there may have been others that were let go of: a candle of one late price would be wrong.
    else if (place > 0) candles.splice(place, 0, candle)
  }
  const take = (candle: Candle): void => {
    const last = candles.at(-1)
    if (last !== undefined && candle.time < last.time) return takeLate(candle)
    if (last?.time === candle.time) {
      widen(last, candle)
      last.close = candle.close
      return
    }
    candles.push(candle)
    if (candles.length <= bound * (1 + SLACK)) return
    dropped += candles.length - bound
    candles = candles.slice(-bound)
  }
  const put = (candle: Readonly<Candle>, ends: boolean): void => {
    const last = candles.at(-1)
    if (last === undefined || candle.time > last.time) return take({ ...candle })
    const place = placeOf(candles, candle.time)
    const found = candles[place]
    late++
    if (found?.time === candle.time) {
      widen(found, candle)
      found.open = candle.open
      if (ends) found.close = candle.close
    } else if (place > 0 || dropped === 0) candles.splice(place, 0, { ...candle })
  }
  const begin = (seconds: number): number => Math.floor(seconds / interval) * interval
  return {
    interval,
    all: () => candles,
    dropped: () => dropped,
    late: () => late,
    add: (time, price) => take({ time: begin(time / 1000), open: price, high: price, low: price, close: price }),
    put: (candle, ends) => put({ ...candle, time: begin(candle.time) }, ends),
    merge: (candle) => take({ ...candle, time: begin(candle.time) }),
  }
}

/** The same in coarser candles. */
export function coarser(candles: Candles, interval: number, bound: number): Candles {
  const made = createCandles(interval, bound)
  for (const candle of candles.all()) made.merge(candle)
  return made
}

/** The intervals to choose from, by their word in the address, in seconds. */
export const INTERVALS = { '1s': 1, '5s': 5, '15s': 15, '1m': 60, '5m': 300, '15m': 900, '1h': 3_600 } as const
export type Interval = keyof typeof INTERVALS

/**
 * The interval that shows a span in a readable number of candles.
 * @param milliseconds how long the span is
 */
export function intervalFor(milliseconds: number): Interval {
  const most = 300
  const names = Object.keys(INTERVALS) as Interval[]
  return names.find((name) => milliseconds / 1000 / INTERVALS[name] <= most) ?? '1h'
}
