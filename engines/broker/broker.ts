import { inUnit } from '../domain/market/counting.ts'
import type { Bar, BookSnapshot, FeedStatus, InstrumentNotice, Tick } from '../domain/market/market.ts'
import type { Amount, Fixed } from '../domain/money.ts'
import type { Ruin, TradingState } from '../domain/trading/order.ts'
import type { OrderChange, OrderRequest } from '../domain/trading/order-request.ts'
import type { Product } from '../domain/market/product.ts'
import type { RiskDecision, Signal } from '../domain/trading/signal.ts'
import type { Side } from '../domain/side.ts'
import type { Micros } from '../domain/time.ts'
import { unitOf, widest, type Unit } from '../domain/market/unit.ts'
import { Margin } from './account/margin.ts'
import { Desk } from './desk.ts'
import { createLatency } from './latency.ts'
import type { BrokerListener } from './listener.ts'
import { atClose, onBar } from './matching/bars.ts'
import { onBook, onTick } from './matching/resting.ts'
import { abandon } from './account/abandon.ts'
import { keepExits } from './orders/exits.ts'
import { leave, leaveAgain } from './orders/holding-time.ts'
import { growBracket } from './orders/bracket.ts'
import { reduceGroup, shrinkToPosition } from './orders/following.ts'
import type { Order } from './orders/order.ts'
import { Registry } from './orders/registry.ts'
import type { Refusal } from './orders/request.ts'
import { Intake, type Placement } from './orders/intake.ts'
import type { ProductState } from './product-state.ts'
import { decide } from './risk/decide.ts'
import { closable } from './risk/sizing.ts'
import { entryRefusal, type Gates } from './risk/entry.ts'
import { Protections } from './risk/protections.ts'
import type { BrokerSettings } from './settings.ts'

/**
 * A venue and an account at it: takes the market in and orders, executes these against what the market shows, keeps the books, and
 * tells its listener. It asks no clock: latencies, expiries and locks run by the market's time.
 */
export class Broker {
  readonly desk: Desk
  private readonly registry: Registry
  private readonly margin: Margin
  private readonly protections: Protections
  /** Whether protections go by the equity, which then is looked at with nothing held too: a day begins anyway. */
  private readonly watches: boolean
  private readonly intake: Intake
  private readonly gates: Gates & { switched: TradingState; ruined: boolean }
  /** Next market time at which something happens by itself. */
  private nextTimer: Micros = Infinity
  private nextCharge: Micros = Infinity
  private shown: TradingState = 'ACTIVE'
  /** Of the desk, when the margin was last looked at. */
  private guarded = -1

  constructor(settings: BrokerSettings, listener: BrokerListener) {
    this.protections = new Protections(settings.protections, settings.initialCapital)
    this.watches = this.protections.watchesEquity
    this.registry = new Registry(settings.queueModel)
    const desk = new Desk(settings, listener)
    this.desk = desk
    this.margin = new Margin(desk, this.registry)
    this.gates = {
      switched: 'ACTIVE',
      ruined: false,
      protections: this.protections,
      opening: (state) => this.opening(state),
    }
    this.intake = new Intake(desk, this.registry, {
      entry: createLatency(settings.entryLatency),
      cancel: createLatency(settings.cancelLatency),
      refusal: (state, side) => entryRefusal(desk, state, side, this.gates),
      changed: (state) => {
        this.settle(state)
      },
    })
    desk.hooks = {
      afterFill: (state, order, quantity) => {
        this.afterFill(state, order, quantity)
      },
      ended: (order) => {
        this.registry.forget(order)
        if (leaveAgain(desk, order)) this.setTimer()
      },
      roundTrip: (trip) => {
        this.protections.onRoundTrip(trip)
      },
    }
  }

  /** How the run lost everything; null: it did not. */
  get ruin(): Ruin | null {
    return this.margin.ruin
  }

  /** Orders that have not ended. */
  get openOrders(): readonly Order[] {
    return this.registry.all()
  }

  /** What the run may do: as it was switched, or less, where the loss of the day says so. */
  get trading(): TradingState {
    return this.gates.switched === 'ACTIVE' && this.protections.lossOfDay ? 'REDUCING' : this.gates.switched
  }

  /** The hot path: with nothing resting and nothing held, nothing here allocates. */
  onTick(event: Tick, state = this.desk.stateOf(event.product)): void {
    this.advance(event.time)
    const { desk } = this
    if (state.closed) return
    state.seen = true
    const { market } = state
    const tick = event.unit === market.unit && market.known ? event : inUnit(event, this.unitFor(state, event.unit))
    const { mark } = market
    market.onTick(tick, desk.now)
    if (market.mark !== mark) desk.remark(state)
    if (state.live > 0) {
      onTick(desk, state, tick)
      state.sweep()
    }
    if (desk.revision !== this.guarded || this.watches) this.guard()
    if (this.nextTimer <= desk.now) this.runTimers(desk.now)
  }

