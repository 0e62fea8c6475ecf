import type { Product } from '../domain/market/product.ts'
import type { Micros } from '../domain/time.ts'
import { messageBound, noNames, writeMessage } from './encode.ts'
import { FLAG_RESENT, FLAGS_OFFSET, HEADER_SIZE, KIND, MAX_DATAGRAM, writeHeader } from './frame.ts'
import type { WireMessage } from './message.ts'

/** The smallest ring a lane works with, in bytes. */
export const MIN_RING_BYTES = 16 * MAX_DATAGRAM

/** One index entry a this many ring bytes; a datagram with one tick is about as long. */
const BYTES_PER_ENTRY = 112

/**
 * The sender's side of one session: packs messages into datagrams, numbers them, and keeps what was sent in a ring of
 * bounded size. A datagram is written once, where it stays: sending and sending again copy nothing.
 *
 * Datagrams are numbered from 0; those from {@link oldest} up to, not including, {@link sealed} are still held.
 */
export class Lane {
  readonly session: number
  /** Sorted; empty: all products. */
  readonly products: readonly Product[]
  /** All datagrams' bytes; see {@link offsetOf} and {@link lengthOf}. */
  readonly bytes: Uint8Array
  /** The sequence that the next message will have. */
  next = 1
  /** How many datagrams were finished so far. */
  sealed = 0
  /** Number of the oldest datagram that is still held. */
  oldest = 0

  readonly #view: DataView
  readonly #firsts: Float64Array
  readonly #offsets: Uint32Array
  readonly #lengths: Uint16Array
  readonly #names = noNames()
  #start = 0
  #at = 0
  #open = false
  #pending = 0

  /**
   * @param session random, 1 to 2^32 − 1
   * @param ringBytes how much of what was sent is kept, at least {@link MIN_RING_BYTES}
   */
  constructor(session: number, products: readonly Product[], ringBytes: number) {
    this.session = session
    this.products = products
    this.bytes = new Uint8Array(Math.max(ringBytes, MIN_RING_BYTES))
    this.#view = new DataView(this.bytes.buffer)
    const entries = Math.floor(this.bytes.length / BYTES_PER_ENTRY)
    this.#firsts = new Float64Array(entries)
    this.#offsets = new Uint32Array(entries)
    this.#lengths = new Uint16Array(entries)
  }

  /** The most datagrams a reader may be behind so that none it lacks was let go, with half the ring to spare. */
  get maxWindow(): number {
    return Math.floor(this.bytes.length / MAX_DATAGRAM / 2)
  }

  /** How many messages wait in the unfinished datagram. */
  get pending(): number {
    return this.#pending
  }

  /** The sequence after the last message of a finished datagram. */
  get sealedNext(): number {
    return this.next - this.#pending
  }

  /**
   * Adds a message to the unfinished datagram.
   * @returns false where it does not fit: {@link seal}, send, and append again (an empty datagram holds any message).
   * @throws RangeError where the message cannot be sent at all; see {@link writeMessage}.
   */
  append(message: WireMessage): boolean {
    if (!this.#open) this.#begin()
    if (this.#at + messageBound(message, this.#names) > this.#start + MAX_DATAGRAM && this.#pending > 0) return false
    const known = this.#names.products.length
    try {
      this.#at = writeMessage(this.bytes, this.#view, this.#at, this.#names, message)
    } catch (error) {
      this.#forgetNames(known)
      throw error
    }
    this.#pending += 1
    this.next += 1
    return true
  }

  /**
   * Finishes the datagram.
   * @param sentAt wall clock; goes into the header
   * @returns its number, or -1 where nothing was pending
   */
  seal(sentAt: Micros): number {
    if (this.#pending === 0) return -1
    const first = this.next - this.#pending
    writeHeader(this.#view, this.#start, KIND.data, this.session, first, sentAt, this.#pending, 0)
    if (this.sealed - this.oldest === this.#firsts.length) this.oldest += 1
    const slot = this.sealed % this.#firsts.length
    this.#firsts[slot] = first
    this.#offsets[slot] = this.#start
    this.#lengths[slot] = this.#at - this.#start
    this.#start = this.#at
    this.#open = false
    this.#pending = 0
    this.sealed += 1
    return this.sealed - 1
  }

  /** Where a held datagram begins in {@link bytes}. */
  offsetOf(datagram: number): number {
    return this.#offsets[datagram % this.#offsets.length]!
  }

  /** How many bytes a held datagram has. */
  lengthOf(datagram: number): number {
    return this.#lengths[datagram % this.#lengths.length]!
  }

  /** Sequence of the first message of a held datagram. */
  firstOf(datagram: number): number {
    return this.#firsts[datagram % this.#firsts.length]!
  }

  /** Sets or clears the flag that says "sent again". */
  markResent(datagram: number, resent: boolean): void {
    this.bytes[this.offsetOf(datagram) + FLAGS_OFFSET] = resent ? FLAG_RESENT : 0
  }

  /** The lowest sequence that is still held; {@link sealedNext} where nothing is. */
  get heldFrom(): number {
    return this.oldest < this.sealed ? this.firstOf(this.oldest) : this.sealedNext
  }

  /**
   * The number of the held datagram that contains a sequence: {@link sealed} for one that is not sent yet,
   * {@link oldest} for one that is held no more.
   */
  find(sequence: number): number {
    if (sequence >= this.sealedNext) return this.sealed
    let low = this.oldest
    let high = this.sealed
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.firstOf(middle) <= sequence) low = middle
      else high = middle
    }
    return low
  }

  /** Takes the next stretch of the ring, letting go of the oldest datagrams that stand there. */
  #begin(): void {
    if (this.#start + MAX_DATAGRAM > this.bytes.length) {
      this.#release(this.#start, this.bytes.length)
      this.#start = 0
    }
    this.#release(this.#start, this.#start + MAX_DATAGRAM)
    this.#at = this.#start + HEADER_SIZE
    this.#forgetNames(0)
    this.#open = true
  }

  #forgetNames(known: number): void {
    this.#names.products.length = known
    this.#names.units.length = known
  }

  /** Lets go of the oldest datagrams as long as they begin in the stretch; what precedes it is of the present round. */
  #release(from: number, to: number): void {
    while (this.oldest < this.sealed) {
      const offset = this.offsetOf(this.oldest)
      if (offset < from || offset >= to) return
      this.oldest += 1
    }
  }
}
