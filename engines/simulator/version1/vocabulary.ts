import type { Candle } from '../../domain/market/candle.ts'
import type { FeedStatus } from '../../domain/market/market.ts'
import type { Metrics } from '../../domain/trading/metrics.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Side } from '../../domain/side.ts'
import type { LapseReason, RefusalReason, Signal } from '../../domain/trading/signal.ts'
import type { Micros } from '../../domain/time.ts'
import type { Fixed, Money } from './money.ts'

/** A fill, all figures counts of 1e-8. */
export interface Fill {
  readonly product: Product
  readonly side: Side
  readonly price: Fixed
  readonly quantity: Fixed
  readonly requested: Fixed
  readonly notional: Money
  readonly fee: Money
  readonly realizedPnl: Money
  readonly positionAfter: Fixed
  readonly signalSequence: number
  readonly time: Micros
}

export interface Position {
  readonly product: Product
  readonly quantity: Fixed
  readonly averagePrice: Fixed
  readonly markPrice: Fixed
  readonly unrealizedPnl: Money
}

export interface Portfolio {
  readonly cash: Money
  readonly equity: Money
  readonly realizedPnl: Money
  readonly unrealizedPnl: Money
  readonly feesPaid: Money
  readonly drawdown: number
  readonly maxDrawdown: number
  readonly winRate: number | null
  readonly buyAndHoldReturn: number | null
  readonly tradeCount: number
  readonly positions: readonly Position[]
}

export type RiskDecision =
  | { readonly accepted: true; readonly quantity: Fixed }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly detail: string }

/** What the first kernel says, in its own numbers. */
export type SimulatorEvent = { readonly sequence: number; readonly time: Micros } & (
  | { readonly type: 'signal'; readonly signal: Signal; readonly decision: RiskDecision }
  | { readonly type: 'fill'; readonly fill: Fill }
  | {
      readonly type: 'lapsed'
      readonly signalSequence: number
      readonly product: Product
      readonly side: Side
      readonly quantity: Fixed
      readonly reason: LapseReason
    }
  | { readonly type: 'portfolio'; readonly portfolio: Portfolio }
  | { readonly type: 'candle'; readonly candle: Candle }
  | { readonly type: 'feed'; readonly status: FeedStatus }
  | { readonly type: 'finished'; readonly portfolio: Portfolio; readonly metrics: Metrics; readonly fills: number }
)