  onBook(event: BookSnapshot): void {
    this.advance(event.time)
    const { desk } = this
    const state = desk.stateOf(event.product)
    if (state.closed) return
    state.seen = true
    const book = inUnit(event, this.unitFor(state, event.unit))
    const { market } = state
    const { mark } = market
    market.onBook(book, desk.now)
    if (market.mark !== mark) desk.remark(state)
    if (state.live > 0) {
      onBook(desk, state)
      state.sweep()
    }
    if (desk.revision !== this.guarded || this.watches) this.guard()
    if (this.nextTimer <= desk.now) this.runTimers(desk.now)
  }

  onBar(event: Bar): void {
    this.advance(event.time)
    const { desk } = this
    const state = desk.stateOf(event.product)
    if (state.closed) return
    state.seen = true
    const bar = inUnit(event, this.unitFor(state, event.unit))
    state.market.onBar(bar)
    // Where quotes are known nothing is filled by what is not one.
    if (state.market.byBars) {
      onBar(desk, this.margin, state, bar)
      state.sweep()
      desk.remark(state)
    }
    if (desk.revision !== this.guarded || this.watches) this.guard()
    if (this.nextTimer <= desk.now) this.runTimers(desk.now)
  }

  onInstrument(notice: InstrumentNotice): void {
    this.advance(notice.time)
    const state = this.desk.stateOf(notice.product)
    this.unitFor(state, notice.unit)
    state.market.onInstrument(notice)
  }

  /**
   * A cut makes prices unknown; orders wait for the next ones. A product that was never there is refused. One that the run has seen is
   * closed instead, once: the position keeps its last price, nothing is traded any more, and all else goes on.
   * @returns what is to be told of it; null: nothing
   */
  onFeed(status: FeedStatus): FeedStatus | null {
    this.advance(status.time)
    const { states } = this.desk
    if (status.state === 'RECONNECTING') {
      if (status.product === '') for (const state of states.values()) state.market.onLost()
      else states.get(status.product)?.market.onLost()
    }
    return status.state === 'REFUSED' || status.state === 'CLOSED' ? this.close(status) : status
  }

  /** What risk says to a signal. Changes nothing. */
  decide(signal: Signal): RiskDecision {
    this.advance(signal.time)
    const state = this.desk.stateOf(signal.product)
    const closing = this.intake.closing(state, signal.side)
    return decide(this.desk, state, signal, closing, this.gates)
  }

  /** Makes an accepted signal's order. */
  follow(signal: Signal, quantity: Amount, signalSequence: number): void {
    const { product, side } = signal
    const state = this.desk.stateOf(product)
    state.lastOrderAt = signal.time
    const order = this.intake.sendSignal({
      product,
      side,
      type: 'MARKET',
      quantity,
      purpose: 'SIGNAL',
      signalSequence,
    })
    const { market } = state
    const { now, settings } = this.desk
    if (settings.fillAtClose && market.byBars && market.bar?.time === now && order.since === now)
      atClose(this.desk, state, order)
    this.settle(state)
  }

  /** Takes an order in, or refuses it; both are told. */
  place(request: OrderRequest): Placement {
    return this.intake.place(request)
  }

  /** Asks for an order to be taken back, which takes the cancellation's latency. @returns why that cannot be; null: it is on its way. */
  cancel(id: number): Refusal | null {
    return this.intake.cancel(id)
  }

  /** Asks for an order to be put in the place of another. */
  replace(id: number, change: OrderChange): Placement {
    return this.intake.replace(id, change)
  }

  /** A group of its own, for orders of which each takes off the others what it fills. */
  newGroup(): number {
    return this.registry.newGroup()
  }

  /** How much of a product's position a side would close, less what is on its way to close it. */
  closing(product: Product, side: Side): Amount {
    return this.intake.closing(this.desk.stateOf(product), side)
  }

  /** A price of a product as a count of its unit. */
  priceUnit(product: Product): Unit {
    return this.desk.stateOf(product).market.unit
  }

  setTrading(state: TradingState): void {
    if (state === this.gates.switched) return
    this.gates.switched = state
    this.shown = this.trading
    this.letOpen()
    // As it was asked for: whoever repeats the run asks for the same again.
    this.desk.listener.trading(state, 'SWITCH')
    if (this.shown !== state) this.desk.listener.trading(this.shown, 'DAILY_LOSS')
    if (state !== 'ACTIVE') this.cancelOpening(state)
  }

  /** Takes back all that waits and closes all that is held, at the market, without asking anybody. */
  abandon(): void {
    const { desk } = this
    abandon(desk, this.registry)
    for (const state of desk.states.values()) this.settle(state)
  }

  /** Lets market time pass; an earlier time leaves it where it is. Before the event's own effects. */
  advance(time: Micros): void {
    const { desk } = this
    if (time <= desk.now) return
    if (this.nextTimer < time) this.runTimers(time - 1)
    desk.now = time
  }

