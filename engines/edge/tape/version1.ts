import { crc32 } from 'node:zlib'
import { isKind, MAX_FRAME_BYTES, type FrameFormat, type FrameHead, type TapeBytes } from './format.ts'

/** Bytes before a payload. */
const FRAME_HEAD = 36
const CHECKED = 32
/** How much of a file is looked through at once for a frame behind a damaged one. */
const WINDOW_BYTES = 1024 * 1024

/**
 * The first version: u8 kind · u24 events · u32 payload bytes · f64 first time · f64 last time · f64 last sequence; then
 * u32 crc32 over the head and the payload; then the payload.
 *
 * A head has no checksum of its own, so that a wrong length makes the frames behind it unfindable: where one is not sound,
 * the rest of the file is looked through for another that is.
 */
export const version1: FrameFormat = {
  head(file, offset, number) {
    const head = readHead(file, offset, number)
    if (head !== null && head.end <= file.size) return head
    return unsound(file, offset, head?.end ?? null)
  },
  payload(file, head) {
    return soundPayload(file, head) ?? unsound(file, head.offset, head.end)
  },
}

function unsound(file: TapeBytes, offset: number, end: number | null): 'torn' | 'damaged' {
  const zeros = file.zerosFrom()
  if (zeros <= offset) return 'torn'
  if (hasFrameBehind(file, offset + 1)) return 'damaged'
  const isWhole = end === null ? file.size - offset >= FRAME_HEAD : end <= zeros
  return isWhole ? 'damaged' : 'torn'
}

function readHead(file: TapeBytes, offset: number, number: number): FrameHead | null {
  const bytes = file.bytes(offset, FRAME_HEAD)
  return bytes.length < FRAME_HEAD ? null : parseHead(bytes, offset, number)
}

function parseHead(bytes: Buffer, offset: number, number: number): FrameHead | null {
  const kind = bytes.toString('latin1', 0, 1)
  const length = bytes.readUInt32LE(4)
  const [firstTime, lastTime, lastSequence] = [bytes.readDoubleLE(8), bytes.readDoubleLE(16), bytes.readDoubleLE(24)]
  if (!isKind(kind) || length > MAX_FRAME_BYTES) return null
  if (![firstTime, lastTime, lastSequence].every(Number.isSafeInteger)) return null
  const end = offset + FRAME_HEAD + length
  return { kind, events: bytes.readUIntLE(1, 3), firstTime, lastTime, lastSequence, number, offset, end }
}

function soundPayload(file: TapeBytes, head: FrameHead): Buffer | null {
  const bytes = file.bytes(head.offset, head.end - head.offset)
  if (bytes.length < head.end - head.offset) return null
  const payload = bytes.subarray(FRAME_HEAD)
  return crc32(payload, crc32(bytes.subarray(0, CHECKED))) === bytes.readUInt32LE(CHECKED) ? payload : null
}

/** Whether a sound frame begins anywhere from `from` on. */
function hasFrameBehind(file: TapeBytes, from: number): boolean {
  for (let at = from; at < file.size; at += WINDOW_BYTES) {
    const window = file.bytes(at, WINDOW_BYTES + FRAME_HEAD)
    for (let index = 0; index < WINDOW_BYTES && index + FRAME_HEAD <= window.length; index += 1) {
      if (!isKind(String.fromCharCode(window[index]!))) continue
      const head = parseHead(window.subarray(index, index + FRAME_HEAD), at + index, 0)
      if (head !== null && head.end <= file.size && soundPayload(file, head) !== null) return true
    }
  }
  return false
}
