import { GraphQLError } from 'graphql'

/** The most events that wait for one subscriber of a lossless feed. */
export const LOSSLESS_BOUND = 10_000

/**
 * A subscriber of a lossless feed fell further behind than its buffer holds. Nothing is lost: it subscribes again with
 * `after` set to the last sequence it saw.
 */
export class SubscriptionOverflowError extends GraphQLError {
  override readonly name = 'SubscriptionOverflowError'

  constructor(bound: number) {
    super(
      `This subscriber is more than ${bound} events behind, so its feed ends here. ` +
        'Subscribe again with "after" set to the last sequence that arrived.',
      { extensions: { code: 'SUBSCRIPTION_OVERFLOW', bound } },
    )
  }
}

/** What one subscriber has not taken yet. Its own: it shares nothing with other subscribers. */
export interface Buffer<Item> extends AsyncIterableIterator<Item> {
  /** Never blocks and never throws; does nothing once the buffer has ended. */
  push(item: Item): void
  /** Ends it: at once with an error, or without one as soon as what waits was taken. */
  end(error?: Error): void
  /** How many items wait. */
  readonly size: number
  return(): Promise<IteratorResult<Item>>
}

/** Hears, once, that a buffer takes nothing in any more; with the error, where one ended it. */
export type OnEnd = (error: Error | null) => void

/** Where a {@link Buffer} keeps what waits. */
interface Shelf<Item> {
  readonly size: number
  /** @returns an error where it is full. */
  put(item: Item): Error | null
  take(): Item
  clear(): void
}

interface Waiter<Item> {
  resolve(result: IteratorResult<Item>): void
  reject(error: Error): void
}

/** An iterator over a shelf that outsiders fill. */
class ShelfBuffer<Item> implements Buffer<Item> {
  private readonly shelf: Shelf<Item>
  private readonly onEnd: OnEnd
  private readonly waiters: Waiter<Item>[] = []
  private ended = false
  private error: Error | null = null

  constructor(shelf: Shelf<Item>, onEnd: OnEnd) {
    this.shelf = shelf
    this.onEnd = onEnd
  }

  get size(): number {
    return this.shelf.size
  }

  push(item: Item): void {
    if (this.ended) return
    const waiter = this.waiters.shift()
    if (waiter !== undefined) {
      waiter.resolve({ value: item, done: false })
      return
    }
    const overflow = this.shelf.put(item)
    if (overflow !== null) this.end(overflow)
  }

  end(error?: Error): void {
    if (this.ended) return
    this.ended = true
    if (error !== undefined) this.shelf.clear()
    const waiters = this.waiters.splice(0)
    if (error !== undefined && waiters.length === 0) this.error = error
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve({ value: undefined, done: true })
      else waiter.reject(error)
    }
    this.onEnd(error ?? null)
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.shelf.size > 0) return Promise.resolve({ value: this.shelf.take(), done: false })
    const { error } = this
    if (error !== null) {
      this.error = null
      return Promise.reject(error)
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
  }

  /** Ends at once, also while a `next()` is pending, which an async generator could not. */
  return(): Promise<IteratorResult<Item>> {
    this.shelf.clear()
    this.error = null
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** A queue that refuses to grow beyond its bound. Taking is O(1) over time: the taken front is cut off in pieces. */
class QueueShelf<Item> implements Shelf<Item> {
  /** Undefined before {@link head}: what was taken is held by nobody. */
  private items: (Item | undefined)[] = []
  private head = 0
  private readonly bound: number

  constructor(bound: number) {
    this.bound = bound
  }

  get size(): number {
    return this.items.length - this.head
  }

  put(item: Item): Error | null {
    if (this.size >= this.bound) return new SubscriptionOverflowError(this.bound)
    this.items.push(item)
    return null
  }

  take(): Item {
    const item = this.items[this.head] as Item
    this.items[this.head++] = undefined
    if (this.head > 1_024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }

  clear(): void {
    this.items = []
    this.head = 0
  }
}

/** What a buffer of the newest does beyond keeping the newest of each key. */
export interface NewestOptions<Item> {
  /**
   * Makes one of an item that waits and the newer one of its key; without it the newer one replaces it. null: the one that
   * waits is let go of, and the newer one waits behind all others.
   */
  readonly merge?: (waiting: Item, newer: Item) => Item | null
  readonly onEnd?: OnEnd
}

/** Holds one item a key, the newest; keys are taken in the order in which they first waited. */
class NewestShelf<Item> implements Shelf<Item> {
  private readonly items = new Map<string, Item>()
  private readonly keyOf: (item: Item) => string
  private readonly merge: (waiting: Item, newer: Item) => Item | null

  constructor(keyOf: (item: Item) => string, { merge }: NewestOptions<Item>) {
    this.keyOf = keyOf
    this.merge = merge ?? ((_, newer) => newer)
  }

  get size(): number {
    return this.items.size
  }

  put(item: Item): null {
    const key = this.keyOf(item)
    const waiting = this.items.get(key)
    const merged = waiting === undefined ? item : this.merge(waiting, item)
    // A key that is set again stays where it was.
    if (merged === null) this.items.delete(key)
    this.items.set(key, merged ?? item)
    return null
  }

  take(): Item {
    const [key, item] = this.items.entries().next().value as [string, Item]
    this.items.delete(key)
    return item
  }

  clear(): void {
    this.items.clear()
  }
}

const nothing: OnEnd = () => undefined

/** Keeps everything, in order, up to `bound` items; then ends with a {@link SubscriptionOverflowError}. */
export function losslessBuffer<Item>(bound: number = LOSSLESS_BOUND, onEnd: OnEnd = nothing): Buffer<Item> {
  return new ShelfBuffer(new QueueShelf<Item>(bound), onEnd)
}

/** Keeps the newest item of each key, e.g. a tick of each product. */
export function newestBuffer<Item>(keyOf: (item: Item) => string, options: NewestOptions<Item> = {}): Buffer<Item> {
  return new ShelfBuffer(new NewestShelf(keyOf, options), options.onEnd ?? nothing)
}
