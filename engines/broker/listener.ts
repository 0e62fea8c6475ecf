import type { Fill } from '../domain/trading/fill.ts'
import type { Money } from '../domain/money.ts'
import type { Liquidation, OrderUpdate, TradingState } from '../domain/trading/order.ts'
import type { RoundTrip } from '../domain/trading/round-trip.ts'
import type { LapseReason } from '../domain/trading/signal.ts'
import type { Micros } from '../domain/time.ts'

/** What a fill closed. */
export interface ClosedPart {
  /** After the closed part's share of the fees. */
  readonly netPnl: Money
  readonly heldFor: Micros
}

/** Who is told what a broker does, in order, while it does it. */
export interface BrokerListener {
  order(update: OrderUpdate): void
  /** @param closed null where it only opens. */
  fill(fill: Fill, closed: ClosedPart | null): void
  roundTrip(trip: RoundTrip): void
  liquidation(liquidation: Liquidation): void
  /** An order that a signal raised ended without any fill. */
  lapsed(order: OrderUpdate, reason: LapseReason): void
  trading(state: TradingState, cause: 'SWITCH' | 'DAILY_LOSS'): void
}
