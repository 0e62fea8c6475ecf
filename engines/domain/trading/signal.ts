import type { Amount, Fixed } from '../money.ts'
import type { OrderRefusal } from './order.ts'
import type { Product } from '../market/product.ts'
import type { Side } from '../side.ts'
import type { Micros } from '../time.ts'
import type { Unit } from '../market/unit.ts'

/** What an algorithm proposes. The simulator's risk rules decide whether it becomes an order. */
export interface Signal {
  readonly type: 'signal'
  readonly product: Product
  /** In what its price is counted. */
  readonly unit: Unit
  readonly side: Side
  /** In [0, 1]; 0 at the algorithm's threshold, monotone in how far the indicator is past it. */
  readonly confidence: number
  /** The last trade's price at the moment of the signal. */
  readonly price: Fixed
  /** The indicator's value that raised it (RSI: 0 to 100; imbalance: -1 to 1). */
  readonly indicator: number
  /** For a person, at most 200 characters, e.g. `RSI 28.4 under 30`. */
  readonly reason: string
  /** Time of the market event that raised it. */
  readonly time: Micros
  /** {@link MarketEvent} sequence of the event that raised it. */
  readonly cause: number
}

/**
 * Why the simulator refused a signal.
 * `NO_MARKET`: no opposing price is known.
 */
export type RefusalReason = OrderRefusal

/**
 * Why an accepted order got nothing.
 * `LIMITS`: when it reached the market, the risk limits had no room for it any more. `WORTH_NOTHING`: what the market
 * held was worth nothing that can be counted. `RUN_ENDED`: the run ended before it could be filled. `NO_MARKET`: nothing was
 * there any more when it arrived. `FLAT`: nothing was left that it could have closed. `CANCELLED`: it was cancelled.
 */
export type LapseReason = 'LIMITS' | 'WORTH_NOTHING' | 'RUN_ENDED' | 'NO_MARKET' | 'FLAT' | 'CANCELLED'

/** What risk said to a signal: accepted with the quantity to trade, or refused with a reason and its figures. */
export type RiskDecision =
  | { readonly accepted: true; readonly quantity: Amount }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly detail: string }
