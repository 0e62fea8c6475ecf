import { DEFAULT_BOOK_LEVELS, MAX_BOOK_LEVELS, type FeedState, type MarketEvent } from '../domain/market/market.ts'
import { MAX_PRODUCTS, MAX_PRODUCT_LENGTH, isProduct, type Product } from '../domain/market/product.ts'
import type { Core, Emit } from '../domain/step.ts'
import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'
import { unitOf, widest, type Unit } from '../domain/market/unit.ts'
import { unfitDraft, unfitTrade } from './core-fit.ts'
import { inUnit } from '../domain/market/counting.ts'
import { inferredInstrument, type Instrument } from '../domain/market/instrument.ts'
import { noCounts, type StreamerCounts } from './core-counts.ts'
import { ProductView } from './core-product.ts'
import { Session, type Draft } from './core-session.ts'
import { DEFAULT_TRADE_LINE, TradeLine, type TradeLineSettings } from './core-trades.ts'
import type { VenueMessage, VenueTrade } from './venue.ts'

/** What the core asks of whoever holds the connection. */
export type VenueRequest =
  | { readonly type: 'subscribe'; readonly products: readonly Product[] }
  | { readonly type: 'unsubscribe'; readonly product: Product }
  /** A fresh book snapshot: what we have is not to be believed. */
  | { readonly type: 'resubscribe'; readonly product: Product }
  /** The trades of these ids, both included; answered by a `refill` input, always. */
  | { readonly type: 'refill'; readonly product: Product; readonly fromTradeId: number; readonly toTradeId: number }

/** What comes in. `receivedAt` is the machine's clock: it ends waits, and dates nothing but the last resort. */
export type StreamerInput = { readonly receivedAt: Micros } & (
  | { readonly type: 'message'; readonly message: VenueMessage }
  | { readonly type: 'garbage'; readonly reason: string; readonly book?: Product }
  | { readonly type: 'connected' }
  | { readonly type: 'lost'; readonly detail: string }
  | { readonly type: 'refused'; readonly product: Product; readonly detail: string }
  | {
      readonly type: 'refill'
      readonly product: Product
      readonly fromTradeId: number
      readonly toTradeId: number
      readonly trades: readonly VenueTrade[]
      /** null where the venue answered. */
      readonly failure: string | null
    }
  /** Somebody wants more products. Known ones are no news. */
  | { readonly type: 'subscribe'; readonly products: readonly Product[] }
  | { readonly type: 'unsubscribe'; readonly product: Product }
  /** What the venue lists; of products that it defines anew the newest counts. */
  | { readonly type: 'instruments'; readonly instruments: readonly Instrument[] }
  /** Somebody has come who was not told yet what the products are. */
  | { readonly type: 'announce' }
  /** To be given about once a second. */
  | { readonly type: 'timer' }
)

export type StreamerOutput =
  { readonly type: 'event'; readonly event: MarketEvent } | { readonly type: 'request'; readonly request: VenueRequest }

export interface StreamerSettings {
  /** Levels a side of the published books, from 1 to {@link MAX_BOOK_LEVELS}. */
  readonly levels: number
  /** How long undated first events wait for a dated one, in microseconds. */
  readonly undatedWait: Micros
  readonly trades: TradeLineSettings
}

export const DEFAULT_STREAMER: StreamerSettings = {
  levels: DEFAULT_BOOK_LEVELS,
  undatedWait: 3 * MICROS_PER_SECOND,
  trades: DEFAULT_TRADE_LINE,
}

interface Feed {
  readonly view: ProductView
  readonly trades: TradeLine
  /** Whether anything of it was published. */
  shown: boolean
}

/** The most definitions of products that are kept; the largest venue lists some thousands. */
const MAX_DEFINITIONS = 10_000

/**
 * From one venue's messages to one session of market events.
 * Not reentrant: a request must not be answered from within the call that made it.
 */
export interface StreamerCore extends Core<StreamerInput, StreamerOutput> {
  /** Products wanted and not refused. */
  readonly products: readonly Product[]
  /** What a product is counted in, as far as is known; null: nothing is. */
  unitOf(product: Product): Unit | null
  counts(): StreamerCounts
}

/** @throws RangeError where a setting is out of its range. */
export function createStreamerCore(settings: Partial<StreamerSettings> = {}): StreamerCore {
  const all = { ...DEFAULT_STREAMER, ...settings }
  if (!Number.isInteger(all.levels) || all.levels < 1 || all.levels > MAX_BOOK_LEVELS) {
    throw new RangeError(`levels is ${all.levels}; it must be a whole number from 1 to ${MAX_BOOK_LEVELS}`)
  }
  return new Streamer(all)
}

const NO_EMIT: Emit<StreamerOutput> = () => undefined

