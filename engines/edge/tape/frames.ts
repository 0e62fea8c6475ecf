import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Micros } from '../../domain/time.ts'

/** A tape begins with these bytes; the digit is the format's version. */
export const MAGIC = Buffer.from('AWTAPE1\n', 'latin1')

/** The most bytes of a frame's payload, compressed. A length above it is damage, not a length. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

const HEAD_BYTES = 32

/**
 * `H`: what the tape is (JSON), first. `P`: products that the next block is the first to hold (JSON). `B`: events.
 * `E`: the recording was ended in order (JSON), last.
 */
export type FrameKind = 'H' | 'P' | 'B' | 'E'

const KINDS: readonly string[] = ['H', 'P', 'B', 'E'] satisfies FrameKind[]

const isKind = (text: string): text is FrameKind => KINDS.includes(text)

/** One record of a tape: head, then payload. What a crash cuts off is at most the last one. */
export interface Frame {
  readonly kind: FrameKind
  /** Events in the payload; 0 for all but `B`. */
  readonly events: number
  readonly firstTime: Micros
  readonly lastTime: Micros
  /** Sequence of the last event. */
  readonly lastSequence: number
  readonly payload: Buffer
}

/** A frame's place in its file, without its payload. */
export interface FrameHead extends Omit<Frame, 'payload'> {
  readonly offset: number
  /** Where the next frame begins. */
  readonly end: number
}

/**
 * Head: u8 kind · u24 events · u32 payload bytes · f64 first time · f64 last time · f64 last sequence; then u32 crc32
 * over the head and the payload; then the payload.
 */
export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + frame.payload.length)
  bytes.write(frame.kind, 0, 'latin1')
  bytes.writeUIntLE(frame.events, 1, 3)
  bytes.writeUInt32LE(frame.payload.length, 4)
  bytes.writeDoubleLE(frame.firstTime, 8)
  bytes.writeDoubleLE(frame.lastTime, 16)
  bytes.writeDoubleLE(frame.lastSequence, 24)
  frame.payload.copy(bytes, FRAME_HEAD)
  bytes.writeUInt32LE(checksum(bytes.subarray(0, HEAD_BYTES), frame.payload), HEAD_BYTES)
  return bytes
}

/** Bytes before a frame's payload: the head and its checksum. */
export const FRAME_HEAD = HEAD_BYTES + 4

function checksum(head: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(head))
}

/** A tape that is open for reading. */
export class FrameFile {
  private readonly descriptor: number
  readonly path: string

  /** @throws Error where the file cannot be opened or does not begin as a tape does. */
  constructor(path: string) {
    this.path = path
    this.descriptor = openSync(path, 'r')
    if (!this.bytes(0, MAGIC.length).equals(MAGIC)) {
      closeSync(this.descriptor)
      throw new Error(`${path} is not a tape, or one of another version`)
    }
  }

  get size(): number {
    return fstatSync(this.descriptor).size
  }

  close(): void {
    closeSync(this.descriptor)
  }

  /** @returns the head at `offset`, or null where there is none that could be right. */
  head(offset: number): FrameHead | null {
    const bytes = this.bytes(offset, FRAME_HEAD)
    if (bytes.length < FRAME_HEAD) return null
    const kind = bytes.toString('latin1', 0, 1)
    const length = bytes.readUInt32LE(4)
    if (!isKind(kind) || length > MAX_FRAME_BYTES) return null
    const end = offset + FRAME_HEAD + length
    if (end > this.size) return null
    return {
      kind,
      events: bytes.readUIntLE(1, 3),
      firstTime: bytes.readDoubleLE(8),
      lastTime: bytes.readDoubleLE(16),
      lastSequence: bytes.readDoubleLE(24),
      offset,
      end,
    }
  }

  /** @returns the payload, or null where the checksum says that it or its head is damaged. */
  payload(head: FrameHead): Buffer | null {
    const bytes = this.bytes(head.offset, head.end - head.offset)
    if (bytes.length < head.end - head.offset) return null
    const payload = bytes.subarray(FRAME_HEAD)
    return checksum(bytes.subarray(0, HEAD_BYTES), payload) === bytes.readUInt32LE(HEAD_BYTES) ? payload : null
  }

  private bytes(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const count = readSync(this.descriptor, buffer, filled, length - filled, offset + filled)
      if (count === 0) break
      filled += count
    }
    return buffer.subarray(0, filled)
  }
}
