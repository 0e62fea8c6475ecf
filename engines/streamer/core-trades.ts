import type { FeedState } from '../domain/market/market.ts'
import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'
import type { VenueTrade } from './venue.ts'

/** Bounds of the hunt for missing trades. */
export interface TradeLineSettings {
  /** How many trades wait at most behind a hole before it is given up. */
  readonly maxHeld: number
  /** How many missing trades are asked for at most; older ones are given up at once. */
  readonly maxRefill: number
  /** How long trades wait at most behind a hole, in microseconds. */
  readonly refillTimeout: Micros
  /** How long a trade that only a ticker or heartbeat spoke of may take to arrive before it is missed. */
  readonly grace: Micros
}

export const DEFAULT_TRADE_LINE: TradeLineSettings = {
  maxHeld: 10_000,
  maxRefill: 10_000,
  refillTimeout: 15 * MICROS_PER_SECOND,
  grace: MICROS_PER_SECOND,
}

/** What a {@link TradeLine} reports, synchronously and in order. */
export interface TradeLineEvents {
  /**
   * The next trade; each id is reported once, ascending.
   * @param late whether it was fetched afterwards, or waited for one that was
   */
  trade(trade: VenueTrade, late: boolean): void
  status(state: FeedState, count: number, detail: string): void
  /** Please fetch the trades of these ids, both included. */
  request(fromTradeId: number, toTradeId: number): void
}

/** Counts since the start. */
export interface TradeLineCounts {
  duplicates: number
  gaps: number
  refilled: number
  lost: number
}

/** The venue's clock must have moved this far past our newest trade before a lower id means a new numbering. */
const RENUMBERING_MARGIN = MICROS_PER_SECOND

/**
 * Puts one product's trades into the order of their ids, each once, whichever channel brings them first.
 *
 * A hole in the `match` channel is asked for at once, since that channel is in order. A trade that only a ticker or a
 * heartbeat knows of gets a grace first: tickers are batched over cascading matches and overtake them.
 * While a hole is open, later trades wait; the wait is bounded in number and time, and then the hole is reported lost.
 */
export class TradeLine {
  private last = 0
  private lastTime: Micros = 0
  /** Trades behind a hole, by id. */
  private held = new Map<number, VenueTrade>()
  /** The highest id that anything spoke of, and since when it is missing (0: nothing is). */
  private awaited = 0
  private awaitedSince: Micros = 0
  private asked: { readonly from: number; readonly to: number; readonly since: Micros } | null = null
  private readonly settings: TradeLineSettings
  private readonly counts: TradeLineCounts
  private readonly events: TradeLineEvents

  constructor(settings: TradeLineSettings, counts: TradeLineCounts, events: TradeLineEvents) {
    this.settings = settings
    this.counts = counts
    this.events = events
  }

  /** Whether a first trade is known, against which others can be missed. */
  get hasBase(): boolean {
    return this.last > 0
  }

  take(trade: VenueTrade, channel: 'match' | 'last_match' | 'ticker', now: Micros): void {
    if (this.last === 0) {
      this.report(trade)
      return
    }
    if (trade.tradeId <= this.last) {
      if (channel === 'match' && trade.time > this.lastTime + RENUMBERING_MARGIN) this.renumber(trade)
      else this.counts.duplicates += 1
      return
    }
    if (trade.tradeId === this.last + 1) {
      this.report(trade)
      this.drain()
      return
    }
    if (this.held.has(trade.tradeId)) {
      this.counts.duplicates += 1
      return
    }
    this.held.set(trade.tradeId, trade)
    this.await(trade.tradeId, now)
    if (this.held.size > this.settings.maxHeld)
      this.giveUp(now, `more than ${this.settings.maxHeld} trades wait behind it`)
    else if (channel !== 'ticker') this.openGap(now)
  }

  /** A heartbeat names the newest trade's id. */
  heartbeat(lastTradeId: number, now: Micros): void {
    if (this.last > 0 && lastTradeId > this.last) this.await(lastTradeId, now)
  }

