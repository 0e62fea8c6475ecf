import type { Micros } from '../../domain/time.ts'

/** The most bytes of a frame's payload, compressed. A length above it is damage, not a length. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

/**
 * `H`: what the tape is (JSON), first. `P`: products that the next block is the first to hold (JSON). `B`: events.
 * `E`: the recording was ended in order (JSON), last.
 */
export type FrameKind = 'H' | 'P' | 'B' | 'E'

const KINDS: readonly string[] = ['H', 'P', 'B', 'E'] satisfies FrameKind[]

/** Whether a text names a kind of frame. */
export const isKind = (text: string): text is FrameKind => KINDS.includes(text)

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
  /** Place among the tape's frames, from 0. */
  readonly number: number
  readonly offset: number
  /** Where the next frame begins. */
  readonly end: number
}

/** The bytes of a tape up to where it ended when it was opened: a reader has an end, however fast it grows. */
export interface TapeBytes {
  readonly size: number
  /** Fewer than `length` where the tape ends before. */
  bytes(offset: number, length: number): Buffer
  /** Where the zeros begin that the tape ends with, as a power cut leaves them; {@link size} where it ends with none. */
  zerosFrom(): number
}

/**
 * What is found where a frame should be. `torn`: what a crash leaves of a frame, at the very end of the tape, with nothing
 * behind. `damaged`: anything else.
 */
export type Unsound = 'torn' | 'damaged'

/** How the frames of one version of tapes are read. A version that was once written keeps its reader, and a sample. */
export interface FrameFormat {
  /** The frame at `offset`, looked at without its payload where that can be. There is at least one byte there. */
  head(file: TapeBytes, offset: number, number: number): FrameHead | Unsound
  payload(file: TapeBytes, head: FrameHead): Buffer | Unsound
}
