import type { Level } from '../../domain/market/market.ts'
import type { Fixed } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'

/** The most levels a side that are remembered; a book shows 40. */
const MOST_LEVELS = 256

/**
 * What a run's own orders took of the displayed sizes. It is not there again until the venue says so: a level that was gone is
 * whole when it shows again, one that shows more has that much more.
 */
export class Taken {
  /** By price, of those that orders of this side took from. */
  private readonly sizes: Readonly<Record<Side, Map<Fixed, Fixed>>> = { BUY: new Map(), SELL: new Map() }
  /** Whether anything is taken at all. */
  any = false

  add(side: Side, price: Fixed, size: Fixed): void {
    const sizes = this.sizes[side]
    sizes.set(price, (sizes.get(price) ?? 0) + size)
    this.any = true
    if (sizes.size <= MOST_LEVELS) return
    for (const oldest of sizes.keys()) {
      sizes.delete(oldest)
      return
    }
  }

  /** What is left of a level for an order of `side`. */
  left(side: Side, price: Fixed, size: Fixed): Fixed {
    return this.any ? Math.max(0, size - (this.sizes[side].get(price) ?? 0)) : size
  }

  /**
   * The best price that orders of `side` meet, as a tick tells it; 0: not known. What is worse is still displayed where the book
   * says so, and else out of sight: it counts as shown anew when it is told again.
   */
  best(side: Side, best: Fixed, size: Fixed, depth: readonly Level[]): void {
    const sizes = this.sizes[side]
    if (best === 0 || sizes.size === 0) return
    for (const [price, taken] of sizes) {
      if (price === best) {
        if (size > 0 && taken > size) sizes.set(price, size)
      } else if ((side === 'BUY' ? price < best : price > best) || !depth.some((level) => level[0] === price)) {
        sizes.delete(price)
      }
    }
    this.count()
  }

  /** All levels that orders of `side` meet, as a book tells them: what is within its depth and not shown is gone. */
  book(side: Side, levels: readonly Level[]): void {
    const sizes = this.sizes[side]
    const last = levels.at(-1)?.[0]
    for (const [price, taken] of sizes) {
      const shown = levels.find((level) => level[0] === price)
      if (shown !== undefined) sizes.set(price, Math.min(taken, shown[1]))
      else if (last === undefined || (side === 'BUY' ? price < last : price > last)) sizes.delete(price)
    }
    this.count()
  }

  /** Counts on in a finer unit. */
  widen(price: number, size: number): void {
    for (const side of ['BUY', 'SELL'] as const) {
      const old = [...this.sizes[side]]
      this.sizes[side].clear()
      for (const [at, taken] of old) this.sizes[side].set(at * price, taken * size)
    }
  }

  private count(): void {
    this.any = this.sizes.BUY.size + this.sizes.SELL.size > 0
  }
}
