import type { Fixed, Money } from '../money.ts'
import type { Product } from './product.ts'
import type { Unit } from './unit.ts'

/**
 * Where a definition comes from. `VENUE`: its products endpoint; `IMPORT`: a file; `INFERRED`: from the prices and sizes that
 * were seen, so that increments are at most as coarse as is told, and no smallest order is known.
 */
export type InstrumentOrigin = 'VENUE' | 'IMPORT' | 'INFERRED'

export const INSTRUMENT_ORIGINS: readonly InstrumentOrigin[] = ['VENUE', 'IMPORT', 'INFERRED']

/** What can be traded of a product, and in which steps. */
export interface Instrument {
  readonly product: Product
  /** In what all its prices and sizes are counted from here on. */
  readonly unit: Unit
  /** Prices of orders are multiples of it; above 0. */
  readonly priceIncrement: Fixed
  /** Sizes of orders are multiples of it; above 0. */
  readonly sizeIncrement: Fixed
  /** Smallest order; 0: none is known. */
  readonly minSize: Fixed
  /** Largest order; 0: none is known. */
  readonly maxSize: Fixed
  /** The least that an order may be worth; 0: none is known. */
  readonly minValue: Money
  readonly origin: InstrumentOrigin
}

/** The currency that a product's prices and all money of it are in. */
export function quoteOf(product: Product): string {
  return product.slice(product.lastIndexOf('-') + 1)
}

/** In which steps prices and sizes move. */
export type Steps = Pick<Instrument, 'priceIncrement' | 'sizeIncrement'>

/** What is known of a product where nothing defines it: the steps in which it was seen to move, at worst each count of its unit. */
export function inferredInstrument(
  product: Product,
  unit: Unit,
  steps: Steps = { priceIncrement: 1, sizeIncrement: 1 },
): Instrument {
  return { product, unit, ...steps, minSize: 0, maxSize: 0, minValue: 0n, origin: 'INFERRED' }
}
