import type { ProductState } from '../../broker/product-state.ts'
import type { Bar, BookSnapshot, FeedStatus, MarketEvent, Tick } from '../../domain/market/market.ts'
import { POWERS } from '../../domain/market/unit.ts'
import type { Account } from './account.ts'
import { StrategyCandles } from './candles.ts'
import type { BookLevel, Candle, Handlers, PortfolioAccount, ProductAccount } from './contract.ts'
import { AuthorError } from './numbers.ts'
import { LiveAccount, MOST_WISHES, type AccountPorts } from './product-account.ts'
import { checkHandlers, checkInputs, type Strategy } from './strategy.ts'
import { Timers } from './timers.ts'
import { fillView, millis, orderView } from './views.ts'

/** The most rounds of answers to one's own orders in one event; more is a strategy that does not stop. */
const MOST_ROUNDS = 1_000

/** All that is kept of a product. */
interface Part {
  readonly state: ProductState
  readonly account: LiveAccount
  /** What it does at what, with its own account or the one over all. */
  readonly call: Handlers<undefined>
  readonly candles: readonly StrategyCandles[]
  tradeId: number
  bid: number
  bidSize: number
  ask: number
  askSize: number
}

/**
 * A strategy of the author's contract as a synchronous machine. It is told a market event after its account has taken that in: first what
 * became of its orders, then timers that are due, then the event, then what came of what it did. Everything it wishes is done at once.
 */
export class StrategyCore implements PortfolioAccount {
  private readonly strategy: Strategy
  private readonly account: Account
  private readonly parts = new Map<string, Part>()
  private readonly timers = new Timers()
  private readonly ports: AccountPorts
  private readonly whole: Handlers<PortfolioAccount> | null
  private wishes = 0

  /** @throws AuthorError where the strategy declares or gives what it cannot */
  constructor(strategy: Strategy, account: Account) {
    this.strategy = strategy
    this.account = account
    checkInputs(strategy.inputs)
    this.ports = {
      account,
      count: () => {
        this.wishes += 1
        if (this.wishes > MOST_WISHES)
          throw new AuthorError(
            `more than ${MOST_WISHES} orders, cancellations and replacements in answer to one event`,
          )
      },
      timer: (product, name, micros) => {
        this.timers.set(product, name, account.broker.desk.now + micros)
      },
    }
    this.whole = 'portfolio' in strategy ? checkHandlers(strategy.portfolio(), strategy.inputs, 'portfolio()') : null
  }

  get equity(): number {
    return this.account.broker.desk.equity()
  }

  get cash(): number {
    return this.account.broker.desk.cash
  }

  get now(): number {
    return millis(this.account.broker.desk.now)
  }

  get products(): readonly string[] {
    return [...this.parts.keys()]
  }

  of(product: string): ProductAccount {
    return this.partOf(product).account
  }

  /** After the account has taken it in. @throws whatever the strategy throws */
  step(event: MarketEvent): void {
    this.wishes = 0
    this.answer()
    this.ring()
    this.closeCandles(millis(this.account.broker.desk.now))
    if (event.type === 'tick') this.onTick(event)
    else if (event.type === 'book') this.onBook(event)
    else if (event.type === 'bar') this.onBar(event)
    else if (event.type === 'feed') this.onFeed(event)
    this.answer()
  }

  /** Calls what is due, in order; a timer that is set to now rings in the same event. */
  private ring(): void {
    const { now } = this.account.broker.desk
    for (let rung = 0; ; rung += 1) {
      const due = this.timers.next(now)
      if (due === null) return
      if (rung === MOST_ROUNDS) throw new AuthorError('timers are answered with timers without end')
      this.partOf(due.product).call.onTimer?.(due.name, undefined)
      this.answer()
    }
  }

  /** Tells what became of orders, until nothing more becomes of what is done about it. */
  private answer(): void {
    for (let round = 0; ; round += 1) {
      const news = this.account.drain()
      if (news.length === 0) return
      if (round === MOST_ROUNDS) throw new AuthorError('orders are answered with orders without end')
      for (const item of news) {
        if (item.kind === 'order') this.partOf(item.order.product).call.onOrder?.(orderView(item.order), undefined)
        else this.partOf(item.fill.product).call.onFill?.(fillView(item.fill), undefined)
      }
    }
  }

