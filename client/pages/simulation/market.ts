import { coarser, createCandles, type Candles } from '../../charts/candles.ts'
import type { Connection } from '../../graphql/connection.ts'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { print } from '../../graphql/print.ts'
import type { ResultOf } from '../../graphql/tada.ts'
import { createCell, type Cell } from '../../live/cell.ts'
import { digitsOf } from '../../ui/format.ts'
import type { StoredCandle } from './documents.ts'
import { TicksSubscription, type Tick } from './feed-documents.ts'

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
  /** Length in seconds of the candles that it began with: finer ones would have holes. At least 1. */
  readonly finest: number
  /** How many ticks have come; each may stand for several of the market's. */
  readonly count: () => number
  /** How many digits after the point the most exact of all prices so far has; it never falls, so that an axis stays. */
  readonly digits: () => number
  readonly fault: Cell<Fault | null>
  /** What there is in candles of an interval, kept up to date until another one is asked for, or holes were filled. */
  readonly quotes: (interval: number) => Quotes
  /** Counts how often holes were filled: what {@link quotes} gave before is not kept up to date any more. */
  readonly filled: Cell<number>
  /** Whether something happened that neither a stored candle nor a tick has told. */
  readonly hasHole: () => boolean
  /** Ticks may be missing before the next one. */
  readonly cut: () => void
  /** Takes stored candles, oldest first, in place of what was made of ticks. */
  readonly fill: (stored: readonly StoredCandle[]) => void
  readonly follow: (connection: Pick<Connection, 'open'>, id: string, now: () => number) => () => void
}

/** The most candles of a second that are kept to make all other intervals of; nearly three hours. */
const MOST_SECONDS = 10_000
/** The most candles that are shown. */
export const MOST_CANDLES = 3_000

/** The page draws ten times a second; what becomes of the price meanwhile comes along with the next tick. */
const EVERY_MS = 100

const empty = (): Quotes => ({
  price: createCandles(1, MOST_SECONDS),
  bid: createCandles(1, MOST_SECONDS),
  ask: createCandles(1, MOST_SECONDS),
})

/** A bid or ask of 0 is not known: none is drawn. */
function takeTick({ price, bid, ask }: Quotes, tick: Tick, time: number): void {
  const [open, high, low, close] = [tick.open, tick.high, tick.low, tick.price].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  price.merge({ time: time / 1000, open, high, low, close })
  if (Number(tick.bid) > 0) bid.add(time, Number(tick.bid))
  if (Number(tick.ask) > 0) ask.add(time, Number(tick.ask))
}

/** Makes the market of a product. @param stored its candles so far, oldest first */
export function createMarket(product: string, stored: readonly StoredCandle[]): Market {
  const newest = createCell<HeardTick | null>(null)
  const fault = createCell<Fault | null>(null)
  const seconds = empty()
  let shown: { readonly interval: number; readonly quotes: Quotes } | null = null
  let count = 0
  let digits = 0
  /** Second of the first tick after which none was missed; null: none has come. */
  let since: number | null = null
  /** Up to which second candles are stored ones. */
  let kept = 0
  const filled = createCell(0)
  const putStored = (candles: readonly StoredCandle[]): void => {
    for (const { time, interval, open, high, low, close } of candles) {
      const prices = { open: Number(open), high: Number(high), low: Number(low), close: Number(close) }
      const begin = Date.parse(time) / 1000
      // Those of less than a second are merged; a whole one is what it is.
      const whole = { time: begin, ...prices }
      if (interval < 1) seconds.price.merge(whole)
      else seconds.price.put(whole)
      kept = Math.max(kept, begin + interval)
    }
    digits = Math.max(digits, digitsOf(candles.flatMap(({ high, low }) => [high, low])))
  }
  putStored(stored)
  const take = (tick: Tick, heardAt: number): void => {
    const time = Date.parse(tick.time)
    since ??= Math.floor(time / 1000)
    takeTick(seconds, tick, time)
    if (shown !== null) takeTick(shown.quotes, tick, time)
    count++
    digits = Math.max(digits, digitsOf([tick.price, tick.bid, tick.ask]))
    newest.set({ tick, heardAt })
  }
  return {
    newest,
    finest: Math.max(1, stored[0]?.interval ?? 1),
    count: () => count,
    digits: () => digits,
    fault,
    filled,
    hasHole: () => since !== null && kept <= since,
    cut: () => (since = null),
    fill(candles) {
      putStored(candles)
      shown = null
      filled.set(filled.get() + 1)
    },
    quotes(interval) {
      if (shown?.interval !== interval) {
        const made = (candles: Candles): Candles => coarser(candles, interval, MOST_CANDLES)
        const quotes = { price: made(seconds.price), bid: made(seconds.bid), ask: made(seconds.ask) }
        shown = { interval, quotes }
      }
      return shown.quotes
    },
    follow: (connection, id, now) =>
      connection.open<ResultOf<typeof TicksSubscription>>(
        { query: print(TicksSubscription), variables: { id, products: [product], everyMs: EVERY_MS } },
        {
          next({ data, errors }) {
            if (errors !== undefined && errors.length > 0) fault.set(sentenceOf(errors))
            else if (data !== null && data !== undefined) take(data.ticks, now())
          },
          error: (error) => fault.set(sentenceOf(error)),
          complete: () => undefined,
        },
      ),
  }
}
