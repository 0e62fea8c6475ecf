import type { BookSnapshot, Level, Tick } from '../../domain/market/market.ts'
import { divideHalfEven, type Fixed, type Money } from './money.ts'
import type { Side } from '../../domain/side.ts'

/**
 * What is known of a product's market: its newest tick and book, and what the run's own orders have taken of them.
 *
 * Which of the two is newer decides about the best price; a book's deeper levels stay known until the next book. What an
 * order took is gone until the venue tells something new of that level, so that no displayed size fills twice: a book
 * renews all levels, a tick its best ones where their price or size has changed.
 */
export class ProductMarket {
  tick: Tick | null = null
  book: BookSnapshot | null = null
  bookIsNewer = false
  /** Sizes taken since a level was last told, by price. */
  private readonly taken: Readonly<Record<Side, Map<Fixed, Fixed>>> = { BUY: new Map(), SELL: new Map() }
  private touched = false

  /** How many levels are remembered as taken from; at most a book's two sides and the best levels. */
  get takenLevels(): number {
    return this.taken.BUY.size + this.taken.SELL.size
  }

  onTick(tick: Tick): void {
    if (this.touched) this.renew(tick)
    this.tick = tick
    this.bookIsNewer = false
  }

  onBook(book: BookSnapshot): void {
    this.book = book
    this.bookIsNewer = true
    if (this.touched) this.renewAll()
  }

  /** The connection is gone: no price is known until the next tick or book. */
  onLost(): void {
    this.tick = null
    this.book = null
    this.bookIsNewer = false
    this.renewAll()
  }

  /** An order of `side` took `quantity` out of these levels, best first. */
  take(side: Side, levels: readonly Level[], quantity: Fixed): void {
    let left = quantity
    for (const [price, size] of levels) {
      if (left === 0) return
      const part = Math.min(left, size)
      left -= part
      // Where no size is known, nothing is used up.
      if (size !== Infinity) this.taken[side].set(price, (this.taken[side].get(price) ?? 0) + part)
      this.touched = true
    }
  }

  /** What earlier orders have left of the levels. */
  remaining(side: Side, levels: readonly Level[]): readonly Level[] {
    const taken = this.taken[side]
    if (taken.size === 0) return levels
    return levels.map(([price, size]): Level => [price, size - (taken.get(price) ?? 0)]).filter(isReal)
  }

  private renew(tick: Tick): void {
    const last = this.tick
    this.renewBest('BUY', tick.ask, last === null || tick.askSize !== last.askSize, last?.ask)
    this.renewBest('SELL', tick.bid, last === null || tick.bidSize !== last.bidSize, last?.bid)
    this.touched = this.takenLevels > 0
  }

  private renewBest(side: Side, price: Fixed, sizeChanged: boolean, lastPrice: Fixed | undefined): void {
    const taken = this.taken[side]
    if (price === lastPrice) {
      if (sizeChanged) taken.delete(price)
      return
    }
    // Only the book's levels can show again untold; to forget all others keeps this as small as a book.
    const depth = (side === 'BUY' ? this.book?.asks : this.book?.bids) ?? []
    for (const old of taken.keys()) {
      if (old === price || !depth.some((level) => level[0] === old)) taken.delete(old)
    }
  }

  private renewAll(): void {
    this.taken.BUY.clear()
    this.taken.SELL.clear()
    this.touched = false
  }
}

/** What an order got. */
export interface Execution {
  readonly quantity: Fixed
  /** Size-weighted price, rounded half even to 1e-8. */
  readonly price: Fixed
  /** The exact sum over the levels, rounded once. */
  readonly notional: Money
}

/** An amount of money times 1e8: a price times a size before any rounding. */
type Exact = bigint

const ONE = 100_000_000n

/**
 * The levels that a market order of `side` can take, best first; empty where no opposing price is known. A size of
 * Infinity is "not known": the whole order fills there (a stated, optimistic model; such sources name no sizes).
 *
 * - Book newer than tick: the book's opposing side as it is.
 * - Tick newer: its best price and size, then the book's levels that are worse than it. What the tick's best price has
 *   left behind is gone, so a book that no longer fits gives no depth.
 * - Tick without quotes (candles) and no book: the last trade's price.
 *
 * Less what earlier orders took.
 */
export function liquidity(market: ProductMarket, side: Side): readonly Level[] {
  return market.remaining(side, told(market, side))
}

function told(market: ProductMarket, side: Side): readonly Level[] {
  const { tick, book } = market
  const depth = book === null ? [] : side === 'BUY' ? book.asks : book.bids
  if (tick === null || market.bookIsNewer) return depth.filter(isReal)
  const best = side === 'BUY' ? tick.ask : tick.bid
  const size = side === 'BUY' ? tick.askSize : tick.bidSize
  if (best > 0 && size > 0) {
    const worse = depth.filter((level) => isReal(level) && (side === 'BUY' ? level[0] > best : level[0] < best))
    return [[best, size], ...worse]
  }
  if (best > 0) return depth[0]?.[0] === best ? depth.filter(isReal) : [[best, Infinity]]
  if (book !== null) return depth.filter(isReal)
  const unquoted = tick.bid === 0 && tick.ask === 0 && tick.price > 0
  return unquoted ? [[tick.price, Infinity]] : []
}

/**
 * Takes `quantity` (above 0) out of the levels, best first; less where they hold no more. null where they hold nothing,
 * or so little that it is worth no 1e-8 of the quote currency.
 */
export function walk(levels: readonly Level[], quantity: Fixed): Execution | null {
  let left = quantity
  let exact: Exact = 0n
  for (const [price, size] of levels) {
    if (left === 0) break
    const taken = Math.min(left, size)
    exact += BigInt(price) * BigInt(taken)
    left -= taken
  }
  const filled = quantity - left
  const notional = divideHalfEven(exact, ONE)
  if (notional === 0n) return null
  return { quantity: filled, price: Number(divideHalfEven(exact, BigInt(filled))), notional }
}

/**
 * The largest quantity that `budget` opens after `skip` was taken from the levels. What the levels do not hold is sized
 * at the last one's price: the order asks for it, and fills partially.
 *
 * A level's unit is valued at its price, or, where the mark is above the price, as far above the mark as the price is
 * below it: then neither what is paid, nor what the position is worth at the mark, nor that worth plus the loss of
 * selling under the mark comes out above the budget.
 */
export function quantityWithin(levels: readonly Level[], budget: Money, skip: Fixed, mark: Fixed): Fixed {
  let left: Exact = budget * ONE
  let skipped = skip
  let quantity = 0n
  let unit = 0n
  for (const [price, size] of levels) {
    const passed = Math.min(skipped, size)
    skipped -= passed
    unit = BigInt(price >= mark ? price : 2 * mark - price)
    const open = size - passed
    if (open === Infinity || BigInt(open) * unit >= left) return safe(quantity + left / unit)
    quantity += BigInt(open)
    left -= BigInt(open) * unit
  }
  return unit === 0n ? 0 : safe(quantity + left / unit)
}

function isReal(level: Level): boolean {
  return level[0] > 0 && level[1] > 0
}

/** Sizes stay exact in a number. */
function safe(quantity: bigint): Fixed {
  return Number(quantity > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : quantity)
}