  /** The end of the run: nothing waits any longer. */
  end(): void {
    this.desk.accrue()
    for (const order of this.registry.all()) {
      this.desk.end(this.desk.stateOf(order.terms.product), order, 'CANCELLED', 'RUN_ENDED')
    }
  }

  private afterFill(state: ProductState, order: Order, quantity: Amount): void {
    const { desk } = this
    reduceGroup(desk, this.registry, order, quantity)
    shrinkToPosition(desk, state)
    keepExits(desk, this.registry, state, order)
    growBracket(desk, this.registry, state, order, quantity)
    if (desk.settings.borrowRate > 0 && this.nextCharge === Infinity) this.nextCharge = desk.now + CHARGE_EVERY
    this.setTimer()
  }

  /** What follows from what has just happened, by the equity. */
  private guard(): void {
    const { desk } = this
    if (this.watches) this.watch()
    // What is closed for want of equity may leave less than nothing, with nothing held any more. Each turn closes something.
    while (desk.revision !== this.guarded) {
      this.guarded = desk.revision
      this.margin.check()
    }
    if (this.margin.isRuined) this.gates.ruined = true
  }

  /** Whether orders may open anything, as things stand now. */
  private letOpen(): void {
    this.desk.opens = this.trading === 'ACTIVE' && !this.gates.ruined
  }

  private watch(): void {
    const changed = this.protections.onEquity(this.desk.equity(), this.desk.now)
    if (changed === null) return
    this.letOpen()
    if (this.trading !== this.shown) {
      this.shown = this.trading
      this.desk.listener.trading(this.trading, 'DAILY_LOSS')
    }
    if (changed) this.cancelOpening('DAILY_LOSS')
  }

  private settle(state: ProductState): void {
    state.sweep()
    if (this.desk.revision !== this.guarded || this.watches) this.guard()
    this.setTimer()
  }

  /** What could also close goes on, unless all is halted; that it opens nothing the desk sees to. */
  private cancelOpening(reason: 'REDUCING' | 'HALTED' | 'DAILY_LOSS'): void {
    for (const order of this.registry.all()) {
      const { product, side, reduceOnly } = order.terms
      const state = this.desk.stateOf(product)
      const closes = closable(side, state.holding.quantity) > 0n
      if (!reduceOnly && (reason === 'HALTED' || !closes)) this.desk.end(state, order, 'CANCELLED', reason)
    }
  }

  private close(status: FeedStatus): FeedStatus | null {
    const state = this.desk.stateOf(status.product)
    if (!state.seen) return { ...status, state: 'REFUSED' }
    if (state.closed) return null
    state.closed = true
    state.market.onLost()
    return { ...status, state: 'CLOSED' }
  }

  /** Products in which what rests or is on its way will open a position, beside those that are held. */
  private opening(except: ProductState): number {
    const products = new Set<ProductState>()
    for (const order of this.registry.all()) {
      const state = this.desk.stateOf(order.terms.product)
      if (state !== except && state.holding.quantity === 0n && !order.onlyCloses) products.add(state)
    }
    return products.size
  }

  private setTimer(): void {
    let next = Math.min(this.registry.nextDue, this.nextCharge)
    for (const state of this.desk.held) next = Math.min(next, state.holdUntil)
    this.nextTimer = Math.min(next, this.registry.nextExpiry)
  }

  /** Everything that happens by itself up to a time, in its order. */
  private runTimers(until: Micros): void {
    const { desk } = this
    while (this.nextTimer <= until) {
      desk.now = Math.max(desk.now, this.nextTimer)
      this.intake.expire()
      while (this.registry.nextDue <= desk.now) this.registry.next()?.()
      for (const state of [...desk.held]) {
        if (state.holdUntil <= desk.now) leave(desk, this.registry, state, (side) => this.intake.closing(state, side))
        state.sweep()
      }
      if (this.nextCharge <= desk.now) {
        desk.accrue()
        this.nextCharge = desk.held.length === 0 ? Infinity : desk.now + CHARGE_EVERY
      }
      this.setTimer()
    }
  }

  /** The unit in which an event of a product is to be counted: its own, or the finer one that is known already. */
  private unitFor(state: ProductState, unit: Unit): Unit {
    const { market } = state
    if (market.unit === unit && market.known) return unit
    const both = market.known ? widest(market.unit, unit) : unitOf(unit.price, unit.size)
    if (both === null) throw new RangeError(`what is told of ${state.product} cannot be counted in one unit`)
    if (both === market.unit && market.known) return both
    state.trip?.settle((mark) => market.moneyOf(mark))
    const widening = market.countIn(both)
    if (widening !== null)
      for (const order of this.registry.all()) widen(order, state.product, widening.price, widening.size)
    return both
  }
}

/** Market time between two charges of what borrowing costs. */
const CHARGE_EVERY: Micros = 60_000_000

function widen(order: Order, product: Product, price: Fixed, size: Fixed): void {
  if (order.terms.product === product) order.widen(price, size)
}
