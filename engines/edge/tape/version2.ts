import { crc32 } from 'node:zlib'
import { isKind, MAX_FRAME_BYTES, type Frame, type FrameFormat, type TapeBytes, type Unsound } from './format.ts'

/** Bytes before a payload. */
const FRAME_HEAD = 44
const CHECKED = 40
/** What a frame ends with: no zero, so that zeros at the end of a file are always those of a power cut. */
const CLOSING = 0x0a

/**
 * Head: u8 kind · u24 events · u32 payload bytes · u32 place among the frames · u32 crc32 of the payload · f64 first time ·
 * f64 last time · f64 last sequence; then u32 crc32 of the head; then the payload, and a newline.
 */
export function encodeFrame(frame: Frame, number: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + frame.payload.length + 1)
  bytes.write(frame.kind, 0, 'latin1')
  bytes.writeUIntLE(frame.events, 1, 3)
  bytes.writeUInt32LE(frame.payload.length, 4)
  bytes.writeUInt32LE(number, 8)
  bytes.writeUInt32LE(crc32(frame.payload), 12)
  bytes.writeDoubleLE(frame.firstTime, 16)
  bytes.writeDoubleLE(frame.lastTime, 24)
  bytes.writeDoubleLE(frame.lastSequence, 32)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED)), CHECKED)
  frame.payload.copy(bytes, FRAME_HEAD)
  bytes[bytes.length - 1] = CLOSING
  return bytes
}

/**
 * The second version. A head vouches for itself, so that a length is believed before the payload is read, and a frame that
 * is missing in the middle, or out of its place, shows by its number.
 */
export const version2: FrameFormat = {
  head(file, offset, number) {
    const bytes = file.bytes(offset, FRAME_HEAD)
    if (bytes.length < FRAME_HEAD) return 'torn'
    if (crc32(bytes.subarray(0, CHECKED)) !== bytes.readUInt32LE(CHECKED)) {
      return unsound(file, offset + FRAME_HEAD)
    }
    const kind = bytes.toString('latin1', 0, 1)
    const length = bytes.readUInt32LE(4)
    if (!isKind(kind) || length > MAX_FRAME_BYTES || bytes.readUInt32LE(8) !== number) return 'damaged'
    const end = offset + FRAME_HEAD + length + 1
    if (end > file.size) return 'torn'
    const [firstTime, lastTime, lastSequence] = [16, 24, 32].map((at) => bytes.readDoubleLE(at)) as [
      number,
      number,
      number,
    ]
    return { kind, events: bytes.readUIntLE(1, 3), firstTime, lastTime, lastSequence, number, offset, end }
  },
  payload(file, head) {
    const bytes = file.bytes(head.offset, head.end - head.offset)
    const payload = bytes.subarray(FRAME_HEAD, -1)
    const isSound = bytes.at(-1) === CLOSING && crc32(payload) === bytes.readUInt32LE(12)
    return isSound ? payload : unsound(file, head.end)
  },
}

/** @param end of what is not as it should be */
const unsound = (file: TapeBytes, end: number): Unsound => (file.zerosFrom() < end ? 'torn' : 'damaged')
