import type { Fill, Liquidity } from '../domain/trading/fill.ts'
import { amountToNumber, share, type Amount, type Money } from '../domain/money.ts'
import type { OrderReason, OrderState } from '../domain/trading/order.ts'
import type { Product } from '../domain/market/product.ts'
import type { RoundTrip } from '../domain/trading/round-trip.ts'
import type { LapseReason } from '../domain/trading/signal.ts'
import type { Micros } from '../domain/time.ts'
import { POWERS } from '../domain/market/unit.ts'
import { borrowCost, Fees } from './account/fees.ts'
import { Ledger, magnitude, priceOf } from './account/ledger.ts'
import { RoundTrips } from './account/round-trips.ts'
import type { BrokerListener } from './listener.ts'
import type { Order } from './orders/order.ts'
import { ProductState } from './product-state.ts'
import { closable, headroom, least, quantityWithin, type PricedLevel, type SizingView } from './risk/sizing.ts'
import type { BrokerSettings } from './settings.ts'

/** An execution: how much, for how much, and as whom. */
export interface Execution {
  readonly quantity: Amount
  readonly notional: Money
  readonly liquidity: Liquidity
}

/** What follows from a fill beyond the book-keeping. */
export interface FillHooks {
  /** The position has changed. */
  afterFill(state: ProductState, order: Order, quantity: Amount): void
  /** Nothing more becomes of an order. */
  ended(order: Order): void
  /** A position is flat again. */
  roundTrip(trip: RoundTrip): void
}

/**
 * Where orders are executed and booked: the ledger, the positions and their worth, and the words in which all of it is told.
 * Which order executes when, at what price, is for those who call.
 */
export class Desk {
  /** Market time, never falling. */
  now: Micros = 0
  readonly settings: BrokerSettings
  readonly ledger: Ledger
  readonly fees: Fees
  readonly trips = new RoundTrips()
  readonly listener: BrokerListener
  readonly states = new Map<Product, ProductState>()
  /** States with a position, in no order. */
  readonly held: ProductState[] = []
  /** Rises with everything that changes what the account is worth. */
  revision = 0
  /** Ordinary number nearest to the cash. */
  cash: number
  hooks: FillHooks | null = null
  /** Whether orders may open anything. */
  opens = true
  private recent: ProductState | null = null
  /** The revision that the two numbers are of. */
  private valued = -1
  private equityNumber = 0
  private shortsNumber = 0
  private chargedUntil: Micros = 0

  constructor(settings: BrokerSettings, listener: BrokerListener) {
    this.settings = settings
    this.listener = listener
    this.ledger = new Ledger(settings.initialCapital)
    this.fees = new Fees(settings.makerFee, settings.takerFee, settings.feeTiers)
    this.cash = amountToNumber(settings.initialCapital)
  }

  stateOf(product: Product): ProductState {
    if (this.recent?.product === product) return this.recent
    let state = this.states.get(product)
    if (state === undefined) {
      state = new ProductState(product, this.settings.mark)
      this.states.set(product, state)
    }
    this.recent = state
    return state
  }

  /** A new valuation of a product. The hot path: nothing is allocated but where a position stands as never before. */
  remark(state: ProductState): void {
    if (state.holding.size === 0) return
    this.revision += 1
    state.worth = state.holding.size * markOf(state)
    state.trip?.see(state.market.mark)
  }

  /** The equity as an ordinary number, computed anew from cash and positions, so that it never drifts. */
  equity(): number {
    if (this.valued !== this.revision) this.value()
    return this.equityNumber
  }

  /** What all shorts are worth, as an ordinary number; not under 0. */
  shorts(): number {
    if (this.valued !== this.revision) this.value()
    return this.shortsNumber
  }

  /** The exact equity, and the exposure of all positions but `except`'s. */
  worth(except: ProductState | null): { equity: Money; exposure: Money } {
    let equity = this.ledger.cash
    let exposure = 0n
    for (const state of this.held) {
      const value = state.market.worth(state.holding.quantity)
      equity += value
      if (state !== except) exposure += magnitude(value)
    }
    return { equity, exposure }
  }

  viewOf(state: ProductState, levels: readonly PricedLevel[]): SizingView {
    const { equity, exposure } = this.worth(state)
    const mark = state.market.markPrice
    const feeRate = this.fees.rate('TAKER', this.now)
    return { position: state.holding.quantity, mark, levels, equity, otherExposure: exposure, feeRate }
  }

  /** How much of what an order wants at these levels it may have: what closes always, what opens within the limits. */
  allowed(state: ProductState, order: Order, want: Amount, levels: readonly PricedLevel[]): Amount {
    const { side, purpose } = order.terms
    const closing = closable(side, state.holding.quantity)
    if (want <= closing) return want
    if (order.onlyCloses || !this.opens || (side === 'SELL' && !this.settings.limits.shorting)) return closing
    const view = this.viewOf(state, levels)
    const { room, gross, free } = headroom(side, view, closing, this.settings.limits)
    const budget = purpose === 'SIGNAL' ? least(free, room, gross) : least(free, gross)
    if (budget <= 0n) return closing
    const step = state.market.increments.size
    const most = quantityWithin(levels, budget, closing, view.mark)
    const left = order.mayOpen === null ? most : order.mayOpen - order.opened
    const opening = left < most ? left : most
    return want - closing <= opening ? want : closing + opening - (opening % step)
  }

