import type { OrderPurpose } from '../../domain/order.ts'
import type { Micros } from '../../domain/time.ts'
import type { QueueModel } from '../settings.ts'
import { Order } from './order.ts'
import { QueuePlace } from './queue.ts'
import type { Figures, OrderRequest } from './request.ts'
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
    const { product, side, type, trail, bracket, expiresAt = Infinity, group = null } = request
    const { amount = 0, share = 0, activation = 0 } = trail ?? {}
    const order = new Order(
      {
        id: this.lastId,
        product,
        side,
        type,
        timeInForce: request.timeInForce ?? 'GTC',
        purpose: request.purpose ?? DEFAULT_PURPOSE,
        trigger: request.trigger ?? 'LAST',
        postOnly: request.postOnly ?? false,
        reduceOnly: request.reduceOnly ?? false,
        expiresAt,
        group,
        parent: parts.parent ?? null,
        replaces: parts.replaces ?? null,
        signalSequence: request.signalSequence ?? 0,
        bracket: bracket === undefined ? null : { stop: bracket.stop ?? 0, target: bracket.target ?? 0 },
      },
      {
        ...figures,
        queue: new QueuePlace(this.model),
        trail: trail === undefined ? null : new Trail(side, { amount, share, activation }),
      },
    )
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
    const order = this.open.get(id)
    if (order === undefined) return null
    if (!order.over) return order
    this.open.delete(id)
    return null
  }

  /** All that have not ended, in order of their numbers. */
  all(): readonly Order[] {
    for (const [id, order] of this.open) if (order.over) this.open.delete(id)
    return [...this.open.values()]
  }

  /** Looks anew for the next expiry after a time. */
  passExpiry(now: Micros): void {
    this.nextExpiry = Infinity
    for (const { terms } of this.all()) {
      if (terms.expiresAt > now && terms.expiresAt < this.nextExpiry) this.nextExpiry = terms.expiresAt
    }
  }

  /** How many have not ended; at most so many. */
  get count(): number {
    if (this.open.size > SWEEP_AT) this.all()
    return this.open.size
  }

  send(due: Micros, order: Order | null, arrive: () => void): void {
    const at = this.waiting.findLastIndex((earlier) => earlier.due <= due) + 1
    this.waiting.splice(at, 0, { due, order, arrive })
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

const DEFAULT_PURPOSE: OrderPurpose = 'STRATEGY'
/** Ended orders are let go of when there are so many. */
const SWEEP_AT = 256
