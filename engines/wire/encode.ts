import { INSTRUMENT_ORIGINS } from '../domain/market/instrument.ts'
import {
  MAX_BOOK_LEVELS,
  type Bar,
  type BookSnapshot,
  type FeedState,
  type FeedStatus,
  type InstrumentNotice,
  type Level,
  type Tick,
} from '../domain/market/market.ts'
import { formatAmount } from '../domain/money.ts'
import { isProduct, type Product } from '../domain/market/product.ts'
import type { Side } from '../domain/side.ts'
import { unitOf, type Unit } from '../domain/market/unit.ts'
import { TRADING_STATES } from '../domain/trading/order.ts'
import { commandBound, writeCommand } from './command.ts'
import { isWhole } from './frame.ts'
import type { WireMessage, WireSignal } from './message.ts'
import { textBound, writeName, writeText } from './text.ts'

/** Numbers of the message types in DATA; see PROTOCOL.md. */
export const MESSAGE = { tick: 1, book: 2, feed: 3, signal: 4, bar: 5, instrument: 6, command: 7, trading: 8 } as const

/** Added to a tick's side where the time of its trade follows. */
export const LATE = 2

/** What a feed message is counted in, which counts nothing. */
export const UNCOUNTED = unitOf(0, 0)

/** The products that a datagram has named already, each with the unit that it was named in. */
export interface Names {
  readonly products: Product[]
  readonly units: Unit[]
}

/** No product is named yet. */
export const noNames = (): Names => ({ products: [], units: [] })

/** Where a product is in the list, by its unit; -1: it was not named in it. */
function placeOf({ products, units }: Names, product: Product, unit: Unit): number {
  for (let index = 0; index < products.length; index += 1) {
    if (products[index] === product && units[index] === unit) return index
  }
  return -1
}

/** A feed's state by its number on the wire, less one. */
export const FEED_STATES: readonly FeedState[] = ['CONNECTED', 'RECONNECTING', 'GAP', 'REFILLED', 'REFUSED', 'CLOSED']

/**
 * A number of bytes that certainly holds the message in a datagram that names some products already; at most 1,328, so
 * that any message fits an empty datagram.
 */
export function messageBound(message: WireMessage, names: Names): number {
  const prefix = placeOf(names, message.product, unitIn(message)) >= 0 ? 2 : 5 + message.product.length
  switch (message.type) {
    case 'tick':
      return prefix + (message.tradedAt === undefined ? 73 : 81)
    case 'book':
      return prefix + 18 + 16 * (message.bids.length + message.asks.length)
    case 'feed':
      return prefix + 25 + textBound(message.detail)
    case 'signal':
      return prefix + 49 + textBound(message.reason)
    case 'bar':
      return prefix + 64
    case 'instrument':
      return prefix + 49 + textBound(formatAmount(message.minValue))
    case 'command':
      return prefix + commandBound(message)
    case 'trading':
      return prefix + 1
  }
}

const unitIn = (message: WireMessage): Unit =>
  message.type === 'feed' || message.type === 'trading' ? UNCOUNTED : message.unit

/**
 * Writes one message at `offset`, where {@link messageBound} bytes must be free.
 * @param names the products already named in this datagram; a new one is added.
 * @returns the offset after it.
 * @throws RangeError where the message could not be read back: a number that is not whole, no product id, too many levels.
 */
export function writeMessage(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  names: Names,
  message: WireMessage,
): number {
  const at = writePrefix(view, offset, names, message)
  switch (message.type) {
    case 'tick':
      return writeTick(view, at, message)
    case 'book':
      return writeBook(view, at, message)
    case 'feed':
      return writeFeed(bytes, view, at, message)
    case 'signal':
      return writeSignal(bytes, view, at, message)
    case 'bar':
      return writeBar(view, at, message)
    case 'instrument':
      return writeInstrument(bytes, view, at, message)
    case 'command':
      return writeCommand(bytes, view, at, message)
    case 'trading':
      view.setUint8(at, TRADING_STATES.indexOf(message.state) + 1)
      return at + 1
  }
}

