import type { Desk } from '../desk.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import { isReached } from './stops.ts'
import { absence, isWithin, obstacle, takeQuotes } from './taker.ts'

/** An order comes to the market: it takes what is there for it, or rests. */
export function arrive(desk: Desk, state: ProductState, order: Order): void {
  const { side, reduceOnly } = order.terms
  order.since = desk.now
  order.isThere = true
  state.arrived(order)
  if (state.closed) {
    desk.end(state, order, 'CANCELLED', 'NO_MARKET', `the market of ${state.product} is closed to this run`)
    return
  }
  if (reduceOnly) {
    const most = closable(side, state.holding.quantity)
    if (most === 0n) {
      desk.end(state, order, 'CANCELLED', 'FLAT')
      return
    }
    if (order.quantity > most) order.quantity = most
  }
  state.orders.push(order)
  state.live += 1
  work(desk, state, order)
}

/** Lets an order that is at the market, or has just been triggered there, do what it can now. */
export function work(desk: Desk, state: ProductState, order: Order): void {
  if (order.dormant) {
    dormant(desk, state, order)
    return
  }
  if (order.isMarket) marketOrder(desk, state, order)
  else limitOrder(desk, state, order)
}

function dormant(desk: Desk, state: ProductState, order: Order): void {
  const { market } = state
  // Within bars it is the bars that trigger; it follows from where the market stands.
  if (market.byBars) order.trail?.see(state.path > 0 ? state.path : market.last)
  else if (isReached(state, order)) {
    trigger(desk, state, order)
    return
  }
  desk.tell(order, 'RESTING', null)
}

/** A stop is reached: from here on it is a market or a limit order. */
export function trigger(desk: Desk, state: ProductState, order: Order): void {
  order.triggered = true
  order.since = desk.now
  desk.tell(order, 'TRIGGERED', null)
  if (!state.market.byBars || order.limit > 0) work(desk, state, order)
}

function marketOrder(desk: Desk, state: ProductState, order: Order): void {
  const { market } = state
  const { timeInForce, side } = order.terms
  if (market.unquoted) {
    // It is the next bar, or the next trade, that fills it.
    desk.tell(order, 'RESTING', null)
    return
  }
  const hindrance = obstacle(desk, state, side)
  if (hindrance !== null) {
    if (order.mayRest) desk.tell(order, 'RESTING', hindrance.reason, hindrance.detail)
    else desk.end(state, order, 'CANCELLED', 'UNFILLED', hindrance.detail)
    return
  }
  takeQuotes(desk, state, order)
  if (order.over || (order.persists && timeInForce === 'GTC')) return
  desk.end(state, order, 'CANCELLED', order.filled > 0n || timeInForce !== 'GTC' ? 'UNFILLED' : 'NO_MARKET')
}

function limitOrder(desk: Desk, state: ProductState, order: Order): void {
  const { side, postOnly } = order.terms
  const { market } = state
  if (market.unquoted) {
    unquotedLimit(desk, state, order)
    return
  }
  const best = market.bestOf(side)
  const crosses = best > 0 && isWithin(order, best)
  const hindrance = absence(desk, state)
  if (crosses && postOnly && hindrance === null) {
    desk.end(state, order, 'REFUSED', 'WOULD_CROSS', 'the opposing best price is at its limit, or through it')
    return
  }
  if (crosses && hindrance === null) takeQuotes(desk, state, order)
  if (order.over) return
  if (!order.mayRest) {
    desk.end(state, order, 'CANCELLED', 'UNFILLED', obstacle(desk, state, side)?.detail)
    return
  }
  order.awaits = hindrance !== null
  order.queue.join(market.displayed(side, order.limit))
  if (order.state !== 'PARTIALLY_FILLED') desk.tell(order, 'RESTING', hindrance?.reason ?? null, hindrance?.detail)
}

/** Where there are bars or bare trades alone, the next of them is what it meets; one that the last price is beyond takes there. */
function unquotedLimit(desk: Desk, state: ProductState, order: Order): void {
  const { market } = state
  const last = state.path > 0 ? state.path : market.last
  const beyond = last > 0 && last !== order.limit && isWithin(order, last)
  order.awaits = beyond || !order.mayRest
  if (beyond && order.terms.postOnly) {
    desk.end(state, order, 'REFUSED', 'WOULD_CROSS', 'the last price is through its limit')
    return
  }
  order.queue.join(Number.NaN)
  if (order.state !== 'PARTIALLY_FILLED') desk.tell(order, 'RESTING', null)
}

/**
 * An order that came when there was no market to meet: once there is one it takes what it crosses, as if it came now; one that crosses
 * nothing stays in its place.
 * @returns whether it rests as any other
 */
export function meet(desk: Desk, state: ProductState, order: Order): boolean {
  const { market } = state
  if (absence(desk, state) !== null) return false
  order.awaits = false
  const best = market.bestOf(order.terms.side)
  if (!order.mayRest || (best > 0 && isWithin(order, best))) limitOrder(desk, state, order)
  else if (order.reason !== null) desk.tell(order, 'RESTING', null)
  return !order.over
}
