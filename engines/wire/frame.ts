import type { Micros } from '../domain/time.ts'

/** The most bytes of one datagram. */
export const MAX_DATAGRAM = 1400

/** Bytes of the header that every datagram begins with. */
export const HEADER_SIZE = 28

export const MAGIC = 0x5741
export const VERSION = 3

/** The most ranges in one NAK or LOST. */
export const MAX_RANGES = 64

/** Numbers of the datagram kinds; see PROTOCOL.md. */
export const KIND = {
  data: 1,
  heartbeat: 2,
  end: 3,
  subscribed: 4,
  refused: 5,
  lost: 6,
  newest: 7,
  subscribe: 16,
  unsubscribe: 17,
  nak: 18,
  ack: 19,
} as const

/** Where the flags byte stands. */
export const FLAGS_OFFSET = 26

/** DATA: sent again on request. */
export const FLAG_RESENT = 1

/** SUBSCRIBE: the newest of each product is asked for. */
export const FLAG_NEWEST = 1

/** ACK: the END was seen and all before it is settled. */
export const FLAG_ENDED = 1

/** Whether `value` is a whole number that a double holds exactly: 0 to 2^53 − 1. */
export function isWhole(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value
}

/** Writes a header at `offset`, the time cut to whole microseconds. The caller guarantees u32 session, whole sequence, u16 count. */
export function writeHeader(
  view: DataView,
  offset: number,
  kind: number,
  session: number,
  sequence: number,
  sentAt: Micros,
  count: number,
  flags: number,
): void {
  view.setUint16(offset, MAGIC, true)
  view.setUint8(offset + 2, VERSION)
  view.setUint8(offset + 3, kind)
  view.setUint32(offset + 4, session, true)
  view.setFloat64(offset + 8, sequence, true)
  view.setFloat64(offset + 16, Math.floor(sentAt), true)
  view.setUint16(offset + 24, count, true)
  view.setUint8(offset + FLAGS_OFFSET, flags)
  view.setUint8(offset + 27, 0)
}
