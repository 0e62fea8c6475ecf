import type { Instrument } from './instrument.ts'
import type { Fixed } from '../money.ts'
import type { Product } from './product.ts'
import type { Side } from '../side.ts'
import type { Micros } from '../time.ts'
import type { Unit } from './unit.ts'

/** The most levels a side of a {@link BookSnapshot}; chosen so that one always fits one datagram (2 × 40 × 16 B). */
export const MAX_BOOK_LEVELS = 40

/** How many levels a side the streamer publishes unless told otherwise. */
export const DEFAULT_BOOK_LEVELS = 20

/**
 * What every market event carries.
 * Within one feed session `sequence` rises by one from 1, and `time` never falls (an event that the venue dated
 * earlier than its predecessor takes the predecessor's time).
 */
interface Observed {
  /** Place in the feed session, from 1, without holes. */
  readonly sequence: number
  /** The venue's time of the event. */
  readonly time: Micros
}

/**
 * The best bid and ask with their sizes, and the last trade.
 * Sent whenever one of these changes. A tick whose `tradeId` differs from the product's previous tick reports a new
 * trade; each trade of the venue is reported by exactly one tick that is first to carry its id.
 * `bid`, `ask` and their sizes are 0 where not known (then `bidSize`/`askSize` 0 means "not known", not "empty").
 */
export interface Tick extends Observed {
  readonly type: 'tick'
  readonly product: Product
  /** In what its prices and sizes are counted. */
  readonly unit: Unit
  /** Price of the last trade; 0 before the first. */
  readonly price: Fixed
  /** Size of the last trade. */
  readonly size: Fixed
  readonly bid: Fixed
  readonly bidSize: Fixed
  readonly ask: Fixed
  readonly askSize: Fixed
  /** The venue's id of the last trade; 0 before the first. Contiguous per product. */
  readonly tradeId: number
  /** The TAKER's side of the last trade. */
  readonly takerSide: Side
  /**
   * The venue's time of the trade, where that was fetched afterwards, or waited behind one that was: before `time`. What is
   * reckoned by intervals of time goes by it. Absent elsewhere.
   */
  readonly tradedAt?: Micros
}

/** One price level: price, then size. */
export type Level = readonly [price: Fixed, size: Fixed]

/**
 * The best levels of a product's book, complete in itself (never a difference), best first: bids fall, asks rise.
 * At most {@link MAX_BOOK_LEVELS} a side. Sent before the tick that the same change of the book causes.
 */
export interface BookSnapshot extends Observed {
  readonly type: 'book'
  readonly product: Product
  /** In what its prices and sizes are counted. */
  readonly unit: Unit
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/**
 * What became of the feed. An algorithm must be able to react to it, and a tape must contain it.
 * - `CONNECTED`: data flows (again).
 * - `RECONNECTING`: the connection is gone; the product's book is unknown until the next snapshot.
 * - `GAP`: `count` trades of `product` are missing and could not be refilled.
 * - `REFILLED`: `count` missing trades of `product` were fetched afterwards and follow in order.
 * - `REFUSED`: the venue does not serve `product`, or serves it in a way that cannot be carried; `detail` says why.
 * - `CLOSED`: the same after the product had been served: nothing more of it is to be believed.
 */
export type FeedState = 'CONNECTED' | 'RECONNECTING' | 'GAP' | 'REFILLED' | 'REFUSED' | 'CLOSED'

/** A change in the feed's own condition. `product` is empty where it concerns all. */
export interface FeedStatus extends Observed {
  readonly type: 'feed'
  readonly state: FeedState
  readonly product: Product
  /** How many trades, where the state speaks of some; else 0. */
  readonly count: number
  /** For a person; at most 200 characters. */
  readonly detail: string
}

/** What became of a product's price within an interval of a source that tells no single trades. Told at the interval's end. */
export interface Bar extends Observed {
  readonly type: 'bar'
  readonly product: Product
  /** In what its prices and its volume are counted. */
  readonly unit: Unit
  /** Where the interval begins; `time` is where it ends. */
  readonly begin: Micros
  readonly open: Fixed
  readonly high: Fixed
  readonly low: Fixed
  readonly close: Fixed
  /** Traded size of the interval; 0: not known. */
  readonly volume: Fixed
}

/** A product's definition, which holds from here on. It may be told again unchanged. */
export interface InstrumentNotice extends Observed, Instrument {
  readonly type: 'instrument'
}

/** All that a streamer publishes, a tape holds and an algorithm sees. */
export type MarketEvent = Tick | BookSnapshot | FeedStatus | Bar | InstrumentNotice
