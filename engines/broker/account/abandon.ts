import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { Registry } from '../orders/registry.ts'
import { closable } from '../risk/sizing.ts'

/** Takes back all that waits and closes all that is held, at the market, without asking anybody. */
export function abandon(desk: Desk, registry: Registry): void {
  for (const order of registry.all())
    desk.end(desk.stateOf(order.terms.product), order, 'CANCELLED', 'REQUESTED', 'the run is given up')
  for (const state of [...desk.held]) {
    const side = state.holding.quantity > 0n ? 'SELL' : 'BUY'
    const quantity = closable(side, state.holding.quantity)
    const request = { product: state.product, side, type: 'MARKET', quantity, reduceOnly: true } as const
    const order = registry.create(request, { quantity, limit: 0, stop: 0 })
    desk.tell(order, 'ACCEPTED', null)
    arrive(desk, state, order)
  }
}
