import type { Amount, Fixed, Share } from '../../domain/money.ts'
import { opposite } from '../../domain/side.ts'
import type { BracketSpec, OrderRequest } from '../../domain/trading/order-request.ts'
import { priceOf } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import { enlarge } from './following.ts'
import type { Order } from './order.ts'
import { priceOff, reprice } from './prices.ts'
import type { Registry } from './registry.ts'
import { toTarget } from './request.ts'

/** A bracket's children are as large as what its entry filled, at shares of its average price. */
export function growBracket(desk: Desk, registry: Registry, state: ProductState, entry: Order, quantity: Amount): void {
  const { bracket } = entry
  if (bracket === null) return
  const living = state.orders.filter((order) => order.terms.parent === entry.terms.id && !order.over)
  // One that is triggered closes its part by itself; what comes after that has children of its own.
  if (living.length > 0 && !living.some(({ triggered }) => triggered)) {
    for (const child of living) {
      const price = priceOfChild(state, entry, bracket, child)
      if (price > 0) reprice(state, child, price)
      enlarge(desk, state, child, quantity)
    }
    return
  }
  const most = closable(opposite(entry.terms.side), state.holding.quantity)
  if (most === 0n) return
  if (bracket.hold > 0) state.holdUntil = Math.min(state.holdUntil, desk.now + bracket.hold)
  const children = childrenOf(registry, state, entry, quantity < most ? quantity : most)
  // All of them are there before the first comes to the market, which may end the others at once.
  for (const child of children) desk.tell(child, 'ACCEPTED', null)
  for (const child of children) if (!child.over) arrive(desk, state, child)
}

function childrenOf(registry: Registry, state: ProductState, entry: Order, quantity: Amount): readonly Order[] {
  const { id, side, product, trigger } = entry.terms
  const bracket = entry.bracket!
  const group = registry.newGroup()
  const shared = { product, side: opposite(side), quantity, reduceOnly: true, group } as const
  const make = (own: Pick<OrderRequest, 'type' | 'purpose' | 'trigger' | 'trail'>, limit: Fixed, stop: Fixed): Order =>
    registry.create({ ...shared, ...own }, { quantity, limit, stop }, { parent: id })
  const off = (share: Share): Fixed => priceOff(state.market, averageOf(entry), side === 'BUY' ? share : -share)
  const children: Order[] = []
  const stop = bracket.stopShare > 0 ? off(-bracket.stopShare) : bracket.stop
  if (stop > 0) children.push(make({ type: 'STOP', purpose: 'STOP_LOSS', trigger }, 0, stop))
  const target = bracket.targetShare > 0 ? off(bracket.targetShare) : bracket.target
  if (target > 0) {
    const limit = toTarget(target, state.market.increments.price, opposite(side))
    children.push(make({ type: 'TAKE_PROFIT', purpose: 'TAKE_PROFIT' }, limit, 0))
  }
  if (bracket.trail !== null) {
    const { amount, share, after } = bracket.trail
    const trail = { amount, share, activation: after > 0 ? off(after) : 0 }
    children.push(make({ type: 'TRAILING_STOP', purpose: 'TRAILING_STOP', trigger, trail }, 0, 0))
  }
  return children
}

/** Where a child belongs now that the entry's average has moved; 0: where it is. */
function priceOfChild(state: ProductState, entry: Order, bracket: BracketSpec, child: Order): Fixed {
  const { side } = entry.terms
  const off = (share: Share): Fixed => priceOff(state.market, averageOf(entry), side === 'BUY' ? share : -share)
  if (child.trail !== null) return bracket.trail !== null && bracket.trail.after > 0 ? off(bracket.trail.after) : 0
  if (child.limit === 0) return bracket.stopShare > 0 ? off(-bracket.stopShare) : 0
  if (bracket.targetShare === 0) return 0
  return toTarget(off(bracket.targetShare), state.market.increments.price, opposite(side))
}

function averageOf({ notional, filled }: Order): bigint {
  return priceOf(notional, filled)
}
