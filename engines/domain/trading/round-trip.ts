import type { Amount, Money } from '../money.ts'
import type { OrderPurpose } from './order.ts'
import type { Product } from '../market/product.ts'
import type { Micros } from '../time.ts'

/** Why a position was closed: what the order was for that closed it. */
export type ExitReason = OrderPurpose

/** From flat to flat in one product. A reversal ends one and begins the next at the same fill. */
export interface RoundTrip {
  /** Rises by one from 1 over all round trips of a run. */
  readonly number: number
  readonly product: Product
  readonly direction: 'LONG' | 'SHORT'
  /** All that was opened in it, which is all that was closed. */
  readonly quantity: Amount
  /** Average prices, rounded half even to 1e-18. */
  readonly entryPrice: Money
  readonly exitPrice: Money
  readonly entryNotional: Money
  readonly exitNotional: Money
  readonly openedAt: Micros
  readonly closedAt: Micros
  /** Profit before all costs. */
  readonly grossPnl: Money
  /** Fees of all its fills; of a reversal the part that belongs to it. */
  readonly fees: Money
  /** What borrowing for a short cost. */
  readonly borrowCost: Money
  /** `grossPnl − fees − borrowCost`. */
  readonly netPnl: Money
  /** The worst that it stood at, before costs, at marks and at its fills; never above 0. */
  readonly maxAdverse: Money
  /** The best; never under 0. */
  readonly maxFavorable: Money
  /** The same as shares of `entryNotional`; null where that is 0. */
  readonly maxAdverseShare: number | null
  readonly maxFavorableShare: number | null
  /** Of its last fill. */
  readonly exitReason: ExitReason
  /** How many fills it had. */
  readonly fills: number
  /** The order that opened it, and the one that closed it; one order where that reversed. */
  readonly entryOrderId: number
  readonly exitOrderId: number
  /** Event sequence of the signal that opened it; 0: none did. */
  readonly entrySignalSequence: number
}
