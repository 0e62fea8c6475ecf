import type { BookSnapshot, FeedStatus, InstrumentNotice, MarketEvent, Tick } from '../domain/market/market.ts'
import type { Emit } from '../domain/step.ts'
import type { Micros } from '../domain/time.ts'

/** A market event before it has its place and time. */
export type Draft = Unplaced<Tick> | Unplaced<BookSnapshot> | Unplaced<FeedStatus> | Unplaced<InstrumentNotice>

type Unplaced<Event> = Omit<Event, 'sequence' | 'time'>

/** How many events wait at most for the venue's first date. */
const MAX_WAITING = 1_000

/**
 * Gives events their sequence and time.
 *
 * Time here is the venue's, never the machine's: the two may be far apart (a sandbox plays a recording of another
 * year), and since time must never fall, one event dated by the wrong clock would pin all later ones. Book snapshots
 * and our own statuses carry no date, so they take that of the newest dated event; the very first ones wait until
 * there is one, for as long as the core's timer lets them.
 */
export class Session {
  private sequence = 0
  private time: Micros = 0
  private waiting: Draft[] = []
  private readonly emit: Emit<MarketEvent>
  /** Date of the newest thing that does not prove the venue's present, e.g. an old trade; used if nothing better comes. */
  private hint: Micros = 0

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

  /** The venue's present; 0 says nothing. Releases what waited for it. */
  observe(time: Micros): void {
    if (time === 0) return
    if (time > this.time) this.time = time
    if (this.waiting.length > 0) this.release()
  }

  /** A date that may be long past; only counts if nothing better is known when waiting ends. */
  suggest(time: Micros): void {
    if (time > this.hint) this.hint = time
  }

  /** Ends the waiting with the best date there is. */
  settle(receivedAt: Micros): void {
    if (this.waiting.length > 0) this.observe(this.hint > 0 ? this.hint : receivedAt)
  }

  /** `time` 0: undated. */
  publish(draft: Draft, time: Micros, receivedAt: Micros): void {
    if (this.time === 0) {
      this.suggest(time)
      this.waiting.push(draft)
      if (this.waiting.length > MAX_WAITING) this.settle(receivedAt)
      return
    }
    if (time > this.time) this.time = time
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
