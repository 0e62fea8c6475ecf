import type { Level } from '../domain/market/market.ts'
import type { Fixed } from '../domain/money.ts'
import type { BookChange } from './venue.ts'

/** The most levels a side keeps. Beyond it the level farthest from the best is forgotten; none of those is published. */
export const MAX_BOOK_DEPTH = 100_000

/** What {@link Book.apply} gives where nothing changed. */
export const NOTHING_CHANGED = Number.POSITIVE_INFINITY

/** A product's whole order book, kept up to date from a snapshot and absolute changes. */
export interface Book {
  /** Replaces everything. Order does not matter; of levels at one price the last counts; zero sizes are left out. */
  load(bids: readonly Level[], asks: readonly Level[]): void
  /**
   * Sets levels to new absolute sizes; 0 removes one.
   * @returns the best rank (0 is the best level) that changed on either side, or {@link NOTHING_CHANGED}.
   */
  apply(changes: readonly BookChange[]): number
  /** At most `count` levels, best first. */
  bids(count: number): Level[]
  asks(count: number): Level[]
  /** Goes on in a finer unit: every price and size times a power of ten. */
  rescale(price: number, size: number): void
  /** Whether the best bid is at or above the best ask: no such book exists, so a change was lost. */
  crossed(): boolean
  /** Levels of both sides. */
  readonly depth: number
}

/** An empty book. */
export function createBook(maxDepth: number = MAX_BOOK_DEPTH): Book {
  const buy = new BookSide(1, maxDepth)
  const sell = new BookSide(-1, maxDepth)
  return {
    load(bids, asks) {
      buy.load(bids)
      sell.load(asks)
    },
    apply(changes) {
      let best = NOTHING_CHANGED
      for (const [side, price, size] of changes) {
        const rank = side === 'BUY' ? buy.set(price, size) : sell.set(price, size)
        if (rank < best) best = rank
      }
      return best
    },
    bids: (count) => buy.top(count),
    asks: (count) => sell.top(count),
    rescale(price, size) {
      buy.rescale(price, size)
      sell.rescale(price, size)
    },
    crossed: () => buy.depth > 0 && sell.depth > 0 && buy.bestPrice() >= sell.bestPrice(),
    get depth() {
      return buy.depth + sell.depth
    },
  }
}

/**
 * One side, as two parallel arrays with the best level LAST: nearly all changes happen near the best, so an insertion
 * moves only the few levels behind it. Asks are kept by negated price, which makes "last is best" true for both.
 */
class BookSide {
  private keys: number[] = []
  private sizes: Fixed[] = []
  private readonly sign: 1 | -1
  private readonly maxDepth: number

  constructor(sign: 1 | -1, maxDepth: number) {
    this.sign = sign
    this.maxDepth = maxDepth
  }

  get depth(): number {
    return this.keys.length
  }

  bestPrice(): Fixed {
    return this.sign * (this.keys[this.keys.length - 1] ?? 0)
  }

  load(levels: readonly Level[]): void {
    const byKey = new Map<number, Fixed>()
    for (const [price, size] of levels) byKey.set(price * this.sign, size)
    const sorted = [...byKey].filter(([, size]) => size > 0).sort((a, b) => a[0] - b[0])
    const kept = sorted.slice(Math.max(0, sorted.length - this.maxDepth))
    this.keys = kept.map(([key]) => key)
    this.sizes = kept.map(([, size]) => size)
  }

  rescale(price: number, size: number): void {
    this.keys = this.keys.map((key) => key * price)
    this.sizes = this.sizes.map((each) => each * size)
  }

  /** @returns the rank that changed, or {@link NOTHING_CHANGED}. */
  set(price: Fixed, size: Fixed): number {
    const { keys, sizes } = this
    const key = price * this.sign
    const index = this.find(key)
    const known = keys[index] === key
    if (!known) {
      if (size === 0) return NOTHING_CHANGED
      keys.splice(index, 0, key)
      sizes.splice(index, 0, size)
      const rank = keys.length - 1 - index
      if (keys.length > this.maxDepth) {
        keys.shift()
        sizes.shift()
      }
      return rank
    }
    const rank = keys.length - 1 - index
    if (size === 0) {
      keys.splice(index, 1)
      sizes.splice(index, 1)
      return rank
    }
    if (sizes[index] === size) return NOTHING_CHANGED
    sizes[index] = size
    return rank
  }

  top(count: number): Level[] {
    const levels: Level[] = []
    const end = Math.max(0, this.keys.length - count)
    for (let index = this.keys.length - 1; index >= end; index -= 1) {
      levels.push([this.sign * this.keys[index]!, this.sizes[index]!])
    }
    return levels
  }

  /** The first index whose key is not below `key`. */
  private find(key: number): number {
    let low = 0
    let high = this.keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
