import { BIG_POWERS, MOST_DECIMALS } from '../../domain/market/unit.ts'
import { SHARE_ONE, type Fixed, type Money, type Share } from '../../domain/money.ts'
import type { ProductMarket } from '../market/product-market.ts'
import type { ProductState } from '../product-state.ts'
import type { Order } from './order.ts'

/** A price and a share of it more, rounded to the nearest count, at least one. */
export function priceOff({ unit }: ProductMarket, price: Money, share: Share): Fixed {
  const one = BIG_POWERS[MOST_DECIMALS - unit.price]! * BigInt(SHARE_ONE)
  return Math.max(1, Number((price * BigInt(SHARE_ONE + share) + one / 2n) / one))
}

/** Moves an order that guards a position to another price: a limit, a stop, or where a trailing stop becomes active. */
export function reprice(state: ProductState, order: Order, price: Fixed): void {
  if (order.trail !== null) order.trail.activateAt(price)
  else if (order.limit > 0) {
    if (order.limit === price) return
    order.limit = price
    order.queue.join(state.market.displayed(order.terms.side, price))
  } else order.stop = price
}
