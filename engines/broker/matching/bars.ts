import type { Bar } from '../../domain/market/market.ts'
import type { Amount, Fixed } from '../../domain/money.ts'
import type { Margin } from '../account/margin.ts'
import { worthOf } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'
import { participation } from './resting.ts'
import { reaches } from './stops.ts'
import { takeAt } from './taker.ts'

/** What of a bar's volume the run may still have; null: no volume is known, so there is no bound. */
interface Budget {
  left: Amount | null
}

/**
 * A bar has ended: what was at the market when it began goes through it. Where it opened and closed is known, its path between is not
 * and is taken as the worse one: stops, then what the margin does not bear, then limits, then the stops of what came to be held on the
 * way. What arrived while it was on meets the next one.
 */
export function onBar(desk: Desk, margin: Margin, state: ProductState, bar: Bar): void {
  if (state.live > 0 || state.holding.quantity < 0n) new BarPath(desk, margin, state, bar).walk()
}

class BarPath {
  private readonly desk: Desk
  private readonly margin: Margin
  private readonly state: ProductState
  private readonly bar: Bar
  private readonly budget: Budget
  /** At the market before any of it was walked. */
  private readonly before: ReadonlySet<Order>
  /** Stops of what the way has filled, and from which price on they stand. */
  private readonly young = new Map<Order, Fixed>()

  constructor(desk: Desk, margin: Margin, state: ProductState, bar: Bar) {
    this.desk = desk
    this.margin = margin
    this.state = state
    this.bar = bar
    this.budget = { left: bar.volume === 0 ? null : participation(desk, state, bar.volume) }
    this.before = new Set(state.orders)
  }

  walk(): void {
    const { state, bar, budget } = this
    const whole = budget.left
    const there = state.orders.filter((order) => !order.over && order.since <= bar.begin)
    state.path = bar.open
    this.open(there)
    const opened = this.fresh()
    this.open(opened)
    const all = [...there, ...opened]
    for (const order of all) this.stop(order)
    this.bear()
    for (const order of all) this.limit(order)
    for (const [order, from] of this.young) this.youngStop(order, from)
    this.bear()
    state.path = 0
    state.barUsed = whole === null || budget.left === null ? 0n : whole - budget.left
  }

  /** What is due at the open, in the order in which it would be within the bar. Whatever it fills has the whole bar before it. */
  private open(orders: readonly Order[]): void {
    const { bar } = this
    for (const order of orders) if (order.isMarket) this.take(order, bar.open)
    for (const order of orders) if (order.dormant && reaches(order, bar.open)) this.trigger(order, bar.open)
    for (const order of orders) if (this.isLimit(order) && isThrough(order, bar.open)) this.make(order, bar.open)
  }

  /** A stop within the bar. A trailing one follows the open, which came first, and the best price only after the worst. */
  private stop(order: Order): void {
    if (order.over || !order.dormant) return
    const { bar } = this
    const { trail } = order
    const sells = order.terms.side === 'SELL'
    trail?.see(bar.open)
    if (reaches(order, sells ? bar.low : bar.high)) this.triggerWithin(order, stopOf(order))
    if (trail === null || order.triggered) return
    trail.see(sells ? bar.high : bar.low)
    // The close came after that, and may have gone through it.
    if (reaches(order, bar.close)) this.triggerWithin(order, trail.stop)
  }

  private limit(order: Order): void {
    const { bar } = this
    if (!this.isLimit(order) || !isThrough(order, order.terms.side === 'BUY' ? bar.low : bar.high)) return
    this.within(order.limit, () => {
      this.make(order, order.limit)
    })
  }

  /** The stop of what was filled on the way: all that is known of the bar after that is its close, the rest is taken as the worse. */
  private youngStop(order: Order, from: Fixed): void {
    if (order.over || !order.dormant) return
    const { bar } = this
    const sells = order.terms.side === 'SELL'
    if (reaches(order, from)) this.trigger(order, from)
    else if (reaches(order, sells ? bar.low : bar.high)) this.trigger(order, stopOf(order))
    else order.trail?.see(bar.close)
  }

  /** Whether the margin bears the worst price of the bar; what it does not is closed at the price where that began. */
  private bear(): void {
    const { bar, state, desk } = this
    const called = this.margin.callOf(state)
    if (called === null || bar.high < called) return
    const price = Math.max(bar.open, called)
    state.market.mark = price
    desk.remark(state)
    this.margin.check()
    if (state.liquidation !== null) this.take(state.liquidation, price)
    state.market.mark = bar.close
    desk.remark(state)
  }

  /** Whether it is at the market with a limit. A stop-limit of this bar rests: whether the rest would fill it, nobody knows. */
  private isLimit(order: Order): boolean {
    return !order.over && !order.dormant && order.limit > 0 && !(order.triggered && order.since > this.bar.begin)
  }

  private triggerWithin(order: Order, price: Fixed): void {
    this.within(price, () => {
      this.trigger(order, price)
    })
  }

  /** Does what fills on the way, at a price: the stops that it raises, or moves, stand from there on. */
  private within(price: Fixed, fill: () => void): void {
    const { state, young } = this
    const known = state.exits.stop?.stop
    state.path = price
    fill()
    for (const order of this.fresh()) if (order.dormant && !young.has(order)) young.set(order, price)
    const { stop } = state.exits
    if (stop !== null && stop.stop !== known) young.set(stop, price)
  }

  /** What this bar has raised. */
  private fresh(): readonly Order[] {
    return this.state.orders.filter((order) => !this.before.has(order))
  }

  private trigger(order: Order, price: Fixed): void {
    order.triggered = true
    this.desk.tell(order, 'TRIGGERED', null)
    if (order.limit === 0) this.take(order, price)
    else order.since = this.desk.now
  }

  private take(order: Order, price: Fixed): void {
    takeFrom(this.desk, this.state, order, price, this.budget)
  }

  private make(order: Order, at: Fixed): void {
    const { desk, state, budget } = this
    if (budget.left === 0n) return
    const price = state.market.money(at)
    const open = budget.left !== null && budget.left < order.remaining ? budget.left : order.remaining
    const quantity = desk.allowed(state, order, open, [{ price, size: null }])
    if (quantity === 0n) {
      desk.end(state, order, 'CANCELLED', order.onlyCloses ? 'FLAT' : 'LIMITS')
      return
    }
    if (budget.left !== null) budget.left -= quantity
    desk.execute(state, order, { quantity, notional: worthOf(price, quantity), liquidity: 'MAKER' })
    if (quantity < open) desk.end(state, order, 'CANCELLED', 'LIMITS')
  }
}

/** Fills at the close of the bar that raised the order, for those who want it. */
export function atClose(desk: Desk, state: ProductState, order: Order): void {
  const { bar } = state.market
  if (bar === null || order.over) return
  const share = bar.volume === 0 ? null : participation(desk, state, bar.volume)
  const budget: Budget = { left: share === null ? null : share - state.barUsed }
  takeFrom(desk, state, order, bar.close, budget)
  if (share !== null && budget.left !== null) state.barUsed = share - budget.left
}

function takeFrom(desk: Desk, state: ProductState, order: Order, price: Fixed, budget: Budget): void {
  if (order.over) return
  const taken = takeAt(desk, state, order, state.market.money(price), budget.left)
  if (budget.left !== null) budget.left -= taken
}

function stopOf(order: Order): Fixed {
  return order.trail === null ? order.stop : order.trail.stop
}

function isThrough(order: Order, price: Fixed): boolean {
  return order.terms.side === 'BUY' ? price < order.limit : price > order.limit
}
