import type { BookSnapshot, FeedStatus, InstrumentNotice, MarketEvent, Tick } from '../domain/market/market.ts'
import type { Emit } from '../domain/step.ts'
import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'

/** A market event before it has its place and time. */
export type Draft = Unplaced<Tick> | Unplaced<BookSnapshot> | Unplaced<FeedStatus> | Unplaced<InstrumentNotice>

type Unplaced<Event> = Omit<Event, 'sequence' | 'time'>

/** How many events wait at most for the venue's first date. */
const MAX_WAITING = 1_000
/** How much further than the machine's clock the venue's may go from one date to the next, before the date is not believed. */
const MAX_LEAD = 60 * MICROS_PER_SECOND
/** How far ahead of the machine's clock the first date may be. */
const MAX_FIRST_LEAD = 24 * 3_600 * MICROS_PER_SECOND
/** So many dates in a row that are too far ahead are the venue's present: its clock was set, or it plays a recording quickly. */
const ENOUGH = 10

/**
 * Gives events their sequence and time.
 *
 * Time here is the venue's, never the machine's: the two may be far apart (a sandbox plays a recording of another
 * year), and since time must never fall, one event dated by the wrong clock would pin all later ones. Book snapshots
 * and our own statuses carry no date, so they take that of the newest dated event; the very first ones wait until
 * there is one, for as long as the core's timer lets them.
 *
 * For the same reason a date is judged by how far both clocks have come since the one before: what a single message dates
 * far ahead stands at the present, like what has no date at all.
 */
export class Session {
  private sequence = 0
  private time: Micros = 0
  private waiting: Draft[] = []
  private readonly emit: Emit<MarketEvent>
  /** Date of the newest thing that does not prove the venue's present, e.g. an old trade; used if nothing better comes. */
  private hint: Micros = 0
  /** Whether a message has proved the venue's present, and when by the machine's clock it came. */
  private proven = false
  private provenAt: Micros = 0
  private lead = MAX_LEAD
  /** Dates in a row that were not believed, and all of them. */
  private doubted = 0
  private doubtedTime: Micros = 0
  private misdatedCount = 0

  constructor(emit: Emit<MarketEvent>) {
    this.emit = emit
  }

  /** The newest venue time; 0 while none is known. */
  get now(): Micros {
    return this.time
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0
  }

  /** How many dates were not believed. */
  get misdated(): number {
    return this.misdatedCount
  }

  /** The venue's present; 0 says nothing. Releases what waited for it. */
  observe(time: Micros, receivedAt: Micros): void {
    if (time === 0) return
    this.advance(time, receivedAt)
    if (this.waiting.length > 0 && this.time > 0) this.release()
  }

  /** Goes on to a date, where that is to be believed. */
  private advance(time: Micros, receivedAt: Micros): void {
    const most = this.proven
      ? this.time + Math.max(0, receivedAt - this.provenAt) + this.lead
      : Math.max(receivedAt, this.time) + MAX_FIRST_LEAD
    if (time > most) {
      // A message dates several things; and a clock goes on.
      if (time !== this.doubtedTime) this.misdatedCount += 1
      if (time > this.doubtedTime) this.doubted += 1
      this.doubtedTime = time
      if (this.doubted < ENOUGH) return
      this.lead = Math.max(this.lead, 2 * (time - most))
    }
    this.doubted = 0
    this.doubtedTime = 0
    if (time <= this.time && this.proven) return
    this.time = Math.max(time, this.time)
    this.proven = true
    this.provenAt = receivedAt
  }

  /** A date that may be long past; only counts if nothing better is known when waiting ends. */
  suggest(time: Micros): void {
    if (time > this.hint) this.hint = time
  }

  /** Ends the waiting with the best date there is. */
  settle(receivedAt: Micros): void {
    if (this.waiting.length === 0) return
    this.time = this.hint > 0 && this.hint <= receivedAt + MAX_FIRST_LEAD ? this.hint : receivedAt
    this.release()
  }

  /** `time` 0: undated. */
  publish(draft: Draft, time: Micros, receivedAt: Micros): void {
    if (this.time === 0) {
      this.suggest(time)
      this.waiting.push(draft)
      if (this.waiting.length > MAX_WAITING) this.settle(receivedAt)
      return
    }
    if (time > this.time) this.advance(time, receivedAt)
    this.place(draft)
  }

  private release(): void {
    const drafts = this.waiting
    this.waiting = []
    for (const draft of drafts) this.place(draft)
  }

  private place(draft: Draft): void {
    this.sequence += 1
    const { sequence, time } = this
    // Written out, so that all events of a type have one hidden class: they are made at tick rate.
    switch (draft.type) {
      case 'tick':
        if (draft.tradedAt !== undefined && draft.tradedAt < time) {
          this.emit({ ...draft, sequence, time })
          return
        }
        this.emit({
          type: 'tick',
          sequence,
          time,
          product: draft.product,
          unit: draft.unit,
          price: draft.price,
          size: draft.size,
          bid: draft.bid,
          bidSize: draft.bidSize,
          ask: draft.ask,
          askSize: draft.askSize,
          tradeId: draft.tradeId,
          takerSide: draft.takerSide,
        })
        return
      case 'book': {
        const { product, unit, bids, asks } = draft
        this.emit({ type: 'book', sequence, time, product, unit, bids, asks })
        return
      }
      case 'instrument':
        this.emit({ ...draft, sequence, time })
        return
      case 'feed':
        this.emit({
          type: 'feed',
          sequence,
          time,
          state: draft.state,
          product: draft.product,
          count: draft.count,
          detail: draft.detail.slice(0, 200),
        })
    }
  }
}
