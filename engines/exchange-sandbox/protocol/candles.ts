import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import type { DayStats } from '../action.ts'
import type { Listing } from '../listing.ts'
import { createRandom } from '../market/random.ts'

/** One bucket as the venue's REST writes it: `[start in seconds, low, high, open, close, volume]`. */
export type CandleRow = [time: number, low: number, high: number, open: number, close: number, volume: number]

/** Bucket lengths that the venue offers, in seconds. */
export const GRANULARITIES: readonly number[] = [60, 300, 900, 3600, 21_600, 86_400]

/** The most rows of one answer. */
export const MOST_CANDLES = 300

const MINUTE = 60
const MINUTES_PER_DAY = 1440
/** Minutes kept: a week. */
const MOST_MINUTES = 7 * MINUTES_PER_DAY

/** The minute candles of one product, bounded to a week. */
export interface CandleStore {
  add(time: Micros, price: number, size: number): void
  /**
   * Newest first, at most {@link MOST_CANDLES}, empty intervals omitted.
   * @param from,to seconds since 1970, both inclusive, on the buckets' starts
   */
  rows(granularity: number, from: number, to: number): CandleRow[]
  /** The last 24 hours' figures as of `time`. */
  day(time: Micros): DayStats
}

export function createCandleStore(past: readonly CandleRow[] = []): CandleStore {
  let minutes: CandleRow[] = [...past]
  /** Figures of the whole minutes before the current one, renewed once a minute. */
  let settled = { until: -1, open: 0, high: 0, low: 0, volume: 0 }

  const settle = (current: number): void => {
    if (settled.until === current) return
    const window = minutes.filter((row) => row[0] > current - MINUTES_PER_DAY * MINUTE && row[0] < current)
    settled = { until: current, open: window[0]?.[3] ?? 0, high: 0, low: Number.POSITIVE_INFINITY, volume: 0 }
    for (const row of window) {
      settled.low = Math.min(settled.low, row[1])
      settled.high = Math.max(settled.high, row[2])
      settled.volume += row[5]
    }
  }

  return {
    add(time, price, size) {
      const start = Math.floor(time / MICROS_PER_SECOND / MINUTE) * MINUTE
      const last = minutes.at(-1)
      if (last === undefined || last[0] < start) {
        minutes.push([start, price, price, price, price, size])
        if (minutes.length > MOST_MINUTES + MINUTES_PER_DAY) minutes = minutes.slice(-MOST_MINUTES)
        return
      }
      last[1] = Math.min(last[1], price)
      last[2] = Math.max(last[2], price)
      last[4] = price
      last[5] += size
    },
    rows(granularity, from, to) {
      const found: CandleRow[] = []
      for (const row of minutes) {
        const start = Math.floor(row[0] / granularity) * granularity
        if (start < from || start > to) continue
        const bucket = found.at(-1)
        if (bucket === undefined || bucket[0] !== start) found.push([start, row[1], row[2], row[3], row[4], row[5]])
        else {
          bucket[1] = Math.min(bucket[1], row[1])
          bucket[2] = Math.max(bucket[2], row[2])
          bucket[4] = row[4]
          bucket[5] += row[5]
        }
      }
      // Sums of sizes carry binary dust beyond the eighth digit.
      for (const bucket of found) bucket[5] = Number(bucket[5].toFixed(8))
      return found.slice(-MOST_CANDLES).reverse()
    },
    day(time) {
      const current = Math.floor(time / MICROS_PER_SECOND / MINUTE) * MINUTE
      settle(current)
      const last = minutes.at(-1)
      const [, low, high, open, , volume] = last !== undefined && last[0] >= current ? last : [0, 0, 0, 0, 0, 0]
      const known = low === 0 ? settled.low : Math.min(settled.low, low)
      return {
        open: settled.open === 0 ? open : settled.open,
        high: Math.max(settled.high, high),
        low: Number.isFinite(known) ? known : 0,
        volume24h: settled.volume + volume,
        volume30d: (settled.volume + volume) * 30,
      }
    },
  }
}

/**
 * A made-up day of minute candles that leads up to the start of a generated market, so that REST answers and day
 * figures have a past. It is drawn backwards from the start price.
 */
export function inventPast(seed: number, listing: Listing, start: Micros): CandleRow[] {
  const random = createRandom(seed, `${listing.product} past`)
  const deviation = listing.annualVolatility * Math.sqrt(MINUTE / (365 * 86_400))
  const tick = 10 ** -listing.priceScale
  const onTick = (price: number): number => Number((Math.max(1, Math.round(price / tick)) * tick).toFixed(8))
  const rows: CandleRow[] = []
  let close = listing.startPrice
  let time = Math.floor(start / MICROS_PER_SECOND / MINUTE) * MINUTE
  for (let count = 0; count < MINUTES_PER_DAY && time >= MINUTE; count += 1) {
    time -= MINUTE
    const open = onTick(close * Math.exp(-deviation * random.normal()))
    const reach = deviation * 0.5 * close
    const high = onTick(Math.max(open, close) + reach * random.exponential())
    const low = onTick(Math.min(open, close) - reach * random.exponential())
    const volume = listing.tradeSize * listing.eventsPerSecond * 10 * Math.exp(0.6 * random.normal())
    rows.push([time, low, high, open, onTick(close), Number(volume.toFixed(listing.sizeScale))])
    close = open
  }
  return rows.reverse()
}
