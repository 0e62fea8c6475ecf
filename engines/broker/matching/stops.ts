import type { Fixed } from '../../domain/money.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'

/** The price that a stop watches; 0: not known. */
function watched({ market }: ProductState, order: Order): Fixed {
  switch (order.terms.trigger) {
    case 'LAST':
      return market.last
    case 'QUOTE':
      // What closes a long sells at the bid: watched is the price that the order would meet.
      return market.crossed ? 0 : market.bestOf(order.terms.side)
    case 'MARK':
      return market.mark
  }
}

/** Where a stop is now; 0: a trailing one that is not active yet. */
export function stopOf(order: Order): Fixed {
  return order.trail === null ? order.stop : order.trail.stop
}

/** Whether a price has come to a stop. */
export function reaches(order: Order, price: Fixed): boolean {
  const stop = stopOf(order)
  if (stop === 0 || price === 0) return false
  return order.terms.side === 'SELL' ? price <= stop : price >= stop
}

/** Whether the price that an order watches has come to its stop; a trailing one follows it first. */
export function isReached(state: ProductState, order: Order): boolean {
  const price = watched(state, order)
  if (price === 0) return false
  order.trail?.see(Math.floor(price))
  return reaches(order, price)
}
