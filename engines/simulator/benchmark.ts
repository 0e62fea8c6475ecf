import type { Product } from '../domain/market/product.ts'

/** What is held of a product, of a capital of one. */
interface Holding {
  /** What of it is not invested yet. */
  cash: number
  units: number
}

/**
 * Holding all products instead of trading: equal shares of the capital of those that are known when the first has a price, each in
 * cash until its own first one. One that nobody had announced gets an equal part of what there is by then, so that it moves
 * nothing as it appears.
 */
export class Benchmark {
  private readonly holdings = new Map<Product, Holding>()
  private readonly priceOf: (product: Product) => number
  private begun = false

  /** @param priceOf the newest price of a product */
  constructor(priceOf: (product: Product) => number) {
    this.priceOf = priceOf
  }

  /** A product is part of the run. */
  announce(product: Product): void {
    if (this.holdings.has(product)) return
    const count = this.holdings.size
    const value = this.value() ?? 1
    for (const holding of this.holdings.values()) {
      holding.cash *= count / (count + 1)
      holding.units *= count / (count + 1)
    }
    this.holdings.set(product, { cash: value / (count + 1), units: 0 })
  }

  /** A product's first price, above 0. */
  invest(product: Product, price: number): void {
    this.announce(product)
    const holding = this.holdings.get(product)!
    holding.units = holding.cash / price
    holding.cash = 0
    this.begun = true
  }

  /** What one has become; null before any price. */
  value(): number | null {
    if (!this.begun) return null
    let sum = 0
    for (const [product, { cash, units }] of this.holdings) sum += units === 0 ? cash : units * this.priceOf(product)
    return sum
  }
}
