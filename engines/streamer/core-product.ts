import type { Level } from '../domain/market/market.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import type { Side } from '../domain/side.ts'
import type { Micros } from '../domain/time.ts'
import { POWERS, type Unit } from '../domain/market/unit.ts'
import { createBook, type Book } from './book.ts'
import type { Draft } from './core-session.ts'
import type { BookChange, VenueTrade } from './venue.ts'

interface Quote {
  readonly bid: Fixed
  readonly bidSize: Fixed
  readonly ask: Fixed
  readonly askSize: Fixed
}

const NO_QUOTE: Quote = { bid: 0, bidSize: 0, ask: 0, askSize: 0 }
interface LastTrade {
  readonly price: Fixed
  readonly size: Fixed
  readonly tradeId: number
  readonly takerSide: Side
}

const NO_TRADE: LastTrade = { price: 0, size: 0, tradeId: 0, takerSide: 'BUY' }

/** Where a {@link ProductView} hands its events; `time` 0 is undated. */
export type PublishDraft = (draft: Draft, time: Micros) => void

/** How many level2 messages in a row may leave a book crossed before it is doubted. */
const MAX_CROSSED_UPDATES = 20

/** What of one product has been published, and what has changed since: one product's ticks and books. */
export class ProductView {
  /** null: not known, so that updates mean nothing. */
  private book: Book | null = null
  private crossedUpdates = 0
  private publishedBids: readonly Level[] = []
  private publishedAsks: readonly Level[] = []
  private tickerQuote: Quote = NO_QUOTE
  /** The quote of the book while that is to be believed; kept while the book is crossed. */
  private bookQuote: Quote = NO_QUOTE
  private trade: LastTrade = NO_TRADE
  private published: Quote = NO_QUOTE
  private publishedTradeId = 0
  private readonly product: Product
  private readonly levels: number
  private counted: Unit
  private readonly publish: PublishDraft

  /** @param unit in what it is told what happens, until {@link widen} */
  constructor(product: Product, unit: Unit, levels: number, publish: PublishDraft) {
    this.product = product
    this.counted = unit
    this.levels = levels
    this.publish = publish
  }

  /** In what it counts. */
  get unit(): Unit {
    return this.counted
  }

  /**
   * Goes on in a finer unit, with all that it keeps. What a double does not hold exactly any more is noticed where it is to be
   * published.
   */
  widen(unit: Unit): void {
    const price = POWERS[unit.price - this.counted.price]!
    const size = POWERS[unit.size - this.counted.size]!
    this.counted = unit
    this.book?.rescale(price, size)
    const quote = (of: Quote): Quote => ({
      bid: of.bid * price,
      bidSize: of.bidSize * size,
      ask: of.ask * price,
      askSize: of.askSize * size,
    })
    const levels = (of: readonly Level[]): readonly Level[] =>
      of.map((level): Level => [level[0] * price, level[1] * size])
    this.tickerQuote = quote(this.tickerQuote)
    this.bookQuote = quote(this.bookQuote)
    this.published = quote(this.published)
    this.publishedBids = levels(this.publishedBids)
    this.publishedAsks = levels(this.publishedAsks)
    this.trade = { ...this.trade, price: this.trade.price * price, size: this.trade.size * size }
  }

  /** The connection is gone: nothing about the book is known. */
  forget(): void {
    this.book = null
    this.crossedUpdates = 0
    this.tickerQuote = NO_QUOTE
    this.bookQuote = NO_QUOTE
    this.publishedBids = []
    this.publishedAsks = []
  }

  snapshot(bids: readonly Level[], asks: readonly Level[]): void {
    this.book ??= createBook()
    this.book.load(bids, asks)
    this.crossedUpdates = 0
    this.showBook(this.book, 0)
  }

  /** @returns `stray` where no snapshot came before, `doubt` where the book must be asked for anew, else `ok`. */
  update(changes: readonly BookChange[], time: Micros): 'ok' | 'stray' | 'doubt' {
    const { book } = this
    if (book === null) return 'stray'
    const rank = book.apply(changes)
    if (book.crossed()) {
      this.crossedUpdates += 1
      if (this.crossedUpdates <= MAX_CROSSED_UPDATES) return 'ok'
      this.forget()
      return 'doubt'
    }
    const wasCrossed = this.crossedUpdates > 0
    this.crossedUpdates = 0
    if (wasCrossed || rank < this.levels) this.showBook(book, time)
    return 'ok'
  }

  /** A change of the book is not known, so that none of it is. */
  doubt(): 'stray' | 'doubt' {
    if (this.book === null) return 'stray'
    this.forget()
    return 'doubt'
  }

  /** A ticker's quote counts only while no book is known. */
  quote(quote: Quote, time: Micros): void {
    this.tickerQuote = quote
    if (this.book === null) this.showTick(time)
  }

  /** As {@link quote}, but shown with the trade that comes next, so that one change of the venue makes one tick. */
  prepareQuote(quote: Quote): void {
    this.tickerQuote = quote
  }

  /**
   * @param trade counted in this view's unit
   * @param late whether the trade was fetched afterwards, so that its tick has to say of when it is
   */
  traded(trade: VenueTrade, late: boolean): void {
    this.trade = trade
    this.showTick(trade.time, late)
  }

  private showBook(book: Book, time: Micros): void {
    if (book.crossed()) return
    const bids = book.bids(this.levels)
    const asks = book.asks(this.levels)
    if (sameLevels(bids, this.publishedBids) && sameLevels(asks, this.publishedAsks)) return
    this.publishedBids = bids
    this.publishedAsks = asks
    const [bid, bidSize] = bids[0] ?? [0, 0]
    const [ask, askSize] = asks[0] ?? [0, 0]
    this.bookQuote = { bid, bidSize, ask, askSize }
    this.publish({ type: 'book', product: this.product, unit: this.counted, bids, asks }, time)
    this.showTick(time)
  }

  /** Publishes a tick where it says something new. */
  private showTick(time: Micros, late = false): void {
    const quote = this.book === null ? this.tickerQuote : this.bookQuote
    const { trade } = this
    if (trade.tradeId === this.publishedTradeId && sameQuote(quote, this.published)) return
    this.published = quote
    this.publishedTradeId = trade.tradeId
    this.publish(
      {
        type: 'tick',
        product: this.product,
        unit: this.counted,
        price: trade.price,
        size: trade.size,
        bid: quote.bid,
        bidSize: quote.bidSize,
        ask: quote.ask,
        askSize: quote.askSize,
        tradeId: trade.tradeId,
        takerSide: trade.takerSide,
        ...(late ? { tradedAt: time } : {}),
      },
      time,
    )
  }
}

function sameQuote(a: Quote, b: Quote): boolean {
  return a.bid === b.bid && a.ask === b.ask && a.bidSize === b.bidSize && a.askSize === b.askSize
}

function sameLevels(a: readonly Level[], b: readonly Level[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) {
    const left = a[index]!
    const right = b[index]!
    if (left[0] !== right[0] || left[1] !== right[1]) return false
  }
  return true
}