class Streamer implements StreamerCore {
  private readonly feeds = new Map<Product, Feed>()
  private readonly definitions = new Map<Product, Instrument>()
  private readonly session: Session
  private readonly tally = noCounts()
  private connected = false
  private waitingSince: Micros = 0
  /** The step in progress: its receiver and its moment, so that the parts below need not carry them. */
  private emit = NO_EMIT
  private receivedAt: Micros = 0
  private readonly settings: StreamerSettings

  constructor(settings: StreamerSettings) {
    this.settings = settings
    this.session = new Session((event) => {
      this.emit({ type: 'event', event })
    })
  }

  get products(): readonly Product[] {
    return [...this.feeds.keys()]
  }

  unitOf(product: Product): Unit | null {
    return this.feeds.get(product)?.view.unit ?? this.definitions.get(product)?.unit ?? null
  }

  counts(): StreamerCounts {
    return { ...this.tally, misdated: this.session.misdated }
  }

  step(input: StreamerInput, emit: Emit<StreamerOutput>): void {
    this.emit = emit
    this.receivedAt = input.receivedAt
    this.handle(input)
    this.emit = NO_EMIT
  }

  private handle(input: StreamerInput): void {
    switch (input.type) {
      case 'message':
        this.tally.messages += 1
        this.message(input.message)
        return
      case 'garbage':
        this.tally.garbage += 1
        if (input.book !== undefined) this.doubt(input.book)
        return
      case 'connected':
        this.connected = true
        this.status('CONNECTED', '', 0, 'data flows')
        return
      case 'lost':
        this.lost(input.detail)
        return
      case 'refused':
        if (!this.feeds.delete(input.product)) return
        this.tally.refused += 1
        this.status('REFUSED', input.product, 0, input.detail)
        return
      case 'refill': {
        const feed = this.feeds.get(input.product)
        if (feed === undefined || !input.trades.every(({ unit }) => this.canCount(input.product, feed, unit))) return
        feed.trades.refill(input.fromTradeId, input.toTradeId, input.trades, input.failure, this.receivedAt)
        return
      }
      case 'instruments':
        this.define(input.instruments)
        return
      case 'announce':
        for (const [product, feed] of this.feeds) if (feed.shown) this.announce(product, feed)
        return
      case 'subscribe':
        this.subscribe(input.products)
        return
      case 'unsubscribe':
        if (this.feeds.delete(input.product)) this.request({ type: 'unsubscribe', product: input.product })
        return
      case 'timer':
        this.timer()
    }
  }

  private message(message: VenueMessage): void {
    if (message.type === 'subscriptions' || message.type === 'error') return
    const feed = message.type === 'unknown' ? undefined : this.feeds.get(message.product)
    if (message.type === 'unknown' || feed === undefined) {
      this.tally.ignored += 1
      return
    }
    const unfit = unfitTrade(message)
    if (unfit !== null) {
      this.close(message.product, feed, unfit)
      return
    }
    const unit = 'unit' in message ? message.unit : 'trade' in message ? message.trade.unit : feed.view.unit
    if (!this.canCount(message.product, feed, unit)) return
    switch (message.type) {
      case 'ticker': {
        // The first ticker and last_match of a connection may report a trade of hours ago: no proof of the present.
        if (message.trade === null || feed.trades.hasBase) this.session.observe(message.time, this.receivedAt)
        if (message.trade !== null) {
          feed.view.prepareQuote(inUnit(message, feed.view.unit))
          feed.trades.take(message.trade, 'ticker', this.receivedAt)
        }
        feed.view.quote(inUnit(message, feed.view.unit), message.time)
        return
      }
      case 'last_match':
        feed.trades.take(message.trade, 'last_match', this.receivedAt)
        return
      case 'match':
        this.session.observe(message.trade.time, this.receivedAt)
        feed.trades.take(message.trade, 'match', this.receivedAt)
        return
      case 'snapshot': {
        const { bids, asks } = inUnit(message, feed.view.unit)
        feed.view.snapshot(bids, asks)
        return
      }
      case 'l2update':
        this.session.observe(message.time, this.receivedAt)
        this.judge(message.product, feed.view.update(inUnit(message, feed.view.unit).changes, message.time))
        return
      case 'heartbeat':
        this.session.observe(message.time, this.receivedAt)
        feed.trades.heartbeat(message.lastTradeId, this.receivedAt)
        feed.trades.timer(this.receivedAt)
    }
  }

  /** What would have changed a book could not be read; where it does not say whose, it may have been any. */
  private doubt(product: Product): void {
    for (const [name, feed] of this.feeds) if (product === '' || product === name) this.judge(name, feed.view.doubt())
  }

  private judge(product: Product, verdict: 'ok' | 'stray' | 'doubt'): void {
    if (verdict === 'stray') this.tally.strayUpdates += 1
    if (verdict !== 'doubt') return
    this.tally.doubtedBooks += 1
    this.request({ type: 'resubscribe', product })
  }