  private onTick(tick: Tick): void {
    const part = this.partOf(tick.product)
    const { inputs } = this.strategy
    const [price, size] = [POWERS[tick.unit.price]!, POWERS[tick.unit.size]!]
    if (tick.tradeId !== part.tradeId && tick.price > 0) {
      part.tradeId = tick.tradeId
      const time = millis(tick.tradedAt ?? tick.time)
      const [at, traded] = [tick.price / price, tick.size / size]
      if (inputs.trades === true)
        part.call.onTrade?.({ product: tick.product, price: at, size: traded, taker: tick.takerSide, time }, undefined)
      for (const candles of part.candles)
        this.tell(part, candles.add(time, { open: at, high: at, low: at, close: at }, traded))
    }
    if (inputs.quotes !== true) return
    const { bid, bidSize, ask, askSize } = tick
    if (bid === part.bid && ask === part.ask && bidSize === part.bidSize && askSize === part.askSize) return
    Object.assign(part, { bid, bidSize, ask, askSize })
    if (bid === 0 && ask === 0) return
    part.call.onQuote?.(
      {
        product: tick.product,
        bid: bid / price,
        bidSize: bidSize / size,
        ask: ask / price,
        askSize: askSize / size,
        time: millis(tick.time),
      },
      undefined,
    )
  }

  private onBook(book: BookSnapshot): void {
    const part = this.partOf(book.product)
    if (this.strategy.inputs.book !== true || part.call.onBook === undefined) return
    const [price, size] = [POWERS[book.unit.price]!, POWERS[book.unit.size]!]
    const levels = (side: BookSnapshot['bids']): BookLevel[] => side.map(([at, shown]) => [at / price, shown / size])
    part.call.onBook(
      { product: book.product, bids: levels(book.bids), asks: levels(book.asks), time: millis(book.time) },
      undefined,
    )
  }

  private onBar(bar: Bar): void {
    const part = this.partOf(bar.product)
    const price = POWERS[bar.unit.price]!
    const prices = { open: bar.open / price, high: bar.high / price, low: bar.low / price, close: bar.close / price }
    const length = (bar.time - bar.begin) / 1_000_000
    for (const candles of part.candles) {
      if (candles.seconds % length !== 0)
        throw new AuthorError(
          `candles of ${candles.seconds} s cannot be made of this source's, which are ${length} s long`,
        )
      this.tell(part, candles.add(millis(bar.begin), prices, bar.volume / POWERS[bar.unit.size]!))
      // A bar is told at its end: the candle that ends with it is whole.
      this.tell(part, candles.pass(millis(bar.time)))
    }
  }

  private onFeed({ state, product }: FeedStatus): void {
    if (state !== 'RECONNECTING') return
    const concerned = product === '' ? [...this.parts.values()] : [this.partOf(product)]
    for (const part of concerned) {
      part.bid = part.ask = part.bidSize = part.askSize = 0
      if (this.whole === null) part.call.onGap?.(undefined)
    }
    this.whole?.onGap?.(this)
  }

  /** Time ends candles too, of every product alike. */
  private closeCandles(time: number): void {
    if ((this.strategy.inputs.candles ?? []).length === 0) return
    for (const part of this.parts.values()) {
      // A bar says itself when it is over.
      if (!part.state.market.byBars) for (const candles of part.candles) this.tell(part, candles.pass(time))
    }
  }

  private tell(part: Part, candle: Candle | null): void {
    if (candle !== null) part.call.onCandle?.(candle, undefined)
  }

  private partOf(product: string): Part {
    const known = this.parts.get(product)
    if (known !== undefined) return known
    const state = this.account.broker.desk.stateOf(product)
    const account = new LiveAccount(state, this.ports)
    const { strategy } = this
    const call =
      this.whole === null && 'product' in strategy
        ? bound(checkHandlers(strategy.product(account.instrument), strategy.inputs, 'product()'), account)
        : bound(this.whole!, this)
    const candles = (strategy.inputs.candles ?? []).map((seconds) => new StrategyCandles(product, seconds))
    const part: Part = { state, account, call, candles, tradeId: 0, bid: 0, bidSize: 0, ask: 0, askSize: 0 }
    this.parts.set(product, part)
    return part
  }
}

/** Handlers that bring their account with them. */
function bound<Me>(handlers: Handlers<Me>, me: Me): Handlers<undefined> {
  const { onTrade, onQuote, onBook, onCandle, onOrder, onFill, onTimer, onGap } = handlers
  return {
    ...(onTrade && { onTrade: (trade) => onTrade.call(handlers, trade, me) }),
    ...(onQuote && { onQuote: (quote) => onQuote.call(handlers, quote, me) }),
    ...(onBook && { onBook: (book) => onBook.call(handlers, book, me) }),
    ...(onCandle && { onCandle: (candle) => onCandle.call(handlers, candle, me) }),
    ...(onOrder && { onOrder: (order) => onOrder.call(handlers, order, me) }),
    ...(onFill && { onFill: (fill) => onFill.call(handlers, fill, me) }),
    ...(onTimer && { onTimer: (name) => onTimer.call(handlers, name, me) }),
    ...(onGap && { onGap: () => onGap.call(handlers, me) }),
  }
}