  /** What came of a request. `failure` null: the venue answered, though not necessarily with every trade. */
  refill(
    fromTradeId: number,
    toTradeId: number,
    trades: readonly VenueTrade[],
    failure: string | null,
    now: Micros,
  ): void {
    const asked = this.asked
    if (asked === null || asked.from !== fromTradeId || asked.to !== toTradeId) return
    this.asked = null
    let fetched = 0
    for (const trade of trades) {
      if (trade.tradeId <= this.last || trade.tradeId > toTradeId || this.held.has(trade.tradeId)) continue
      this.held.set(trade.tradeId, trade)
      fetched += 1
    }
    this.settle(toTradeId, fetched, failure ?? 'the venue no longer has them')
    this.next(now)
  }

  /** To be called about once a second: nothing else ends a wait. */
  timer(now: Micros): void {
    if (this.asked !== null) {
      if (now - this.asked.since >= this.settings.refillTimeout) this.giveUp(now, 'the venue did not answer in time')
    } else if (this.awaitedSince > 0 && now - this.awaitedSince >= this.settings.grace) {
      this.openGap(now)
    }
  }

  private await(tradeId: number, now: Micros): void {
    if (tradeId > this.awaited) this.awaited = tradeId
    if (this.awaitedSince === 0) this.awaitedSince = now
  }

  private report(trade: VenueTrade, late = false): void {
    this.last = trade.tradeId
    this.lastTime = trade.time
    if (this.awaited <= this.last) this.awaitedSince = 0
    if (this.asked !== null && this.asked.to <= this.last) this.asked = null
    this.events.trade(trade, late)
  }

  private drain(late = false): void {
    for (;;) {
      const trade = this.held.get(this.last + 1)
      if (trade === undefined) return
      this.held.delete(trade.tradeId)
      this.report(trade, late)
    }
  }

  /** The last id of the first hole. */
  private holeEnd(): number {
    let lowest = this.awaited + 1
    for (const tradeId of this.held.keys()) if (tradeId < lowest) lowest = tradeId
    return lowest - 1
  }

  private openGap(now: Micros): void {
    if (this.asked !== null) return
    const to = this.holeEnd()
    this.counts.gaps += 1
    const tooMany = to - this.last - this.settings.maxRefill
    if (tooMany > 0) {
      this.lose(tooMany, `more than ${this.settings.maxRefill} trades are missing`)
      this.last += tooMany
    }
    this.asked = { from: this.last + 1, to, since: now }
    this.events.request(this.asked.from, to)
  }

  private giveUp(now: Micros, reason: string): void {
    const to = this.asked?.to ?? this.holeEnd()
    this.asked = null
    this.settle(to, 0, reason)
    this.next(now)
  }

  /** Reports what there is up to `to`, says what is not, and goes on from there. */
  private settle(to: number, fetched: number, reason: string): void {
    // By what is held, which is bounded, and not by the ids, which may jump as far as a venue likes.
    const there = [...this.held.values()].filter(({ tradeId }) => tradeId <= to).sort((a, b) => a.tradeId - b.tradeId)
    for (const { tradeId } of there) this.held.delete(tradeId)
    const missing = to - this.last - there.length
    if (missing > 0) this.lose(missing, reason)
    if (fetched > 0) {
      this.counts.refilled += fetched
      this.events.status('REFILLED', fetched, `fetched afterwards, up to trade ${to}`)
    }
    for (const trade of there) this.report(trade, true)
    if (to > this.last) this.last = to
    if (this.awaited <= this.last) this.awaitedSince = 0
    this.drain(true)
  }

  /** After one hole is settled there may be another. */
  private next(now: Micros): void {
    if (this.held.size > 0) this.openGap(now)
    else if (this.awaited > this.last) this.awaitedSince = now
  }

  private lose(count: number, reason: string): void {
    this.counts.lost += count
    this.events.status('GAP', count, reason)
  }

  /** A venue that was set up anew (a sandbox that restarted) counts from the start: without this all would be "seen". */
  private renumber(trade: VenueTrade): void {
    this.events.status('GAP', 0, `the venue numbers its trades anew: ${trade.tradeId} follows ${this.last}`)
    this.held.clear()
    this.asked = null
    this.awaited = 0
    this.awaitedSince = 0
    this.report(trade)
  }
}
