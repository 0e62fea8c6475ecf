import type { Bar } from '../../domain/market/market.ts'
import type { Amount, Fixed } from '../../domain/money.ts'
import type { Margin } from '../account/margin.ts'
import type { Desk } from '../desk.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'
import { fillResting, participation } from './resting.ts'
import { reaches, stopOf } from './stops.ts'
import { isWithin, takeAt } from './taker.ts'

/** What of a bar's volume the run may still have; null: no volume is known, so there is no bound. */
interface Budget {
  left: Amount | null
}

/**
 * A bar has ended: what was at the market when it began goes through it. Where it opened and closed is known, its path between is not
 * and is taken as the worse one: stops and what the margin does not bear, then limits, then the stops of what came to be held on the
 * way; of each, what is nearer to the open comes first. What arrived while it was on meets the next one. Nothing of it knows the close
 * before it is over.
 */
export function onBar(desk: Desk, margin: Margin, state: ProductState, bar: Bar): void {
  state.barUsed = 0n
  if (state.live > 0 || state.holding.quantity < 0n) new BarPath(desk, margin, state, bar).walk()
  state.market.closeBar(bar)
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

/** A limit order as it stood when the way began: what it has grown by on the way, or where it was moved to, waits for the next bar. */
interface Standing {
  readonly limit: Fixed
  readonly remaining: Amount
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
    this.standAt(bar.open)
    this.open(there)
    const opened = this.fresh()
    this.open(opened)
    const all = [...there, ...opened]
    const standing = new Map(all.map((order) => [order, { limit: order.limit, remaining: order.remaining }]))
    this.stops(all)
    for (const order of this.nearest(all, ({ limit }) => limit)) this.limit(order, standing.get(order))
    for (const [order, from] of this.young) this.youngStop(order, from)
    this.bear(bar.high)
    state.path = 0
    state.barUsed = whole === null || budget.left === null ? 0n : whole - budget.left
  }

  /** What is due at the open. Whatever it fills has the whole bar before it. */
  private open(orders: readonly Order[]): void {
    const { bar } = this
    for (const order of orders) if (order.isMarket) this.take(order, bar.open)
    for (const order of this.nearest(orders, stopOf)) {
      if (!order.over && order.dormant && reaches(order, bar.open)) this.trigger(order, bar.open)
    }
    for (const order of this.nearest(orders, ({ limit }) => limit)) if (this.isLimit(order)) this.openLimit(order)
  }

  /** One that came when the price was beyond its limit takes at the open, as a market order within its limit; others make. */
  private openLimit(order: Order): void {
    const { bar, desk, state } = this
    const { awaits } = order
    order.awaits = false
    if (isThrough(order, bar.open)) {
      if (awaits) this.take(order, bar.open)
      else this.make(order, bar.open, order.remaining)
    }
    if (!order.over && !order.mayRest) desk.end(state, order, 'CANCELLED', 'UNFILLED')
    else if (!order.over && awaits && order.reason !== null) desk.tell(order, order.state, null)
  }

  /**
   * Stops within the bar, first those against the position that is held. A trailing one follows the open, which came first, and the best
   * price only after the worst.
   */
  private stops(orders: readonly Order[]): void {
    const { bar, state } = this
    for (const order of orders) if (order.dormant) order.trail?.see(bar.open)
    const nearest = this.nearest(orders, stopOf)
    const first = state.holding.quantity < 0n ? 'BUY' : 'SELL'
    for (const order of nearest) if (order.terms.side === first) this.stop(order)
    if (first === 'BUY') this.bear(bar.high)
    for (const order of nearest) if (order.terms.side !== first) this.stop(order)
    this.bear(bar.high)
    // What the best price drew behind it, the close may have gone through, which came after that.
    const trailing = orders.filter((order) => !order.over && order.dormant && order.trail !== null)
    for (const order of trailing) order.trail?.see(order.terms.side === 'SELL' ? bar.high : bar.low)
    for (const order of this.nearest(trailing, stopOf))
      if (!order.over && reaches(order, bar.close)) this.triggerWithin(order, stopOf(order))
  }

  private stop(order: Order): void {
    if (order.over || !order.dormant) return
    const { bar } = this
    const buys = order.terms.side === 'BUY'
    if (!reaches(order, buys ? bar.high : bar.low)) return
    // On the way up the margin may end before the stop is reached.
    if (buys) this.bear(stopOf(order))
    if (!order.over) this.triggerWithin(order, stopOf(order))
  }

  private limit(order: Order, standing: Standing | undefined): void {
    const { bar } = this
    if (standing === undefined || !this.isLimit(order) || order.limit !== standing.limit) return
    if (!isThrough(order, order.terms.side === 'BUY' ? bar.low : bar.high)) return
    const most = standing.remaining < order.remaining ? standing.remaining : order.remaining
    this.within(order.limit, () => {
      this.make(order, order.limit, most)
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

  /** Whether the margin bears the way up to a price; what it does not is closed at the price where that began. */
  private bear(upTo: Fixed): void {
    const { bar, state } = this
    const called = this.margin.callOf(state)
    if (called === null || upTo < called) return
    const price = Math.max(bar.open, called)
    this.standAt(price)
    this.margin.check()
    if (state.liquidation !== null) this.take(state.liquidation, price)
  }

  /** Whether it is at the market with a limit. A stop-limit of this bar that is beyond its limit rests: nobody knows what the rest brings. */
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
    this.standAt(price)
    fill()
    for (const order of this.fresh()) if (order.dormant && !young.has(order)) young.set(order, price)
    const { stop } = state.exits
    if (stop !== null && stop.stop !== known) young.set(stop, price)
  }

  /** The market stands at a price of the way, and knows nothing that comes after it. */
  private standAt(price: Fixed): void {
    const { state } = this
    state.path = price
    state.market.mark = price
    this.desk.remark(state)
  }

  /** What this bar has raised. */
  private fresh(): readonly Order[] {
    return this.state.orders.filter((order) => !this.before.has(order))
  }

  /** In the order in which the price comes to them from the open. */
  private nearest(orders: readonly Order[], priceOf: (order: Order) => Fixed): readonly Order[] {
    const { open } = this.bar
    return orders.toSorted((one, other) => Math.abs(priceOf(one) - open) - Math.abs(priceOf(other) - open))
  }

  private trigger(order: Order, price: Fixed): void {
    order.triggered = true
    this.desk.tell(order, 'TRIGGERED', null)
    if (order.limit === 0 || isWithin(order, price)) this.take(order, price)
    order.since = this.desk.now
    if (!order.over && !order.mayRest) this.desk.end(this.state, order, 'CANCELLED', 'UNFILLED')
  }

  private take(order: Order, price: Fixed): void {
    takeFrom(this.desk, this.state, order, price, this.budget)
  }

  private make(order: Order, at: Fixed, most: Amount): void {
    const { desk, state, budget } = this
    if (budget.left === 0n) return
    const open = budget.left !== null && budget.left < most ? budget.left : most
    const made = fillResting(desk, state, order, open, at)
    if (budget.left !== null) budget.left -= made
  }
}

function takeFrom(desk: Desk, state: ProductState, order: Order, price: Fixed, budget: Budget): void {
  if (order.over) return
  const taken = takeAt(desk, state, order, state.market.money(price), budget.left)
  if (budget.left !== null) budget.left -= taken
}

function isThrough(order: Order, price: Fixed): boolean {
  return order.terms.side === 'BUY' ? price < order.limit : price > order.limit
}
