import type { Candle } from '../market/candle.ts'
import type { Fill } from './fill.ts'
import type { Metrics } from './metrics.ts'
import type { FeedStatus } from '../market/market.ts'
import type { Amount } from '../money.ts'
import type { Liquidation, OrderUpdate, Ruin, TradingState } from './order.ts'
import type { Portfolio } from './portfolio.ts'
import type { Product } from '../market/product.ts'
import type { RoundTrip } from './round-trip.ts'
import type { Side } from '../side.ts'
import type { LapseReason, RiskDecision, Signal } from './signal.ts'
import type { Micros } from '../time.ts'

/**
 * What a simulator says happened. Every accepted signal is followed by the life of its order, and, sooner or later, by at least
 * one `fill`, or else exactly one `lapsed`, with its sequence: where no book is known an order may fill in several parts.
 */
export type SimulatorOutput =
  | { readonly type: 'signal'; readonly signal: Signal; readonly decision: RiskDecision }
  | { readonly type: 'fill'; readonly fill: Fill }
  | {
      /** An accepted order that got nothing. */
      readonly type: 'lapsed'
      /** Event sequence of the signal that raised it. */
      readonly signalSequence: number
      readonly product: Product
      readonly side: Side
      /** What had been accepted. */
      readonly quantity: Amount
      readonly reason: LapseReason
    }
  /** A change in an order's life; a fill stands before the one that it causes. */
  | { readonly type: 'order'; readonly order: OrderUpdate }
  /** A position is flat again; stands behind the fill that closed it. */
  | { readonly type: 'roundTrip'; readonly roundTrip: RoundTrip }
  /** Stands before the fills that it causes. */
  | { readonly type: 'liquidation'; readonly liquidation: Liquidation }
  | {
      /** What the run may do from here on. */
      readonly type: 'trading'
      readonly state: TradingState
      /** The feed's sequence that it follows; 0: it came before all. */
      readonly after: number
      /** `SWITCH`: it was asked for, and whoever repeats the run has to say it again there. `DAILY_LOSS`: it follows by itself. */
      readonly cause: 'SWITCH' | 'DAILY_LOSS'
    }
  | { readonly type: 'portfolio'; readonly portfolio: Portfolio }
  /** What became of a product's price in an interval that is over. */
  | { readonly type: 'candle'; readonly candle: Candle }
  | { readonly type: 'feed'; readonly status: FeedStatus }
  | {
      readonly type: 'finished'
      readonly portfolio: Portfolio
      readonly metrics: Metrics
      readonly fills: number
      /** Whether the run lost everything; null: it did not. */
      readonly ruin: Ruin | null
    }

/**
 * One {@link SimulatorOutput} in its envelope.
 * `sequence` rises by one from 1 over all events of a simulation: (simulation, sequence) names an event for ever.
 */
export type SimulatorEvent = SimulatorOutput & {
  readonly sequence: number
  /** Market time, never falling. */
  readonly time: Micros
}

/** A {@link SimulatorEvent} together with the run that it belongs to. */
export interface EventEnvelope {
  readonly simulationId: string
  readonly event: SimulatorEvent
}