function writePrefix(view: DataView, offset: number, names: Names, message: WireMessage): number {
  const { product } = message
  const unit = unitIn(message)
  view.setUint8(offset, MESSAGE[message.type])
  const index = placeOf(names, product, unit)
  if (index >= 0) {
    view.setUint8(offset + 1, index)
    return offset + 2
  }
  if (!isProduct(product) && !(product === '' && (message.type === 'feed' || message.type === 'trading'))) {
    throw new RangeError(`"${product}" is not a product id, so it cannot be sent`)
  }
  view.setUint8(offset + 1, names.products.length)
  names.products.push(product)
  // By the table, so that a unit that came as JSON is known again.
  names.units.push(unitOf(unit.price, unit.size))
  const at = writeName(view, offset + 2, product)
  view.setUint8(at, unit.price)
  view.setUint8(at + 1, unit.size)
  return at + 2
}

function writeWhole(view: DataView, offset: number, value: number, field: string): void {
  if (!isWhole(value)) throw new RangeError(`${field} is ${value}: only whole numbers from 0 to 2^53 - 1 can be sent`)
  view.setFloat64(offset, value, true)
}

function writeSide(view: DataView, offset: number, side: Side): void {
  view.setUint8(offset, side === 'BUY' ? 1 : 2)
}

function writeTick(view: DataView, at: number, tick: Tick): number {
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

function writeBook(view: DataView, at: number, book: BookSnapshot): number {
  if (book.bids.length > MAX_BOOK_LEVELS || book.asks.length > MAX_BOOK_LEVELS) {
    throw new RangeError(
      `a book has ${book.bids.length} bids and ${book.asks.length} asks; at most ${MAX_BOOK_LEVELS} fit`,
    )
  }
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

function writeFeed(bytes: Uint8Array, view: DataView, at: number, feed: FeedStatus): number {
  view.setUint8(at, FEED_STATES.indexOf(feed.state) + 1)
  writeWhole(view, at + 1, feed.sequence, 'sequence')
  writeWhole(view, at + 9, feed.time, 'time')
  writeWhole(view, at + 17, feed.count, 'count')
  return writeText(bytes, view, at + 25, feed.detail)
}

function writeSignal(bytes: Uint8Array, view: DataView, at: number, signal: WireSignal): number {
  if (!(signal.confidence >= 0 && signal.confidence <= 1)) {
    throw new RangeError(`confidence is ${signal.confidence}: it must be in [0, 1]`)
  }
  if (!Number.isFinite(signal.indicator)) throw new RangeError(`indicator is ${signal.indicator}: it must be finite`)
  writeSide(view, at, signal.side)
  view.setFloat64(at + 1, signal.confidence, true)
  writeWhole(view, at + 9, signal.price, 'price')
  view.setFloat64(at + 17, signal.indicator, true)
  writeWhole(view, at + 25, signal.time, 'time')
  writeWhole(view, at + 33, signal.cause, 'cause')
  writeWhole(view, at + 41, signal.originSentAt, 'originSentAt')
  return writeText(bytes, view, at + 49, signal.reason)
}

function writeBar(view: DataView, at: number, bar: Bar): number {
  const { sequence, time, begin, open, high, low, close, volume } = bar
  const figures = { sequence, time, begin, open, high, low, close, volume }
  return writeWholes(view, at, figures)
}

function writeInstrument(bytes: Uint8Array, view: DataView, at: number, notice: InstrumentNotice): number {
  const { sequence, time, priceIncrement, sizeIncrement, minSize, maxSize } = notice
  const end = writeWholes(view, at, { sequence, time, priceIncrement, sizeIncrement, minSize, maxSize })
  view.setUint8(end, INSTRUMENT_ORIGINS.indexOf(notice.origin) + 1)
  return writeText(bytes, view, end + 1, formatAmount(notice.minValue))
}

function writeWholes(view: DataView, offset: number, figures: Readonly<Record<string, number>>): number {
  let at = offset
  for (const [field, value] of Object.entries(figures)) {
    writeWhole(view, at, value, field)
    at += 8
  }
  return at
}
