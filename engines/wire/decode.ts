import { INSTRUMENT_ORIGINS } from '../domain/market/instrument.ts'
import { MAX_BOOK_LEVELS, type Bar, type InstrumentNotice, type Level, type Tick } from '../domain/market/market.ts'
import { readAmount } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import type { Side } from '../domain/side.ts'
import { isUnit, unitOf, type Unit } from '../domain/market/unit.ts'
import { FEED_STATES, LATE, MESSAGE, noNames, UNCOUNTED, type Names } from './encode.ts'
import { TRADING_STATES } from '../domain/trading/order.ts'
import { readCommand } from './command.ts'
import { isWhole } from './frame.ts'
import type { WireMessage } from './message.ts'
import { readProduct, readText } from './text.ts'

/** Where a reader stands in a datagram, and the first fault it met. */
interface Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly end: number
  at: number
  /** Why the bytes are not valid; null while they are. */
  fault: string | null
  readonly names: Names
  /** Of the product referred to last. */
  unit: Unit
}

/**
 * Reads exactly `count` messages that fill the bytes from `offset` to the end.
 * @returns the messages, or the reason why they cannot be read.
 */
export function readMessages(bytes: Uint8Array, view: DataView, offset: number, count: number): WireMessage[] | string {
  const reader: Reader = { bytes, view, end: bytes.length, at: offset, fault: null, names: noNames(), unit: UNCOUNTED }
  const messages: WireMessage[] = []
  for (let index = 0; index < count; index += 1) {
    const message = readMessage(reader)
    if (message === null) return reader.fault ?? 'unreadable message'
    messages.push(message)
  }
  return reader.at === reader.end ? messages : 'bytes after the last message'
}

function readMessage(reader: Reader): WireMessage | null {
  if (reader.at + 2 > reader.end) return refuse(reader, 'cut off before a message')
  const type = reader.view.getUint8(reader.at)
  const product = readReference(reader, type === MESSAGE.feed || type === MESSAGE.trading)
  if (product === null) return null
  switch (type) {
    case MESSAGE.tick:
      return readTick(reader, product)
    case MESSAGE.book:
      return readBook(reader, product)
    case MESSAGE.feed:
      return readFeed(reader, product)
    case MESSAGE.signal:
      return readSignal(reader, product)
    case MESSAGE.bar:
      return readBar(reader, product)
    case MESSAGE.instrument:
      return readInstrument(reader, product)
    case MESSAGE.command:
      return readOrderCommand(reader, product)
    case MESSAGE.trading:
      return readSwitch(reader, product)
    default:
      return refuse(reader, `unknown message type ${type}`)
  }
}

function refuse(reader: Reader, fault: string): null {
  reader.fault ??= fault
  return null
}

function readReference(reader: Reader, mayBeEmpty: boolean): Product | null {
  const { names, view, bytes, end } = reader
  const index = view.getUint8(reader.at + 1)
  reader.at += 2
  if (index < names.products.length) {
    const known = names.products[index]!
    reader.unit = names.units[index]!
    return known === '' && !mayBeEmpty ? refuse(reader, 'message without a product') : known
  }
  if (index > names.products.length) return refuse(reader, 'reference to a product that was not named')
  if (reader.at + 1 > end) return refuse(reader, 'cut off in a product')
  const length = view.getUint8(reader.at)
  const after = reader.at + 1 + length
  if (after + 2 > end) return refuse(reader, 'cut off in a product')
  const product = length === 0 && mayBeEmpty ? '' : readProduct(bytes, reader.at + 1, length)
  if (product === null) return refuse(reader, 'not a product id')
  const [price, size] = [view.getUint8(after), view.getUint8(after + 1)]
  if (!isUnit(price, size)) return refuse(reader, `no unit of ${price} and ${size} decimals`)
  reader.at = after + 2
  reader.unit = unitOf(price, size)
  names.products.push(product)
  names.units.push(reader.unit)
  return product
}

/** Reads a double that must be whole; notes a fault otherwise. */
function whole(reader: Reader, offset: number): number {
  const value = reader.view.getFloat64(offset, true)
  if (!isWhole(value)) reader.fault ??= 'number that is not whole'
  return value
}

function side(reader: Reader, value: number): Side {
  if (value !== 1 && value !== 2) reader.fault ??= `unknown side ${value}`
  return value === 1 ? 'BUY' : 'SELL'
}

function readTick(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 73 > reader.end) return refuse(reader, 'cut off in a tick')
  reader.at = at + 73
  const given = reader.view.getUint8(at)
  const isLate = given > LATE
  const takerSide = side(reader, isLate ? given - LATE : given)
  const message: Tick = {
    type: 'tick',
    sequence: whole(reader, at + 1),
    time: whole(reader, at + 9),
    product,
    unit: reader.unit,
    price: whole(reader, at + 17),
    size: whole(reader, at + 25),
    bid: whole(reader, at + 33),
    bidSize: whole(reader, at + 41),
    ask: whole(reader, at + 49),
    askSize: whole(reader, at + 57),
    tradeId: whole(reader, at + 65),
    takerSide,
  }
  if (isLate) return readLate(reader, message)
  return reader.fault === null ? message : null
}

/** The time of a trade that was fetched afterwards, behind the rest of its tick. */
function readLate(reader: Reader, tick: Tick): WireMessage | null {
  const { at } = reader
  if (at + 8 > reader.end) return refuse(reader, 'cut off in a tick')
  reader.at = at + 8
  const tradedAt = whole(reader, at)
  return reader.fault === null ? { ...tick, tradedAt } : null
}

