import type { Side } from '../../domain/side.ts'
import type { OrderRequest } from '../../domain/trading/order-request.ts'
import type { Micros } from '../../domain/time.ts'
import type { QueueModel } from '../settings.ts'
import { bracketOf } from './bracket-spec.ts'
import { Order, type OrderTerms } from './order.ts'
import { QueuePlace } from './queue.ts'
import type { Figures } from './request.ts'
import { Trail } from './trail.ts'

/** What is on its way to the market. */
interface Waiting {
  readonly due: Micros
  readonly order: Order | null
  readonly arrive: () => void
}

/** Which orders there are: makes them, knows them by number, and keeps what is on its way to the market. */
export class Registry {
  private readonly model: QueueModel
  /** Orders that have not ended, by number. */
  private readonly open = new Map<number, Order>()
  /** In order of arrival. */
  private readonly waiting: Waiting[] = []
  /** The earliest expiry of those that have not ended, or of one that has. */
  nextExpiry: Micros = Infinity
  private lastId = 0
  private lastGroup = 0

  constructor(model: QueueModel) {
    this.model = model
  }

  create(request: OrderRequest, figures: Figures, parts: { parent?: number; replaces?: number } = {}): Order {
    this.lastId += 1
    const { side, trail, bracket, expiresAt = Infinity } = request
    const terms: OrderTerms = {
      id: this.lastId,
      product: request.product,
      side,
      type: request.type,
      timeInForce: request.timeInForce ?? 'GTC',
      purpose: request.purpose ?? 'STRATEGY',
      trigger: request.trigger ?? 'LAST',
      postOnly: request.postOnly ?? false,
      reduceOnly: request.reduceOnly ?? false,
      expiresAt,
      group: request.group ?? null,
      parent: parts.parent ?? null,
      replaces: parts.replaces ?? null,
      signalSequence: request.signalSequence ?? 0,
    }
    const order = new Order(terms, figures, new QueuePlace(this.model), {
      trail: trail === undefined ? null : trailOf(side, trail),
      bracket: bracket === undefined ? null : bracketOf(bracket),
    })
    this.open.set(order.terms.id, order)
    if (expiresAt < this.nextExpiry) this.nextExpiry = expiresAt
    return order
  }

  /** A group of its own, for orders that are to share it. */
  newGroup(): number {
    this.lastGroup += 1
    return this.lastGroup
  }

  /** An order that has not ended; null: there is none of that number. */
  find(id: number): Order | null {
    return this.open.get(id) ?? null
  }

  /** All that have not ended, in order of their numbers. */
  all(): readonly Order[] {
    return [...this.open.values()]
  }

  /** How many have not ended. */
  get count(): number {
    return this.open.size
  }

  /** Nothing more becomes of an order. */
  forget(order: Order): void {
    this.open.delete(order.terms.id)
  }

  /** Looks anew for the next expiry after a time. */
  passExpiry(now: Micros): void {
    this.nextExpiry = Infinity
    for (const { terms } of this.open.values()) {
      if (terms.expiresAt > now && terms.expiresAt < this.nextExpiry) this.nextExpiry = terms.expiresAt
    }
  }

  send(due: Micros, order: Order | null, arrive: () => void): void {
    const at = this.waiting.findLastIndex((earlier) => earlier.due <= due) + 1
    this.waiting.splice(at, 0, { due, order, arrive })
  }

  /** How many orders, cancellations and replacements are on their way. */
  get underWay(): number {
    return this.waiting.length
  }

  /** When the next of what is on its way arrives; Infinity: nothing is. */
  get nextDue(): Micros {
    return this.waiting[0]?.due ?? Infinity
  }

  /** Takes out what arrives next. */
  next(): (() => void) | null {
    return this.waiting.shift()?.arrive ?? null
  }

  /** Orders that are on their way to the market. */
  onTheWay(): readonly Order[] {
    return this.waiting.flatMap(({ order }) => (order === null || order.over ? [] : [order]))
  }
}

function trailOf(side: Side, { amount = 0, share = 0, activation = 0 }: NonNullable<OrderRequest['trail']>): Trail {
  return new Trail(side, { amount, share, activation })
}
