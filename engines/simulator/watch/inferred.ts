import type { InstrumentNotice } from '../../domain/market/market.ts'
import { formatCount } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'

/** What a person is told of a product that nobody defined. */
export interface Inferred {
  readonly product: Product
  /** Decimals, in the quote and in the base currency. */
  readonly priceIncrement: string
  readonly sizeIncrement: string
}

/**
 * Keeps what is told of products, so that each inferred definition is told once, and anew where it changes: nobody else knows
 * that a run's increments are a guess. Bounded by the products of the run.
 */
export class InferredWatch {
  private readonly known = new Map<Product, Inferred>()

  /** @returns what is new to be told; null: nothing. */
  hear({ product, origin, unit, priceIncrement, sizeIncrement }: InstrumentNotice): Inferred | null {
    if (origin !== 'INFERRED') {
      this.known.delete(product)
      return null
    }
    const inferred = {
      product,
      priceIncrement: formatCount(priceIncrement, unit.price),
      sizeIncrement: formatCount(sizeIncrement, unit.size),
    }
    const before = this.known.get(product)
    if (before?.priceIncrement === inferred.priceIncrement && before.sizeIncrement === inferred.sizeIncrement)
      return null
    this.known.set(product, inferred)
    return inferred
  }
}

/** The line in a run's log that says so. */
export const INFERRED_LINE = 'nobody defined a product: its increments are inferred from what was seen of it'
