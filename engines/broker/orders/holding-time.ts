import type { Amount } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import type { Order } from './order.ts'
import type { Registry } from './registry.ts'

/**
 * A position was held long enough, and is closed at the market.
 * @param closing how much of it a side would close that nothing closes yet
 */
export function leave(desk: Desk, registry: Registry, state: ProductState, closing: (side: Side) => Amount): void {
  const { product } = state
  state.holdUntil = Infinity
  const side = state.holding.quantity > 0n ? 'SELL' : 'BUY'
  const quantity = closing(side)
  // Something else is closing it: looked at again where that comes to nothing.
  state.overdue = quantity === 0n
  if (state.overdue) return
  const request = { product, side, type: 'MARKET', quantity, reduceOnly: true, purpose: 'MAX_HOLD' } as const
  const order = registry.create(request, { quantity, limit: 0, stop: 0 })
  desk.tell(order, 'ACCEPTED', null)
  arrive(desk, state, order)
}

/**
 * An order has ended. A position that it was to close, and that was held long enough, is due now where it is still there.
 * @returns whether one is
 */
export function leaveAgain(desk: Desk, { terms: { product } }: Order): boolean {
  const state = desk.stateOf(product)
  const isDue = state.overdue && state.holding.quantity !== 0n
  if (isDue) state.holdUntil = desk.now
  state.overdue = false
  return isDue
}