  private lost(detail: string): void {
    if (!this.connected) return
    this.connected = false
    this.tally.reconnects += 1
    for (const feed of this.feeds.values()) feed.view.forget()
    this.status('RECONNECTING', '', 0, detail)
  }

  private subscribe(products: readonly Product[]): void {
    const added: Product[] = []
    for (const product of products) {
      if (this.feeds.has(product)) continue
      const refusal = !isProduct(product)
        ? 'not a product id'
        : this.feeds.size >= MAX_PRODUCTS
          ? `a feed serves at most ${MAX_PRODUCTS} products`
          : null
      if (refusal === null) {
        this.feeds.set(product, this.createFeed(product))
        added.push(product)
      } else {
        this.tally.refused += 1
        this.status('REFUSED', product.slice(0, MAX_PRODUCT_LENGTH), 0, refusal)
      }
    }
    if (added.length > 0) this.request({ type: 'subscribe', products: added })
  }

  private timer(): void {
    for (const feed of this.feeds.values()) feed.trades.timer(this.receivedAt)
    if (!this.session.isWaiting) this.waitingSince = 0
    else if (this.waitingSince === 0) this.waitingSince = this.receivedAt
    else if (this.receivedAt - this.waitingSince >= this.settings.undatedWait) this.session.settle(this.receivedAt)
  }

  private createFeed(product: Product): Feed {
    const unit = this.definitions.get(product)?.unit ?? unitOf(0, 0)
    const view = new ProductView(product, unit, this.settings.levels, (draft, time) => {
      this.publish(feed, draft, time)
    })
    const trades = new TradeLine(this.settings.trades, this.tally, {
      trade: (trade, late) => {
        view.traded(inUnit(trade, view.unit), late)
      },
      status: (state, count, detail) => {
        this.status(state, product, count, detail)
      },
      request: (fromTradeId, toTradeId) => {
        this.request({ type: 'refill', product, fromTradeId, toTradeId })
      },
    })
    const feed: Feed = { view, trades, shown: false }
    return feed
  }

  private publish(feed: Feed, draft: Draft, time: Micros): void {
    // What else the message that closed it had to say.
    if (this.feeds.get(draft.product) !== feed) return
    const unfit = unfitDraft(draft)
    if (unfit !== null) {
      this.close(draft.product, feed, unfit)
      return
    }
    if (!feed.shown) {
      feed.shown = true
      this.announce(draft.product, feed)
    }
    this.session.publish(draft, time, this.receivedAt)
  }

  /**
   * Makes sure that what comes can be counted: a feed goes on in a finer unit where that is needed, which is told.
   * @returns false where it cannot; its product is closed then.
   */
  private canCount(product: Product, feed: Feed, unit: Unit): boolean {
    const { view } = feed
    if (unit.price <= view.unit.price && unit.size <= view.unit.size) return true
    const wider = widest(unit, view.unit)
    if (wider === null) {
      const most = `${Math.max(unit.price, view.unit.price)} and ${Math.max(unit.size, view.unit.size)}`
      this.close(product, feed, `its prices and sizes have ${most} digits after the point, too many to be counted`)
      return false
    }
    view.widen(wider)
    if (feed.shown) this.announce(product, feed)
    return true
  }

  private define(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) {
      const { product } = instrument
      if (this.definitions.size >= MAX_DEFINITIONS && !this.definitions.has(product)) continue
      this.definitions.set(product, instrument)
      const feed = this.feeds.get(product)
      if (feed === undefined || !this.canCount(product, feed, instrument.unit)) continue
      if (feed.shown) this.announce(product, feed)
    }
  }

  /** Tells what a product is: as its venue defines it, or as it has been seen. */
  private announce(product: Product, feed: Feed): void {
    const { unit } = feed.view
    const defined = this.definitions.get(product)
    const draft = {
      type: 'instrument',
      ...inferredInstrument(product, unit),
      ...(defined && inUnit(defined, unit)),
    } as const
    const unfit = unfitDraft(draft)
    if (unfit === null) this.session.publish(draft, 0, this.receivedAt)
    else this.close(product, feed, unfit)
  }

  /** Its venue says what cannot be carried: what would follow is not the market any more. All other products go on. */
  private close(product: Product, feed: Feed, reason: string): void {
    this.feeds.delete(product)
    this.tally.refused += 1
    this.request({ type: 'unsubscribe', product })
    this.status(feed.shown ? 'CLOSED' : 'REFUSED', product, 0, reason)
  }

  private status(state: FeedState, product: Product, count: number, detail: string): void {
    this.session.publish({ type: 'feed', state, product, count, detail }, 0, this.receivedAt)
  }

  private request(request: VenueRequest): void {
    this.emit({ type: 'request', request })
  }
}
