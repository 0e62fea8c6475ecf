import type { Amount, Fixed } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import { MAX_OPEN_ORDERS } from '../settings.ts'
import type { Order } from './order.ts'
import type { Registry } from './registry.ts'
import { fitted, malformed, type Figures, type OrderRequest, type Refusal } from './request.ts'

/** What became of a request: an order, which has a number either way. */
export type Placement =
  { readonly ok: true; readonly id: number } | { readonly ok: false; readonly id: number; readonly refusal: Refusal }

/** What is to be other of an order; what is left out stays. Prices are counts of its product's unit. */
export interface OrderChange {
  /** What is still to be filled. */
  readonly quantity?: Amount
  readonly limit?: Fixed
  readonly stop?: Fixed
}

/** What an intake asks of its broker. */
export interface IntakePorts {
  readonly entry: () => Micros
  readonly cancel: () => Micros
  readonly refusal: (state: ProductState, side: Side) => Refusal | null
  /** Orders or positions of a product have changed. */
  readonly changed: (state: ProductState) => void
}

/** Takes orders in: checks them, gives them numbers, and lets them come to the market after their latency. */
export class Intake {
  private readonly desk: Desk
  private readonly registry: Registry
  private readonly ports: IntakePorts

  constructor(desk: Desk, registry: Registry, ports: IntakePorts) {
    this.desk = desk
    this.registry = registry
    this.ports = ports
  }

  place(request: OrderRequest): Placement {
    const state = this.desk.stateOf(request.product)
    const figures = this.check(state, request)
    if ('reason' in figures) return this.refuse(request, figures)
    const order = this.registry.create(request, figures)
    this.send(state, order)
    return { ok: true, id: order.terms.id }
  }

  /**
   * An order whose size was decided already. What it is to close now may be closed by something else before it arrives: it does not
   * open that much more for it.
   */
  sendSignal(request: OrderRequest): Order {
    const { quantity, side, product } = request
    const state = this.desk.stateOf(product)
    const closing = this.closing(state, side)
    const mayOpen = quantity > closing ? quantity - closing : 0n
    const order = this.registry.create(request, { quantity, limit: 0, stop: 0, mayOpen })
    order.onTheWay = true
    state.onTheWay += 1
    this.send(state, order)
    return order
  }

  cancel(id: number): Refusal | null {
    const order = this.registry.find(id)
    if (order === null) return { reason: 'INVALID_ORDER', detail: `there is no open order ${id}` }
    const tooMany = this.tooManyUnderWay()
    if (tooMany !== null) return tooMany
    const state = this.desk.stateOf(order.terms.product)
    this.later(this.ports.cancel(), null, state, () => {
      this.desk.end(state, order, 'CANCELLED', 'REQUESTED')
    })
    return null
  }

  replace(id: number, change: OrderChange): Placement {
    const old = this.registry.find(id)
    if (old === null)
      return { ok: false, id, refusal: { reason: 'INVALID_ORDER', detail: `there is no open order ${id}` } }
    const tooMany = this.tooManyUnderWay()
    if (tooMany !== null) return { ok: false, id, refusal: tooMany }
    const { terms } = old
    const state = this.desk.stateOf(terms.product)
    const { limit = old.limit, stop = old.stop, quantity = old.remaining } = change
    const request: OrderRequest = { ...requestOf(old), quantity, limit, stop }
    const wrong = old.trail === null ? malformed(request) : null
    const figures = wrong ?? fitted(request, state.market, closable(terms.side, state.holding.quantity))
    if ('reason' in figures) return this.refuse(request, figures)
    const carried = old.mayOpen === null ? figures : { ...figures, mayOpen: old.mayOpen - old.opened }
    const order = this.registry.create(request, carried, { replaces: id })
    this.desk.tell(order, 'ACCEPTED', null)
    this.later(this.ports.entry(), order, state, () => {
      this.swap(state, old, order)
    })
    return { ok: true, id: order.terms.id }
  }

  /** How much of a position a side would close, less what is on its way to close it. */
  closing(state: ProductState, side: Side): Amount {
    let left = closable(side, state.holding.quantity)
    if (left === 0n) return 0n
    for (const order of [...state.orders, ...this.registry.onTheWay()]) {
      const { terms } = order
      if (!order.over && terms.product === state.product && terms.side === side && order.isMarket)
        left -= order.remaining
    }
    return left > 0n ? left : 0n
  }

