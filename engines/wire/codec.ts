import { MAX_PRODUCTS, type Product } from '../domain/market/product.ts'
import type { Micros } from '../domain/time.ts'
import { readMessages } from './decode.ts'
import {
  FLAG_ENDED,
  FLAG_NEWEST,
  FLAG_RESENT,
  FLAGS_OFFSET,
  HEADER_SIZE,
  isWhole,
  KIND,
  MAGIC,
  MAX_DATAGRAM,
  MAX_RANGES,
  VERSION,
} from './frame.ts'
import type { WireMessage } from './message.ts'
import { readProduct, readText } from './text.ts'

/** Sequences `from` to `to`, both included. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Messages `first`, `first + 1`, … of a session. */
export interface DataDatagram {
  readonly kind: 'data'
  readonly session: number
  readonly first: number
  readonly sentAt: Micros
  /** Sent again on request. */
  readonly resent: boolean
  readonly messages: readonly WireMessage[]
}

/** Every datagram but DATA; the meaning of each is in PROTOCOL.md. `sentAt` is the sender's wall clock. */
export type ControlDatagram = { readonly session: number; readonly sentAt: Micros } & (
  | { readonly kind: 'heartbeat'; readonly next: number }
  | { readonly kind: 'end'; readonly next: number; readonly reason: string }
  | {
      readonly kind: 'subscribed'
      readonly next: number
      readonly subscriber: number
      readonly request: number
      readonly ttlMs: number
      /** Granted, at most what was asked for. */
      readonly window: number
      /** Drawn once by each publisher, so that it is known again; 0: it cannot say how much it emitted. */
      readonly publisher: number
      /** Messages for this filter, since the publisher began, that come before `next`. */
      readonly emitted: number
    }
  | { readonly kind: 'refused'; readonly subscriber: number; readonly request: number; readonly reason: string }
  | { readonly kind: 'lost'; readonly ranges: readonly Range[] }
  | { readonly kind: 'newest'; readonly message: WireMessage }
  | {
      readonly kind: 'subscribe'
      readonly next: number
      readonly subscriber: number
      readonly request: number
      readonly ttlMs: number
      /** Datagrams the sender may be ahead of the last ACK; 0: it need not wait at all. */
      readonly window: number
      /** What only those know for whom the sender is to wait; 0: none. */
      readonly key: number
      /** Whether the newest tick and book of each product are to be told at once. */
      readonly newest: boolean
      /** Empty: all. */
      readonly products: readonly Product[]
    }
  | { readonly kind: 'unsubscribe'; readonly subscriber: number }
  | { readonly kind: 'nak'; readonly ranges: readonly Range[] }
  | { readonly kind: 'ack'; readonly next: number; readonly ended: boolean }
)

export type Datagram = DataDatagram | ControlDatagram

/** What became of untrusted bytes. */
export type Decoded =
  { readonly ok: true; readonly datagram: Datagram } | { readonly ok: false; readonly reason: string }

/** The one door for untrusted bytes: a valid datagram, or the reason why it is none. Never throws, whatever the bytes. */
export function decodeDatagram(bytes: Uint8Array): Decoded {
  const result = decode(bytes)
  return typeof result === 'string' ? { ok: false, reason: result } : { ok: true, datagram: result }
}

function decode(bytes: Uint8Array): Datagram | string {
  if (bytes.length < HEADER_SIZE) return 'shorter than a header'
  if (bytes.length > MAX_DATAGRAM) return 'longer than a datagram may be'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint16(0, true) !== MAGIC) return 'not of this protocol'
  if (view.getUint8(2) !== VERSION) return `version ${view.getUint8(2)} is not known`
  const kind = view.getUint8(3)
  const session = view.getUint32(4, true)
  const sequence = view.getFloat64(8, true)
  const sentAt = view.getFloat64(16, true)
  const count = view.getUint16(24, true)
  const flags = view.getUint8(FLAGS_OFFSET)
  if (!isWhole(sequence) || !isWhole(sentAt)) return 'header number that is not whole'
  if (flags > 1 || view.getUint8(27) !== 0) return 'unknown flags'
  if (kind === KIND.data) {
    if (count === 0 || sequence === 0 || sequence + count > Number.MAX_SAFE_INTEGER) return 'no such messages'
    const messages = readMessages(bytes, view, HEADER_SIZE, count)
    if (typeof messages === 'string') return messages
    return { kind: 'data', session, first: sequence, sentAt, resent: (flags & FLAG_RESENT) !== 0, messages }
  }
  return decodeControl(bytes, view, { kind, session, sequence, sentAt, count, flags })
}

interface Header {
  readonly kind: number
  readonly session: number
  readonly sequence: number
  readonly sentAt: Micros
  readonly count: number
  readonly flags: number
}

