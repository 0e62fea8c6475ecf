import type { Amount } from '../../domain/money.ts'
import { opposite } from '../../domain/side.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import type { Order } from './order.ts'
import type { Registry } from './registry.ts'
import { toTarget } from './request.ts'

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

/** A bracket's children live from the entry's first fill on, and are as large as what it filled. */
export function growBracket(desk: Desk, registry: Registry, state: ProductState, entry: Order, quantity: Amount): void {
  const { id, side, product, trigger } = entry.terms
  const { bracket } = entry
  if (bracket === null) return
  const living = state.orders.filter((order) => order.terms.parent === id && !order.over)
  // One that is triggered closes its part by itself; what comes after that has children of its own.
  if (living.length > 0 && !living.some(({ triggered }) => triggered)) {
    for (const child of living) enlarge(desk, state, child, quantity)
    return
  }
  const group = registry.newGroup()
  const most = closable(opposite(side), state.holding.quantity)
  if (most === 0n) return
  const size = quantity < most ? quantity : most
  const shared = { product, side: opposite(side), quantity: size, reduceOnly: true, group } as const
  const children: Order[] = []
  if (bracket.stop > 0) {
    const figures = { quantity: size, limit: 0, stop: bracket.stop }
    children.push(registry.create({ ...shared, type: 'STOP', purpose: 'STOP_LOSS', trigger }, figures, { parent: id }))
  }
  if (bracket.target > 0) {
    const limit = toTarget(bracket.target, state.market.increments.price, opposite(side))
    const figures = { quantity: size, limit, stop: 0 }
    children.push(registry.create({ ...shared, type: 'TAKE_PROFIT', purpose: 'TAKE_PROFIT' }, figures, { parent: id }))
  }
  // All of them are there before the first comes to the market, which may end the others at once.
  for (const child of children) desk.tell(child, 'ACCEPTED', null)
  for (const child of children) if (!child.over) arrive(desk, state, child)
}

/** A larger size goes to the back of the queue. */
export function enlarge(desk: Desk, state: ProductState, order: Order, quantity: Amount): void {
  if (order.over || quantity === 0n) return
  order.quantity += quantity
  if (order.limit > 0) order.queue.join(state.market.displayed(order.terms.side, order.limit))
  desk.tell(order, order.state, null)
}
