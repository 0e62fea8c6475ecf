import type { InstrumentOrigin } from '../../../domain/market/instrument.ts'
import type { FeedStatus } from '../../../domain/market/market.ts'
import type { Product } from '../../../domain/market/product.ts'
import type { Micros } from '../../../domain/time.ts'

/**
 * A block of events, laid out by column: every figure as the double that it is (so exactly), column after column, which
 * compresses well and reads at memory speed. Prices, sizes and ids are stored as differences to the same product's
 * previous figure wherever the whole column can be restored exactly from them. Little-endian, as every machine is that
 * Node runs on but one.
 *
 *     u32 events · u32 ticks · u32 books · u32 levels · u32 bytes of text · u32 bars · 8 unused
 *     text: JSON of {@link Text}, padded to 8 bytes
 *     f64 sequence[events], time[events] · f64 price, size, bid, bidSize, ask, askSize, tradeId [ticks] · f64 levels × 2
 *     f64 begin, open, high, low, close, volume [bars]
 *     u8 kind[events] · u8 column encodings[9] · u8 product, taker [ticks] · u8 product, bids, asks [books]
 *     u8 column encodings[6] where there are bars · u8 product[bars]
 *
 * A product that goes on in another unit is named again, with it. Blocks of before there were units name none: all is 1e-8.
 */
export const HEAD_BYTES = 32
export const KIND_TICK = 0
export const KIND_BOOK = 1
export const KIND_FEED = 2
export const KIND_BAR = 3
export const KIND_INSTRUMENT = 4
export const PLAIN = 0
export const DIFFERENCES = 1
export const COLUMNS = 9

export type FeedRow = Pick<FeedStatus, 'state' | 'product' | 'count' | 'detail'>

/** As {@link InstrumentNotice}, the unit as its decimals and the money as its text. */
export interface InstrumentRow {
  readonly product: Product
  readonly unit: readonly [price: number, size: number]
  readonly increments: readonly [price: number, size: number]
  readonly sizes: readonly [least: number, most: number]
  readonly minValue: string
  readonly origin: InstrumentOrigin
}

/** What a block says in words. */
export interface Text {
  readonly products: readonly Product[]
  /** Of each of `products`, the decimals of its prices and sizes; absent: 8 and 8. */
  readonly units?: readonly (readonly [price: number, size: number])[]
  readonly feeds: readonly FeedRow[]
  /** Absent where there are none. */
  readonly instruments?: readonly InstrumentRow[]
  /** Of each tick whose trade was made before it: its place among the ticks, and when. Absent where there are none. */
  readonly late?: readonly (readonly [tick: number, tradedAt: Micros])[]
}

/** The most products one block can name. */
export const MAX_BLOCK_PRODUCTS = 255

export const TICK_COLUMNS = ['price', 'size', 'bid', 'bidSize', 'ask', 'askSize', 'tradeId'] as const
export const BAR_COLUMNS = ['begin', 'open', 'high', 'low', 'close', 'volume'] as const

export const KINDS = {
  tick: KIND_TICK,
  book: KIND_BOOK,
  feed: KIND_FEED,
  bar: KIND_BAR,
  instrument: KIND_INSTRUMENT,
} as const

/** Where what is in a block, in bytes from its beginning. */
export interface Layout {
  readonly doubles: number
  readonly doubleCount: number
  readonly kinds: number
  readonly encodings: number
  readonly tickProducts: number
  readonly takers: number
  readonly bookProducts: number
  readonly bidCounts: number
  readonly askCounts: number
  readonly barEncodings: number
  readonly barProducts: number
  readonly bytes: number
}

/** The layout of a block that holds so many of each. */
export function measure(
  events: number,
  ticks: number,
  books: number,
  levels: number,
  textBytes: number,
  bars: number,
): Layout {
  const doubles = HEAD_BYTES + Math.ceil(textBytes / 8) * 8
  const doubleCount = events * 2 + ticks * TICK_COLUMNS.length + levels * 2 + bars * BAR_COLUMNS.length
  const kinds = doubles + doubleCount * 8
  const encodings = kinds + events
  const tickProducts = encodings + COLUMNS
  const takers = tickProducts + ticks
  const bookProducts = takers + ticks
  const bidCounts = bookProducts + books
  const askCounts = bidCounts + books
  const barEncodings = askCounts + books
  const barProducts = barEncodings + (bars === 0 ? 0 : BAR_COLUMNS.length)
  return {
    doubles,
    doubleCount,
    kinds,
    encodings,
    tickProducts,
    takers,
    bookProducts,
    bidCounts,
    askCounts,
    barEncodings,
    barProducts,
    bytes: barProducts + bars,
  }
}