function readBook(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 18 > reader.end) return refuse(reader, 'cut off in a book')
  const bidCount = reader.view.getUint8(at + 16)
  const askCount = reader.view.getUint8(at + 17)
  if (bidCount > MAX_BOOK_LEVELS || askCount > MAX_BOOK_LEVELS) return refuse(reader, 'too many levels in a book')
  const asksAt = at + 18 + 16 * bidCount
  if (asksAt + 16 * askCount > reader.end) return refuse(reader, 'cut off in a book')
  reader.at = asksAt + 16 * askCount
  const sequence = whole(reader, at)
  const time = whole(reader, at + 8)
  const bids = readLevels(reader, at + 18, bidCount)
  const asks = readLevels(reader, asksAt, askCount)
  return reader.fault === null ? { type: 'book', sequence, time, product, unit: reader.unit, bids, asks } : null
}

function readLevels(reader: Reader, offset: number, count: number): Level[] {
  const levels: Level[] = []
  for (let index = 0; index < count; index += 1) {
    const at = offset + 16 * index
    levels.push([whole(reader, at), whole(reader, at + 8)])
  }
  return levels
}

function text(reader: Reader): string {
  const at = reader.at
  if (at + 2 > reader.end) {
    refuse(reader, 'cut off in a text')
    return ''
  }
  const length = reader.view.getUint16(at, true)
  const value = at + 2 + length > reader.end ? null : readText(reader.bytes, at + 2, length)
  if (value === null) refuse(reader, 'text that is cut off, too long or not UTF-8')
  reader.at = at + 2 + length
  return value ?? ''
}

function readFeed(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 25 > reader.end) return refuse(reader, 'cut off in a feed message')
  const state = FEED_STATES[reader.view.getUint8(at) - 1]
  if (state === undefined) return refuse(reader, 'unknown feed state')
  const sequence = whole(reader, at + 1)
  const time = whole(reader, at + 9)
  const count = whole(reader, at + 17)
  reader.at = at + 25
  const detail = text(reader)
  return reader.fault === null ? { type: 'feed', sequence, time, state, product, count, detail } : null
}

function readSignal(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 49 > reader.end) return refuse(reader, 'cut off in a signal')
  const confidence = reader.view.getFloat64(at + 1, true)
  const indicator = reader.view.getFloat64(at + 17, true)
  if (!(confidence >= 0 && confidence <= 1)) return refuse(reader, 'confidence outside 0 to 1')
  if (!Number.isFinite(indicator)) return refuse(reader, 'indicator that is not finite')
  const fields = {
    side: side(reader, reader.view.getUint8(at)),
    price: whole(reader, at + 9),
    time: whole(reader, at + 25),
    cause: whole(reader, at + 33),
    originSentAt: whole(reader, at + 41),
  }
  reader.at = at + 49
  const reason = text(reader)
  return reader.fault === null
    ? { type: 'signal', product, unit: reader.unit, confidence, indicator, reason, ...fields }
    : null
}

function readBar(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 64 > reader.end) return refuse(reader, 'cut off in a bar')
  reader.at = at + 64
  const bar: Bar = {
    type: 'bar',
    sequence: whole(reader, at),
    time: whole(reader, at + 8),
    product,
    unit: reader.unit,
    begin: whole(reader, at + 16),
    open: whole(reader, at + 24),
    high: whole(reader, at + 32),
    low: whole(reader, at + 40),
    close: whole(reader, at + 48),
    volume: whole(reader, at + 56),
  }
  return reader.fault === null ? bar : null
}

function readOrderCommand(reader: Reader, product: Product): WireMessage | null {
  const read = readCommand(reader.bytes, reader.view, reader.at, reader.end, product)
  if (!read.ok) return refuse(reader, read.fault)
  reader.at = read.at
  return { type: 'command', product, unit: reader.unit, ...read.command }
}

function readSwitch(reader: Reader, product: Product): WireMessage | null {
  if (reader.at + 1 > reader.end) return refuse(reader, 'cut off in a switch')
  const state = TRADING_STATES[reader.view.getUint8(reader.at) - 1]
  if (state === undefined || product !== '') return refuse(reader, 'unknown switch')
  reader.at += 1
  return { type: 'trading', product, state }
}

function readInstrument(reader: Reader, product: Product): WireMessage | null {
  const at = reader.at
  if (at + 49 > reader.end) return refuse(reader, 'cut off in an instrument')
  const origin = INSTRUMENT_ORIGINS[reader.view.getUint8(at + 48) - 1]
  if (origin === undefined) return refuse(reader, 'unknown origin of an instrument')
  const figures = {
    sequence: whole(reader, at),
    time: whole(reader, at + 8),
    priceIncrement: whole(reader, at + 16),
    sizeIncrement: whole(reader, at + 24),
    minSize: whole(reader, at + 32),
    maxSize: whole(reader, at + 40),
  }
  if (figures.priceIncrement === 0 || figures.sizeIncrement === 0) return refuse(reader, 'increment of 0')
  reader.at = at + 49
  const minValue = readAmount(text(reader))
  if (minValue === null || minValue < 0n) return refuse(reader, 'value that is not a decimal')
  const { unit } = reader
  const notice: InstrumentNotice = { type: 'instrument', product, unit, origin, minValue, ...figures }
  return reader.fault === null ? notice : null
}
