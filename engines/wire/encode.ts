import {
  MAX_BOOK_LEVELS,
  type BookSnapshot,
  type FeedState,
  type FeedStatus,
  type Level,
  type Tick,
} from '../domain/market.ts'
import { isProduct, type Product } from '../domain/product.ts'
import type { Side } from '../domain/side.ts'
import { isWhole } from './frame.ts'
import type { WireMessage, WireSignal } from './message.ts'
import { textBound, writeName, writeText } from './text.ts'

/** Numbers of the message types in DATA; see PROTOCOL.md. */
export const MESSAGE = { tick: 1, book: 2, feed: 3, signal: 4 } as const

/** Added to a tick's side where the time of its trade follows. */
export const LATE = 2

/** A feed's state by its number on the wire, less one. */
export const FEED_STATES: readonly FeedState[] = ['CONNECTED', 'RECONNECTING', 'GAP', 'REFILLED', 'REFUSED', 'CLOSED']

/**
 * A number of bytes that certainly holds the message in a datagram that names `products` already; at most 1,325, so
 * that any message fits an empty datagram.
 */
export function messageBound(message: WireMessage, products: readonly Product[]): number {
  const prefix = products.includes(message.product) ? 2 : 3 + message.product.length
  switch (message.type) {
    case 'tick':
      return prefix + (message.tradedAt === undefined ? 73 : 81)
    case 'book':
      return prefix + 18 + 16 * (message.bids.length + message.asks.length)
    case 'feed':
      return prefix + 25 + textBound(message.detail)
    case 'signal':
      return prefix + 49 + textBound(message.reason)
  }
}

/**
 * Writes one message at `offset`, where {@link messageBound} bytes must be free.
 * @param products the products already named in this datagram; a new one is added.
 * @returns the offset after it.
 * @throws RangeError where the message could not be read back: a number that is not whole, no product id, too many levels.
 */
export function writeMessage(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  products: Product[],
  message: WireMessage,
): number {
  switch (message.type) {
    case 'tick':
      return writeTick(view, offset, products, message)
    case 'book':
      return writeBook(view, offset, products, message)
    case 'feed':
      return writeFeed(bytes, view, offset, products, message)
    case 'signal':
      return writeSignal(bytes, view, offset, products, message)
  }
}

function writePrefix(view: DataView, offset: number, type: number, products: Product[], product: Product): number {
  view.setUint8(offset, type)
  const index = products.indexOf(product)
  if (index >= 0) {
    view.setUint8(offset + 1, index)
    return offset + 2
  }
  if (!isProduct(product) && !(product === '' && type === MESSAGE.feed)) {
    throw new RangeError(`"${product}" is not a product id, so it cannot be sent`)
  }
  view.setUint8(offset + 1, products.length)
  products.push(product)
  return writeName(view, offset + 2, product)
}

function writeWhole(view: DataView, offset: number, value: number, field: string): void {
  if (!isWhole(value)) throw new RangeError(`${field} is ${value}: only whole numbers from 0 to 2^53 - 1 can be sent`)
  view.setFloat64(offset, value, true)
}

function writeSide(view: DataView, offset: number, side: Side): void {
  view.setUint8(offset, side === 'BUY' ? 1 : 2)
}

function writeTick(view: DataView, offset: number, products: Product[], tick: Tick): number {
  const at = writePrefix(view, offset, MESSAGE.tick, products, tick.product)
  writeSide(view, at, tick.takerSide)
  writeWhole(view, at + 1, tick.sequence, 'sequence')
  writeWhole(view, at + 9, tick.time, 'time')
  writeWhole(view, at + 17, tick.price, 'price')
  writeWhole(view, at + 25, tick.size, 'size')
  writeWhole(view, at + 33, tick.bid, 'bid')
  writeWhole(view, at + 41, tick.bidSize, 'bidSize')
  writeWhole(view, at + 49, tick.ask, 'ask')
  writeWhole(view, at + 57, tick.askSize, 'askSize')
  writeWhole(view, at + 65, tick.tradeId, 'tradeId')
  if (tick.tradedAt === undefined) return at + 73
  view.setUint8(at, view.getUint8(at) + LATE)
  writeWhole(view, at + 73, tick.tradedAt, 'tradedAt')
  return at + 81
}

function writeBook(view: DataView, offset: number, products: Product[], book: BookSnapshot): number {
  if (book.bids.length > MAX_BOOK_LEVELS || book.asks.length > MAX_BOOK_LEVELS) {
    throw new RangeError(
      `a book has ${book.bids.length} bids and ${book.asks.length} asks; at most ${MAX_BOOK_LEVELS} fit`,
    )
  }
  const at = writePrefix(view, offset, MESSAGE.book, products, book.product)
  writeWhole(view, at, book.sequence, 'sequence')
  writeWhole(view, at + 8, book.time, 'time')
  view.setUint8(at + 16, book.bids.length)
  view.setUint8(at + 17, book.asks.length)
  return writeLevels(view, writeLevels(view, at + 18, book.bids), book.asks)
}

function writeLevels(view: DataView, offset: number, levels: readonly Level[]): number {
  let at = offset
  for (const level of levels) {
    writeWhole(view, at, level[0], 'level price')
    writeWhole(view, at + 8, level[1], 'level size')
    at += 16
  }
  return at
}

function writeFeed(bytes: Uint8Array, view: DataView, offset: number, products: Product[], feed: FeedStatus): number {
  const at = writePrefix(view, offset, MESSAGE.feed, products, feed.product)
  view.setUint8(at, FEED_STATES.indexOf(feed.state) + 1)
  writeWhole(view, at + 1, feed.sequence, 'sequence')
  writeWhole(view, at + 9, feed.time, 'time')
  writeWhole(view, at + 17, feed.count, 'count')
  return writeText(bytes, view, at + 25, feed.detail)
}

function writeSignal(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  products: Product[],
  signal: WireSignal,
): number {
  if (!(signal.confidence >= 0 && signal.confidence <= 1)) {
    throw new RangeError(`confidence is ${signal.confidence}: it must be in [0, 1]`)
  }
  if (!Number.isFinite(signal.indicator)) throw new RangeError(`indicator is ${signal.indicator}: it must be finite`)
  const at = writePrefix(view, offset, MESSAGE.signal, products, signal.product)
  writeSide(view, at, signal.side)
  view.setFloat64(at + 1, signal.confidence, true)
  writeWhole(view, at + 9, signal.price, 'price')
  view.setFloat64(at + 17, signal.indicator, true)
  writeWhole(view, at + 25, signal.time, 'time')
  writeWhole(view, at + 33, signal.cause, 'cause')
  writeWhole(view, at + 41, signal.originSentAt, 'originSentAt')
  return writeText(bytes, view, at + 49, signal.reason)
}
