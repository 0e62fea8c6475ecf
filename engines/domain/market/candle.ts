import type { Fixed } from '../money.ts'
import type { Product } from './product.ts'
import type { Micros } from '../time.ts'
import type { Unit } from './unit.ts'

/** What became of a product's price within an interval of market time. */
export interface Candle {
  readonly product: Product
  /** In what its prices are counted. */
  readonly unit: Unit
  /** Where the interval begins. Intervals are on a grid of market time from 1970 on; one without a tick has no candle. */
  readonly begin: Micros
  /** Price of the last trade at the interval's first tick, and at its last. */
  readonly open: Fixed
  readonly close: Fixed
  readonly high: Fixed
  readonly low: Fixed
}
