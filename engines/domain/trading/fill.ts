import { formatAmount, type Amount, type Money } from '../money.ts'
import type { Product } from '../market/product.ts'
import type { ExitReason } from './round-trip.ts'
import type { Side } from '../side.ts'
import type { Micros } from '../time.ts'

/** Whether a fill took what was displayed, or was what somebody else took. */
export type Liquidity = 'MAKER' | 'TAKER'

/** What the simulator executed: "trade" in the API. */
export interface Fill {
  readonly product: Product
  readonly side: Side
  /** Size-weighted price of the levels that were taken, rounded half even to 1e-18. */
  readonly price: Money
  /** Executed size, above 0. Less than asked for where the book held no more. */
  readonly quantity: Amount
  /** What was asked for; above `quantity` where the fill is partial. */
  readonly requested: Amount
  /** Exactly what was paid or received: the sum over the levels, rounded once. Above 0. */
  readonly notional: Money
  readonly fee: Money
  /** Profit of the closed part before fees; 0 where the fill only opens. */
  readonly realizedPnl: Money
  /** Signed position after the fill; negative is short. */
  readonly positionAfter: Amount
  /** Event sequence of the signal that caused it; 0: none did. */
  readonly signalSequence: number
  /** The order that it is a fill of; 0 in runs of before orders had numbers. */
  readonly orderId: number
  readonly liquidity: Liquidity
  /** Why it closes; null where it only opens. */
  readonly exitReason: ExitReason | null
  readonly time: Micros
}

/** The text of a fill that a run's fingerprint is taken over: every figure, exact, one line. */
export function canonicalFill(fill: Fill): string {
  return [
    fill.time,
    fill.product,
    fill.side,
    formatAmount(fill.price),
    formatAmount(fill.quantity),
    formatAmount(fill.notional),
    formatAmount(fill.fee),
    formatAmount(fill.realizedPnl),
    formatAmount(fill.positionAfter),
  ].join(' ')
}
