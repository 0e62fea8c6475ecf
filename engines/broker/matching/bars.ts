import type { Bar } from '../../domain/market/market.ts'
import type { Amount, Fixed } from '../../domain/money.ts'
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
 * A bar has ended: what was at the market when it began goes through it. Its path is not known, so that it is taken as the worse one:
 * what waits at the open, then stops, then limits, then the stops of what the limits opened.
 */
export function onBar(desk: Desk, state: ProductState, bar: Bar): void {
  const there = state.orders.filter((order) => !order.over && order.since <= bar.begin)
  const budget: Budget = { left: bar.volume === 0 ? null : participation(desk, state, bar.volume) }
  const whole = budget.left
  for (const order of there) if (order.isMarket) takeFrom(desk, state, order, bar.open, budget)
  // What the open has filled has its stops and targets from there on.
  const opened = state.orders.filter((order) => !there.includes(order))
  for (const order of [...there, ...opened]) stopIn(desk, state, order, bar, budget)
  for (const order of [...there, ...opened]) limitIn(desk, state, order, bar, budget)
  const young = state.orders.filter((order) => !there.includes(order) && !opened.includes(order))
  for (const order of young) stopIn(desk, state, order, bar, budget)
  state.barUsed = whole === null || budget.left === null ? 0n : whole - budget.left
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

function stopIn(desk: Desk, state: ProductState, order: Order, bar: Bar, budget: Budget): void {
  if (order.over || !order.dormant) return
  const sells = order.terms.side === 'SELL'
  const far = sells ? bar.low : bar.high
  if (reaches(order, far)) {
    const stop = order.trail === null ? order.stop : order.trail.stop
    triggered(desk, state, order, gapped(sells, bar.open, stop), budget)
    return
  }
  if (order.trail === null) return
  // It follows the best price of the bar; the close, which came after that, may have gone through it.
  order.trail.see(sells ? bar.high : bar.low)
  if (reaches(order, bar.close)) triggered(desk, state, order, order.trail.stop, budget)
}

/** The stop's price, or the open where that is beyond it. */
function gapped(sells: boolean, open: Fixed, stop: Fixed): Fixed {
  return sells ? Math.min(open, stop) : Math.max(open, stop)
}

function triggered(desk: Desk, state: ProductState, order: Order, price: Fixed, budget: Budget): void {
  order.triggered = true
  desk.tell(order, 'TRIGGERED', null)
  if (order.limit === 0) takeFrom(desk, state, order, price, budget)
  // A stop-limit rests from here on; whether the rest of the bar would fill it, nobody knows.
  else order.since = desk.now
}

function limitIn(desk: Desk, state: ProductState, order: Order, bar: Bar, budget: Budget): void {
  if (order.over || order.dormant || order.limit === 0 || (order.triggered && order.since > bar.begin)) return
  const buys = order.terms.side === 'BUY'
  const through = buys ? bar.low < order.limit : bar.high > order.limit
  if (!through || budget.left === 0n) return
  const at = buys ? Math.min(bar.open, order.limit) : Math.max(bar.open, order.limit)
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
