import type { Amount } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { OrderChange, OrderRequest } from '../../domain/trading/order-request.ts'
import type { Micros } from '../../domain/time.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { ProductState } from '../product-state.ts'
import { closable } from '../risk/sizing.ts'
import { MAX_OPEN_ORDERS } from '../settings.ts'
import type { Order } from './order.ts'
import type { Registry } from './registry.ts'
import { fitted, isCount, malformed, type Figures, type Refusal } from './request.ts'

/** What became of a request: an order, which has a number either way. */
export type Placement =
  { readonly ok: true; readonly id: number } | { readonly ok: false; readonly id: number; readonly refusal: Refusal }

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
    const figures = this.check(state, request, null)
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
    const notNow = this.tooManyUnderWay() ?? underWay(old)
    if (notNow !== null) return { ok: false, id, refusal: notNow }
    const { terms } = old
    const state = this.desk.stateOf(terms.product)
    const { limit = old.limit, stop = old.stop, quantity = old.remaining } = change
    const request: OrderRequest = { ...requestOf(old), quantity, limit, stop }
    const figures = this.check(state, request, old)
    if ('reason' in figures) return this.refuse(request, figures, id)
    const parent = terms.parent === null ? {} : { parent: terms.parent }
    const order = this.registry.create(request, figures, { ...parent, replaces: id })
    const { remaining } = old
    this.desk.tell(order, 'ACCEPTED', null)
    this.later(this.ports.entry(), order, state, () => {
      this.swap(state, old, order, remaining)
    })
    return { ok: true, id: order.terms.id }
  }

  /** How much of a position a side would close, less what is on its way to close it; `except` is left out of that. */
  closing(state: ProductState, side: Side, except: Order | null = null): Amount {
    let left = closable(side, state.holding.quantity)
    if (left === 0n) return 0n
    for (const order of [...state.orders, ...this.registry.onTheWay()]) {
      const { terms } = order
      // What is to come in the place of another closes no more than that.
      if (order === except || (!order.isThere && this.registry.find(order.terms.replaces ?? 0) !== null)) continue
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

  /** @param old what it is to come in the place of */
  private check(state: ProductState, request: OrderRequest, old: Order | null): Figures | Refusal {
    const wrong = malformed(request, old === null ? this.desk.now : null)
    if (wrong !== null) return wrong
    const closing = this.closing(state, request.side, old)
    // What closes at the market is let in over it: each takes off what may still be closed, which bounds them.
    const isClose = request.type === 'MARKET' && request.quantity <= closing
    if (old === null && this.registry.count >= MAX_OPEN_ORDERS && !isClose) {
      return { reason: 'INVALID_ORDER', detail: `${MAX_OPEN_ORDERS} orders are open; a run may have no more` }
    }
    const entry = this.ports.refusal(state, request.side)
    if (entry?.reason === 'HALTED') return entry
    if (request.reduceOnly === true) {
      return this.reducing(state, request, closing)
    }
    if (entry === null) return fitted(request, state.market, closing)
    if (closing === 0n) return entry
    // What closes is let through, and opens nothing where something else has closed before it.
    const figures = fitted({ ...request, quantity: least(request.quantity, closing) }, state.market, closing)
    return 'reason' in figures ? figures : { ...figures, mayOpen: 0n }
  }

  /** What may rest beside a close on its way is as large as the position: it shrinks with that, and stays where the close comes to nothing. */
  private reducing(state: ProductState, request: OrderRequest, closing: Amount): Figures | Refusal {
    const held = closable(request.side, state.holding.quantity)
    const most = request.type === 'MARKET' ? closing : held
    if (most > 0n) return fitted({ ...request, quantity: least(request.quantity, most) }, state.market, most)
    const detail = held > 0n ? 'what is held is on its way to be closed' : 'nothing is held that it could close'
    return { reason: 'INVALID_ORDER', detail }
  }

  /** One order can be cancelled, or replaced, ever again before the first of it arrives. */
  private tooManyUnderWay(): Refusal | null {
    if (this.registry.underWay < MAX_OPEN_ORDERS) return null
    return { reason: 'INVALID_ORDER', detail: `${MAX_OPEN_ORDERS} requests are on their way already` }
  }

  /** @param replaces what it was to come in the place of, which goes on */
  private refuse(request: OrderRequest, refusal: Refusal, replaces?: number): Placement {
    // What is no price cannot be told as one: the detail has it.
    const told = (count = 0) => (isCount(count) ? count : 0)
    const figures = { quantity: request.quantity, limit: told(request.limit), stop: told(request.stop) }
    const order = this.registry.create(request, figures, replaces === undefined ? {} : { replaces })
    order.answered = replaces !== undefined
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
  private swap(state: ProductState, old: Order, order: Order, asked: Amount): void {
    if (order.over) return
    if (old.over) {
      order.answered = true
      this.desk.end(state, order, 'REFUSED', 'INVALID_ORDER', `order ${old.terms.id} has ended`)
      return
    }
    order.replace(old, asked)
    order.isThere = true
    const { exits } = state
    if (exits.stop === old) exits.stop = order
    if (exits.target === old) exits.target = order
    if (exits.trail === old) exits.trail = order
    if (order.quantity === 0n) {
      this.desk.end(state, old, 'REPLACED', null)
      this.desk.end(state, order, 'CANCELLED', 'UNFILLED', 'what it asked for was filled before it arrived')
      return
    }
    const keeps =
      order.limit > 0 && order.limit === old.limit && order.stop === old.stop && old.remaining >= order.quantity
    this.desk.end(state, old, 'REPLACED', null)
    if (keeps && !old.dormant && state.orders.includes(old)) {
      order.since = old.since
      order.queue = old.queue
      order.awaits = old.awaits
      state.orders.splice(state.orders.indexOf(old), 0, order)
      state.live += 1
      this.desk.tell(order, 'RESTING', old.reason, old.detail)
      return
    }
    arrive(this.desk, state, order)
  }
}

/** Why an order cannot be replaced yet. */
function underWay({ terms, isThere }: Order): Refusal | null {
  if (terms.replaces === null || isThere) return null
  const detail = `order ${terms.id} is on its way to the place of order ${terms.replaces}; replace it once it is there`
  return { reason: 'INVALID_ORDER', detail }
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