  /** Executes a part of an order, books it, and tells. */
  execute(state: ProductState, order: Order, { quantity, notional, liquidity }: Execution): void {
    const { side, purpose, signalSequence, id } = order.terms
    this.accrue()
    const { now } = this
    const fee = this.fees.of(notional, liquidity, now)
    this.fees.traded(notional, now)
    state.trip?.settle((mark) => state.market.moneyOf(mark))
    const wasHeld = state.holding.quantity !== 0n
    const price = priceOf(notional, quantity)
    // Where nothing was valued yet, what it was had for is what it is worth.
    if (state.market.mark === 0) state.market.valueAt(price)
    const booked = this.ledger.apply(state.holding, { side, quantity, notional, fee, time: now })
    this.hold(state, wasHeld)
    order.filled += quantity
    order.notional += notional
    order.opened += quantity - booked.closed
    const closes = booked.closed > 0n
    const fill: Fill = {
      product: state.product,
      side,
      price,
      quantity,
      requested: order.quantity,
      notional,
      fee,
      realizedPnl: booked.realizedPnl,
      positionAfter: state.holding.quantity,
      signalSequence,
      orderId: id,
      liquidity,
      exitReason: closes ? purpose : null,
      time: now,
    }
    this.listener.fill(fill, closes ? booked : null)
    const trip = { side, quantity, notional, fee, time: now, orderId: id, signalSequence, reason: purpose }
    const ended = this.trips.fill(state, trip, booked)
    if (order.remaining === 0n) this.end(state, order, 'FILLED', null)
    else this.tell(order, 'PARTIALLY_FILLED', null)
    if (ended !== null) {
      this.hooks?.roundTrip(ended)
      this.listener.roundTrip(ended)
    }
    this.hooks?.afterFill(state, order, quantity)
  }

  /** Takes what borrowing has cost since the last time. */
  accrue(): void {
    const elapsed = this.now - this.chargedUntil
    this.chargedUntil = this.now
    const { borrowRate } = this.settings
    if (borrowRate === 0 || elapsed <= 0) return
    for (const state of this.held) {
      if (state.holding.size >= 0) continue
      const worth = -state.market.worth(state.holding.quantity)
      const cost = borrowCost(worth, borrowRate, elapsed)
      this.ledger.charge(cost)
      if (state.trip !== null) state.trip.borrowed += cost
    }
    this.cash = amountToNumber(this.ledger.cash)
    this.revision += 1
  }

  /** Tells what became of an order. */
  tell(order: Order, state: OrderState, reason: OrderReason | null, detail = ''): void {
    order.state = state
    order.reason = reason
    order.detail = detail
    const { market } = this.stateOf(order.terms.product)
    this.listener.order(order.told((price) => market.money(price)))
  }

  /** Ends an order. One of a signal that got nothing lapses. */
  end(state: ProductState, order: Order, as: OrderState, reason: OrderReason | null, detail = ''): void {
    if (order.over) return
    order.over = true
    state.arrived(order)
    if (state.orders.includes(order)) state.live -= 1
    this.hooks?.ended(order)
    this.tell(order, as, reason, detail)
    const { signalSequence, purpose } = order.terms
    if (signalSequence === 0 || purpose !== 'SIGNAL' || order.filled > 0n || as === 'REPLACED' || order.answered) return
    this.listener.lapsed(
      order.told((price) => state.market.money(price)),
      LAPSES.find((known) => known === reason) ?? 'CANCELLED',
    )
  }

  /** What must be there for the shorts; 0 without any. */
  required(): Money {
    return share(this.shortsWorth(), this.settings.maintenanceMargin)
  }

  /** What all shorts are worth, exactly; not under 0. */
  shortsWorth(): Money {
    let shorts = 0n
    for (const state of this.held) {
      if (state.holding.quantity < 0n) shorts -= state.market.worth(state.holding.quantity)
    }
    return shorts
  }

  private value(): void {
    let equity = this.cash
    let shorts = 0
    for (const state of this.held) {
      const { worth } = state
      equity += worth
      if (worth < 0) shorts -= worth
    }
    this.valued = this.revision
    this.equityNumber = equity
    this.shortsNumber = shorts
  }

  private hold(state: ProductState, wasHeld: boolean): void {
    state.worth = state.holding.size * markOf(state)
    const isHeld = state.holding.quantity !== 0n
    if (isHeld && !wasHeld) this.held.push(state)
    else if (wasHeld && !isHeld) this.held.splice(this.held.indexOf(state), 1)
    this.cash = amountToNumber(this.ledger.cash)
    this.revision += 1
  }
}

const LAPSES: readonly LapseReason[] = ['LIMITS', 'WORTH_NOTHING', 'RUN_ENDED', 'NO_MARKET', 'FLAT', 'CANCELLED']

/** The mark as an ordinary number. */
export function markOf({ market }: ProductState): number {
  return market.mark / POWERS[market.unit.price]!
}
