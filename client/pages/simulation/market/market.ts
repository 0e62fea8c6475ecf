import { coarser, createCandles, type Candles } from '../../../charts/candles.ts'
import type { Connection } from '../../../graphql/connection.ts'
import type { Fault } from '../../../graphql/fault.ts'
import { openNewest } from '../../../graphql/feeds/newest.ts'
import { createCell, type Cell } from '../../../live/cell.ts'
import { digitsOf } from '../../../ui/figures/format.ts'
import type { StoredSeries } from '../documents.ts'
import { TicksSubscription, type Tick } from '../feed-documents.ts'

/** The newest tick, and when it came by this computer's clock, in milliseconds since 1970. */
export interface HeardTick {
  readonly tick: Tick
  readonly heardAt: number
}

/** Price, bid and ask of a product in candles of one interval. */
export interface Quotes {
  readonly price: Candles
  readonly bid: Candles
  readonly ask: Candles
}

/** The market of one product of a run, as it moves. */
export interface Market {
  readonly newest: Cell<HeardTick | null>
  /** Length in seconds of the candles that all others are made of. */
  readonly finest: number
  /** How many digits after the point the most exact of all prices so far has; it never falls, so that an axis stays. */
  readonly digits: () => number
  /** Milliseconds from the first to the last candle. */
  readonly span: () => number
  readonly fault: Cell<Fault | null>
  /** How often holes were filled. */
  readonly filled: Cell<number>
  /**
   * What there is in candles of an interval, kept up to date until another one is asked for.
   * @param filled how often holes had been filled: after each time they are other candles
   */
  readonly quotes: (interval: number, filled: number) => Quotes
  /** Up to when stored candles are known, in seconds since 1970; 0: none is. */
  readonly until: () => number
  /** Whether something happened that neither a stored candle nor a tick has told. */
  readonly hasHole: () => boolean
  /** Ticks may be missing before the next one. */
  readonly cut: () => void
  /** Takes stored candles of the {@link finest} length besides what was made of ticks. */
  readonly fill: (stored: StoredSeries) => void
  readonly follow: (connection: Pick<Connection, 'open'>, id: string, now: () => number) => () => void
}

/** The most candles of the finest length that are held; of a second nearly three hours. */
const MOST_HELD = 10_000
/** The most candles that are shown. */
export const MOST_CANDLES = 3_000

/** A page draws prices five times a second; what becomes of the price meanwhile comes along with the next tick. */
const EVERY_MS = 200

const empty = (interval: number): Quotes => ({
  price: createCandles(interval, MOST_HELD),
  bid: createCandles(interval, MOST_HELD),
  ask: createCandles(interval, MOST_HELD),
})

const pricesOf = ({ open, high, low, close }: Record<'open' | 'high' | 'low' | 'close', string>) => ({
  open: Number(open),
  high: Number(high),
  low: Number(low),
  close: Number(close),
})

/** A bid or ask of 0 is not known: none is drawn. */
function takeTick({ price, bid, ask }: Quotes, tick: Tick, time: number): void {
  price.merge({ time: time / 1000, ...pricesOf({ ...tick, close: tick.price }) })
  if (Number(tick.bid) > 0) bid.add(time, Number(tick.bid))
  if (Number(tick.ask) > 0) ask.add(time, Number(tick.ask))
}

/** What is stored of a product, and how much of it there is by now. */
function createStored(price: Candles, interval: number) {
  let until = 0
  return {
    until: () => until,
    /** @param heard time of the newest tick in seconds; null: none has come */
    take(series: StoredSeries, heard: number | null): void {
      if (series.until !== null) until = Math.max(until, Date.parse(series.until) / 1000)
      for (const candle of series.candles) {
        const time = Date.parse(candle.time) / 1000
        // The last one may be only begun, and go on with ticks that have come already.
        const ends = heard === null || heard < until || time + interval <= until
        price.put({ time, ...pricesOf(candle) }, ends)
      }
    },
  }
}

/** Makes the market of a product. @param begun its candles so far */
export function createMarket(product: string, begun: StoredSeries): Market {
  const newest = createCell<HeardTick | null>(null)
  const fault = createCell<Fault | null>(null)
  const filled = createCell(0)
  const held = empty(begun.interval)
  const stored = createStored(held.price, begun.interval)
  let shown: { readonly interval: number; readonly filled: number; readonly quotes: Quotes } | null = null
  let digits = 0
  /** Time in seconds of the first tick after which none was missed, and of the newest; null: none has come. */
  let since: number | null = null
  let heard: number | null = null
  const takeStored = (series: StoredSeries): void => {
    stored.take(series, heard)
    digits = Math.max(
      digits,
      digitsOf(series.candles.flatMap(({ open, high, low, close }) => [open, high, low, close])),
    )
  }
  takeStored(begun)
  const take = (tick: Tick, heardAt: number): void => {
    const time = Date.parse(tick.time)
    since ??= time / 1000
    heard = time / 1000
    takeTick(held, tick, time)
    if (shown !== null) takeTick(shown.quotes, tick, time)
    digits = Math.max(digits, digitsOf([tick.price, tick.high, tick.low, tick.bid, tick.ask]))
    newest.set({ tick, heardAt })
  }
  return {
    newest,
    finest: begun.interval,
    digits: () => digits,
    span() {
      const all = held.price.all()
      return all.length === 0 ? 0 : (all.at(-1)!.time - all[0]!.time) * 1000
    },
    fault,
    filled,
    until: stored.until,
    hasHole: () => since !== null && stored.until() < since,
    cut: () => (since = null),
    fill(series) {
      takeStored(series)
      filled.set(filled.get() + 1)
    },
    quotes(interval, filling) {
      if (shown?.interval !== interval || shown.filled !== filling) {
        const made = (candles: Candles): Candles => coarser(candles, interval, MOST_CANDLES)
        const quotes = { price: made(held.price), bid: made(held.bid), ask: made(held.ask) }
        shown = { interval, filled: filling, quotes }
      }
      return shown.quotes
    },
    follow: (connection, id, now) =>
      openNewest({
        connection,
        document: TicksSubscription,
        variables: { id, products: [product], everyMs: EVERY_MS },
        onData: ({ ticks }) => take(ticks, now()),
        onFault: fault.set,
      }),
  }
}
