import type { Amount } from '../../domain/money.ts'
import type { Desk } from '../desk.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import type { Order } from './order.ts'
import type { Registry } from './registry.ts'

/** What a fill means for the orders beside it: those of its group get smaller by it. */
export function reduceGroup(desk: Desk, registry: Registry, filled: Order, quantity: Amount): void {
  const { group } = filled.terms
  if (group === null) return
  for (const order of registry.all()) {
    if (order === filled || order.over || order.terms.group !== group) continue
    // What is to come in the place of another goes by that when it arrives.
    if (order.terms.replaces !== null && !order.isThere) continue
    const state = desk.stateOf(order.terms.product)
    const less = order.remaining < quantity ? order.remaining : quantity
    order.quantity -= less
    if (order.remaining === 0n) desk.end(state, order, 'CANCELLED', 'GROUP')
    else desk.tell(order, order.state, null)
  }
}

/** Orders that only close never do more than that: they shrink with the position, and end when it is flat. */
export function shrinkToPosition(desk: Desk, state: ProductState): void {
  for (const order of [...state.orders]) {
    if (order.over || !order.terms.reduceOnly) continue
    const most = closable(order.terms.side, state.holding.quantity)
    if (most === 0n) desk.end(state, order, 'CANCELLED', 'FLAT')
    else if (order.remaining > most) {
      order.quantity = order.filled + most
      desk.tell(order, order.state, null)
    }
  }
}

/** A larger size goes to the back of the queue. */
export function enlarge(desk: Desk, state: ProductState, order: Order, quantity: Amount): void {
  if (order.over || quantity === 0n) return
  order.quantity += quantity
  if (order.limit > 0) order.queue.join(state.market.displayed(order.terms.side, order.limit))
  desk.tell(order, order.state, null)
}
