import type { Product } from '../../domain/market/product.ts'
import type { SubscriberEntry } from './contract.ts'
import { Lane } from '../../wire/lane.ts'

/** A lane in service: who gets it, and when it last spoke. Times are milliseconds. */
export interface Served {
  readonly lane: Lane
  /** What the filter would have let through before the lane was made; null: not known. */
  readonly before: number | null
  readonly subscribers: Set<Subscription>
  /** Monotonic. */
  lastSent: number
  /** The heartbeat that follows soon after the last DATA is out. */
  tailSent: boolean
  /** Since when nobody is subscribed, in the publisher's awake time. */
  emptySince: number
}

/** One subscriber of a lane. */
export interface Subscription {
  readonly id: number
  readonly address: string
  readonly port: number
  readonly served: Served
  /** Its first sequence. */
  readonly from: number
  /** 0: live. */
  readonly window: number
  /** Known by the publisher's key: it is waited for also where it is not heard. */
  readonly known: boolean
  ttlMs: number
  /** In the publisher's awake time. */
  heardAt: number
  /** Number of the first datagram not acknowledged. */
  acked: number
  /** It has said that it has everything, the end included. */
  ended: boolean
}

/** Whether a lossless subscriber is a full window behind. */
export function isBehind(one: Subscription): boolean {
  return one.window > 0 && one.served.lane.sealed - one.acked >= one.window
}

/** A subscription as it is told of. */
export function entryOf(one: Subscription): SubscriberEntry {
  const { address, port, served, window, acked } = one
  const behind = window > 0 ? served.lane.sealed - acked : 0
  return { address, port, products: served.lane.products, lossless: window > 0, behind }
}

/**
 * When the end was announced, or when a lossless subscriber that lacks something was last heard since; a known one is hoped
 * for always. All in awake time.
 */
export function lastHope(subscriptions: Iterable<Subscription>, startedAt: number, now: number): number {
  const lacking = [...subscriptions].filter((one) => one.window > 0 && !one.ended)
  return Math.max(startedAt, ...lacking.map((one) => (one.known ? now : one.heardAt)))
}

/** Whether a subscription was not renewed in time. @param now the publisher's awake time. */
export function isOverdue(one: Subscription, now: number): boolean {
  return now - one.heardAt >= one.ttlMs
}

/** Who holds a publisher up, as `address:port`. @param ending whether it waits for all to know of its end. */
export function lacking(subscriptions: Iterable<Subscription>, ending: boolean): readonly string[] {
  return [...subscriptions]
    .filter((one) => isBehind(one) || (ending && one.window > 0 && !one.ended))
    .map(({ address, port }) => `${address}:${port}`)
}

/** What a subscriber is granted. @param identity the publisher's; 0 is told where it cannot say what it emitted to the filter. */
export function grantOf({ served: { lane, before }, from, ttlMs, window }: Subscription, identity: number) {
  const emitted = before === null ? { publisher: 0, emitted: 0 } : { publisher: identity, emitted: before + from - 1 }
  return { session: lane.session, next: from, ttlMs, window, ...emitted }
}

/** A filter in the one form that lanes are found by: sorted, each product once. */
export function normalFilter(products: readonly Product[]): readonly Product[] {
  return [...new Set(products)].sort()
}

/** The most subscribers of a publisher, unless it is told otherwise: as many runs as a source is shared by, and what servers watch. */
export const MAX_SUBSCRIBERS = 256

/** How long a lane is kept when its last subscription has expired, so that a stalled subscriber can resume. */
const LINGER_MS = 30_000

/** The lanes of a publisher, one for each distinct filter, and which product goes where. */
export class LaneTable {
  readonly #lanes = new Map<string, Served>()
  /** Filled as products appear, emptied whenever the lanes change; bounded by the lanes' life and the feed's products. */
  readonly #routes = new Map<Product, readonly Served[]>()
  readonly #limit: number
  readonly #ringBytes: number
  readonly #drawSession: () => number
  readonly #emittedTo: (products: readonly Product[]) => number | null

  constructor(
    limit: number,
    ringBytes: number,
    drawSession: () => number,
    emittedTo: (products: readonly Product[]) => number | null,
  ) {
    this.#limit = limit
    this.#ringBytes = ringBytes
    this.#drawSession = drawSession
    this.#emittedTo = emittedTo
  }

  get size(): number {
    return this.#lanes.size
  }

  all(): Iterable<Served> {
    return this.#lanes.values()
  }

  /** The lanes that a product goes to; the empty product goes to all. */
  route(product: Product): readonly Served[] {
    const known = this.#routes.get(product)
    if (known !== undefined) return known
    const takes = ({ lane }: Served) => product === '' || lane.products.length === 0 || lane.products.includes(product)
    const lanes = [...this.#lanes.values()].filter(takes)
    this.#routes.set(product, lanes)
    return lanes
  }

  /** The lane of a {@link normalFilter}, made where there is none; null where there are too many. @param now awake time. */
  open(products: readonly Product[], now: number): Served | null {
    const filter = products.join(' ')
    const known = this.#lanes.get(filter)
    if (known !== undefined) return known
    if (this.#lanes.size >= this.#limit) {
      const idle = [...this.#lanes.values()].find((served) => served.subscribers.size === 0)
      if (idle === undefined) return null
      this.drop(idle)
    }
    const lane = new Lane(this.#drawSession(), products, this.#ringBytes)
    const served: Served = {
      lane,
      before: this.#emittedTo(products),
      subscribers: new Set(),
      lastSent: performance.now(),
      tailSent: true,
      emptySince: now,
    }
    this.#lanes.set(filter, served)
    this.#routes.clear()
    return served
  }

  drop(served: Served): void {
    this.#lanes.delete(served.lane.products.join(' '))
    this.#routes.clear()
  }

  /** Drops the lanes that nobody came back to. */
  dropIdle(now: number): void {
    for (const served of this.#lanes.values()) {
      if (served.subscribers.size === 0 && now - served.emptySince >= LINGER_MS) this.drop(served)
    }
  }

  clear(): void {
    this.#lanes.clear()
    this.#routes.clear()
  }
}
