import { MAX_PRODUCTS, type Product } from '../domain/market/product.ts'
import type { ControlDatagram, Range } from './codec.ts'
import { noNames, writeMessage } from './encode.ts'
import { FLAG_ENDED, FLAG_NEWEST, HEADER_SIZE, KIND, MAX_DATAGRAM, MAX_RANGES, writeHeader } from './frame.ts'
import { writeName, writeText } from './text.ts'

/** Encodes any datagram but DATA, which a lane writes, into new bytes. Ranges after the 64th are left out. */
export function encodeControl(datagram: ControlDatagram): Uint8Array {
  const bytes = new Uint8Array(MAX_DATAGRAM)
  const view = new DataView(bytes.buffer)
  return bytes.subarray(0, writeControl(bytes, view, datagram))
}

/** Writes header and body. @returns the length. */
function writeControl(bytes: Uint8Array, view: DataView, datagram: ControlDatagram): number {
  const head = (sequence: number, count: number, flags = 0) =>
    writeHeader(view, 0, KIND[datagram.kind], datagram.session, sequence, datagram.sentAt, count, flags)
  switch (datagram.kind) {
    case 'heartbeat':
      head(datagram.next, 0)
      return HEADER_SIZE
    case 'ack':
      head(datagram.next, 0, datagram.ended ? FLAG_ENDED : 0)
      return HEADER_SIZE
    case 'end':
      head(datagram.next, 0)
      return writeText(bytes, view, HEADER_SIZE, datagram.reason)
    case 'subscribed': {
      head(datagram.next, 0)
      const at = writeNumbers(view, [datagram.subscriber, datagram.request, datagram.ttlMs])
      view.setUint16(at, datagram.window, true)
      view.setUint32(at + 2, datagram.publisher, true)
      view.setFloat64(at + 6, datagram.emitted, true)
      return at + 14
    }
    case 'newest':
      head(0, 1)
      return writeMessage(bytes, view, HEADER_SIZE, noNames(), datagram.message)
    case 'refused':
      head(0, 0)
      return writeText(bytes, view, writeNumbers(view, [datagram.subscriber, datagram.request]), datagram.reason)
    case 'unsubscribe':
      head(0, 0)
      return writeNumbers(view, [datagram.subscriber])
    case 'nak':
    case 'lost':
      head(0, Math.min(datagram.ranges.length, MAX_RANGES))
      return writeRanges(view, datagram.ranges.slice(0, MAX_RANGES))
    case 'subscribe': {
      head(datagram.next, datagram.products.length, datagram.newest ? FLAG_NEWEST : 0)
      const at = writeNumbers(view, [datagram.subscriber, datagram.request, datagram.ttlMs])
      view.setUint16(at, datagram.window, true)
      view.setFloat64(at + 2, datagram.key, true)
      return datagram.products.reduce((end, product) => writeName(view, end, product), at + 10)
    }
  }
}

function writeNumbers(view: DataView, values: readonly number[]): number {
  values.forEach((value, index) => view.setUint32(HEADER_SIZE + 4 * index, value, true))
  return HEADER_SIZE + 4 * values.length
}

function writeRanges(view: DataView, ranges: readonly Range[]): number {
  ranges.forEach((range, index) => {
    view.setFloat64(HEADER_SIZE + 16 * index, range.from, true)
    view.setFloat64(HEADER_SIZE + 16 * index + 8, range.to, true)
  })
  return HEADER_SIZE + 16 * ranges.length
}

/** Whether a filter's names fit one SUBSCRIBE: always up to 54 products, up to 64 at usual lengths. */
export function filterFits(products: readonly Product[]): boolean {
  const size = products.reduce((sum, product) => sum + 1 + product.length, HEADER_SIZE + 22)
  return products.length <= MAX_PRODUCTS && size <= MAX_DATAGRAM
}