function decodeControl(bytes: Uint8Array, view: DataView, header: Header): ControlDatagram | string {
  const { session, sentAt, sequence: next } = header
  const size = bytes.length - HEADER_SIZE
  const u32 = (offset: number) => view.getUint32(HEADER_SIZE + offset, true)
  const whole = (offset: number) => view.getFloat64(HEADER_SIZE + offset, true)
  const u16 = (offset: number) => view.getUint16(HEADER_SIZE + offset, true)
  switch (header.kind) {
    case KIND.heartbeat:
      return size === 0 && next > 0 ? { kind: 'heartbeat', session, sentAt, next } : 'malformed HEARTBEAT'
    case KIND.ack:
      if (size !== 0 || next === 0) return 'malformed ACK'
      return { kind: 'ack', session, sentAt, next, ended: (header.flags & FLAG_ENDED) !== 0 }
    case KIND.end: {
      const reason = finalText(bytes, view, HEADER_SIZE)
      return reason === null || next === 0 ? 'malformed END' : { kind: 'end', session, sentAt, next, reason }
    }
    case KIND.subscribed:
      if (size !== 26 || next === 0 || session === 0) return 'malformed SUBSCRIBED'
      if (!isWhole(whole(18))) return 'number that is not whole'
      return {
        kind: 'subscribed',
        session,
        sentAt,
        next,
        subscriber: u32(0),
        request: u32(4),
        ttlMs: u32(8),
        window: u16(12),
        publisher: u32(14),
        emitted: whole(18),
      }
    case KIND.newest: {
      const messages = readMessages(bytes, view, HEADER_SIZE, 1)
      if (typeof messages === 'string') return messages
      return { kind: 'newest', session, sentAt, message: messages[0]! }
    }
    case KIND.refused: {
      const reason = size < 8 ? null : finalText(bytes, view, HEADER_SIZE + 8)
      if (reason === null) return 'malformed REFUSED'
      return { kind: 'refused', session, sentAt, subscriber: u32(0), request: u32(4), reason }
    }
    case KIND.unsubscribe:
      return size === 4 ? { kind: 'unsubscribe', session, sentAt, subscriber: u32(0) } : 'malformed UNSUBSCRIBE'
    case KIND.nak:
    case KIND.lost: {
      const ranges = readRanges(view, header.count, size)
      if (typeof ranges === 'string') return ranges
      return { kind: header.kind === KIND.nak ? 'nak' : 'lost', session, sentAt, ranges }
    }
    case KIND.subscribe: {
      if (size < 22) return 'malformed SUBSCRIBE'
      if (!isWhole(whole(14))) return 'number that is not whole'
      const products = readNames(bytes, HEADER_SIZE + 22, header.count)
      if (typeof products === 'string') return products
      const window = u16(12)
      return {
        kind: 'subscribe',
        session,
        sentAt,
        next,
        subscriber: u32(0),
        request: u32(4),
        ttlMs: u32(8),
        window,
        key: whole(14),
        newest: (header.flags & FLAG_NEWEST) !== 0,
        products,
      }
    }
    default:
      return `unknown kind ${header.kind}`
  }
}

/** A text that ends exactly where the datagram does, or null. */
function finalText(bytes: Uint8Array, view: DataView, offset: number): string | null {
  if (offset + 2 > bytes.length) return null
  const length = view.getUint16(offset, true)
  return offset + 2 + length === bytes.length ? readText(bytes, offset + 2, length) : null
}

function readRanges(view: DataView, count: number, size: number): Range[] | string {
  if (count === 0 || count > MAX_RANGES || size !== count * 16) return 'malformed ranges'
  const ranges: Range[] = []
  let least = 1
  for (let index = 0; index < count; index += 1) {
    const from = view.getFloat64(HEADER_SIZE + 16 * index, true)
    const to = view.getFloat64(HEADER_SIZE + 16 * index + 8, true)
    if (!isWhole(from) || !isWhole(to) || from < least || to < from) return 'malformed ranges'
    ranges.push({ from, to })
    least = to + 1
  }
  return ranges
}

function readNames(bytes: Uint8Array, offset: number, count: number): Product[] | string {
  if (count > MAX_PRODUCTS) return 'too many products in a filter'
  const products: Product[] = []
  let at = offset
  for (let index = 0; index < count; index += 1) {
    const length = bytes[at]
    if (length === undefined || at + 1 + length > bytes.length) return 'cut off in a product'
    const product = readProduct(bytes, at + 1, length)
    if (product === null) return 'not a product id'
    products.push(product)
    at += 1 + length
  }
  return at === bytes.length ? products : 'bytes after the last product'
}