  /** Ends what is over its time. */
  expire(): void {
    if (this.registry.nextExpiry > this.desk.now) return
    for (const order of this.registry.all()) {
      if (order.terms.expiresAt <= this.desk.now)
        this.desk.end(this.desk.stateOf(order.terms.product), order, 'EXPIRED', 'TIME')
    }
    this.registry.passExpiry(this.desk.now)
  }

  private check(state: ProductState, request: OrderRequest): Figures | Refusal {
    const wrong = malformed(request)
    if (wrong !== null) return wrong
    const closing = this.closing(state, request.side)
    // What closes at the market is let in over it: each takes off what may still be closed, which bounds them.
    const isClose = request.type === 'MARKET' && request.quantity <= closing
    if (this.registry.count >= MAX_OPEN_ORDERS && !isClose) {
      return { reason: 'INVALID_ORDER', detail: `${MAX_OPEN_ORDERS} orders are open; a run may have no more` }
    }
    const entry = this.ports.refusal(state, request.side)
    if (entry?.reason === 'HALTED') return entry
    if (request.reduceOnly === true) {
      if (closing === 0n) return { reason: 'INVALID_ORDER', detail: 'nothing is held that it could close' }
      const quantity = request.quantity < closing ? request.quantity : closing
      return fitted({ ...request, quantity }, state.market, closing)
    }
    if (entry === null) return fitted(request, state.market, closing)
    if (closing === 0n) return entry
    // What closes is let through, and opens nothing where something else has closed before it.
    const figures = fitted({ ...request, quantity: least(request.quantity, closing) }, state.market, closing)
    return 'reason' in figures ? figures : { ...figures, mayOpen: 0n }
  }

  /** One order can be cancelled, or replaced, ever again before the first of it arrives. */
  private tooManyUnderWay(): Refusal | null {
    if (this.registry.underWay < MAX_OPEN_ORDERS) return null
    return { reason: 'INVALID_ORDER', detail: `${MAX_OPEN_ORDERS} requests are on their way already` }
  }

  private refuse(request: OrderRequest, refusal: Refusal): Placement {
    const figures = { quantity: request.quantity, limit: request.limit ?? 0, stop: request.stop ?? 0 }
    const order = this.registry.create(request, figures)
    this.desk.end(this.desk.stateOf(request.product), order, 'REFUSED', refusal.reason, refusal.detail)
    return { ok: false, id: order.terms.id, refusal }
  }

  private send(state: ProductState, order: Order): void {
    this.desk.tell(order, 'ACCEPTED', null)
    this.later(this.ports.entry(), order, state, () => {
      if (!order.over) arrive(this.desk, state, order)
    })
  }

  private later(latency: Micros, order: Order | null, state: ProductState, act: () => void): void {
    if (latency > 0) this.registry.send(this.desk.now + latency, order, act)
    else act()
    this.ports.changed(state)
  }

  /** A smaller size keeps its place in the queue; all else goes to the back. */
  private swap(state: ProductState, old: Order, order: Order): void {
    if (order.over) return
    if (old.over) {
      this.desk.end(state, order, 'REFUSED', 'INVALID_ORDER', `order ${old.terms.id} has ended`)
      return
    }
    const keeps =
      order.limit > 0 && order.limit === old.limit && order.stop === old.stop && old.remaining >= order.quantity
    this.desk.end(state, old, 'REPLACED', null)
    if (keeps && !old.dormant && state.orders.includes(old)) {
      order.since = old.since
      order.takeOver(old)
      state.orders.splice(state.orders.indexOf(old), 0, order)
      state.live += 1
      this.desk.tell(order, 'RESTING', null)
      return
    }
    order.triggered = old.triggered
    arrive(this.desk, state, order)
  }
}

function requestOf({ terms, trail, bracket }: Order): Omit<OrderRequest, 'quantity'> {
  const { product, side, type, timeInForce, purpose, trigger, postOnly, reduceOnly, signalSequence } = terms
  return {
    product,
    side,
    type,
    timeInForce,
    purpose,
    trigger,
    postOnly,
    reduceOnly,
    signalSequence,
    ...(terms.group === null ? {} : { group: terms.group }),
    ...(terms.expiresAt === Infinity ? {} : { expiresAt: terms.expiresAt }),
    ...(bracket === null ? {} : { bracket }),
    ...(trail === null ? {} : { trail: trail.spec }),
  }
}

function least(one: Amount, other: Amount): Amount {
  return one < other ? one : other
}
