import type { Amount, Fixed, Share } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { OrderRequest } from '../../domain/trading/order-request.ts'
import { magnitude } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import { enlarge } from './following.ts'
import type { Order } from './order.ts'
import { priceOff, reprice } from './prices.ts'
import type { Registry } from './registry.ts'
import { toTarget } from './request.ts'

/** Keeps the exit policy's orders as the position is: all of it, at shares of its average price. */
export function keepExits(desk: Desk, registry: Registry, state: ProductState, entry: Order): void {
  const { exits: policy } = desk.settings
  const { holding, exits } = state
  const grew = holding.quantity !== 0n && entry.terms.side === (holding.quantity > 0n ? 'BUY' : 'SELL')
  if (!grew) {
    if (holding.quantity === 0n) state.holdUntil = Infinity
    return
  }
  if (policy.maxHold > 0) state.holdUntil = holding.openedAt + policy.maxHold
  const long = holding.quantity > 0n
  const side = long ? 'SELL' : 'BUY'
  const off = (share: Share) => priceOff(state.market, holding.averagePrice, long ? share : -share)
  const fresh: Order[] = []
  // What is triggered and waits closes its part by itself.
  const quantity = magnitude(holding.quantity) - atTheMarket(state, side)
  if (quantity <= 0n) return
  const keep = (known: Order | null, price: Fixed, request: Omit<OrderRequest, 'product' | 'side' | 'quantity'>) => {
    if (known !== null && !known.over && !known.triggered && known.terms.side === side) {
      reprice(state, known, price)
      const more = quantity - known.remaining
      if (more > 0n) enlarge(desk, state, known, more)
      return known
    }
    const whole: OrderRequest = { ...request, product: state.product, side, quantity, reduceOnly: true }
    const figures = { quantity, limit: request.limit ?? 0, stop: request.stop ?? 0 }
    const order = registry.create(whole, figures, { parent: entry.terms.id })
    fresh.push(order)
    return order
  }
  const group = groupOf(state, side) ?? registry.newGroup()
  if (policy.stopLoss > 0) {
    const stop = off(-policy.stopLoss)
    exits.stop = keep(exits.stop, stop, { type: 'STOP', purpose: 'STOP_LOSS', stop, group })
  }
  if (policy.takeProfit > 0) {
    const limit = toTarget(off(policy.takeProfit), state.market.increments.price, side)
    exits.target = keep(exits.target, limit, { type: 'TAKE_PROFIT', purpose: 'TAKE_PROFIT', limit, group })
  }
  if (policy.trailing > 0) {
    const activation = policy.activation > 0 ? off(policy.activation) : 0
    const trail = { share: policy.trailing, activation }
    exits.trail = keep(exits.trail, activation, { type: 'TRAILING_STOP', purpose: 'TRAILING_STOP', trail, group })
  }
  // All of them are there before the first comes to the market, which may end the others at once.
  for (const order of fresh) desk.tell(order, 'ACCEPTED', null)
  for (const order of fresh) if (!order.over) arrive(desk, state, order)
}

/** How much of what is held is sold or bought back at the market, as soon as there is one. */
function atTheMarket({ orders }: ProductState, side: Side): Amount {
  const working = orders.filter((order) => !order.over && order.isMarket && order.terms.side === side)
  return working.reduce((sum, { remaining }) => sum + remaining, 0n)
}

/** The group that the position's exits share already. */
function groupOf({ exits }: ProductState, side: Side): number | null {
  const known = [exits.stop, exits.target, exits.trail].find(
    (order) => order?.over === false && !order.triggered && order.terms.side === side,
  )
  return known?.terms.group ?? null
}
