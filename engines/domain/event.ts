import type { Candle } from './candle.ts'
import type { Fill } from './fill.ts'
import type { Metrics } from './metrics.ts'
import type { FeedStatus } from './market.ts'
import type { Amount } from './money.ts'
import type { Portfolio } from './portfolio.ts'
import type { Product } from './product.ts'
import type { Side } from './side.ts'
import type { LapseReason, RiskDecision, Signal } from './signal.ts'
import type { Micros } from './time.ts'

/**
 * What a simulator says happened. Every accepted signal is followed, sooner or later, by exactly one `fill` or `lapsed`
 * with its sequence.
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
  | { readonly type: 'portfolio'; readonly portfolio: Portfolio }
  /** What became of a product's price in an interval that is over. */
  | { readonly type: 'candle'; readonly candle: Candle }
  | { readonly type: 'feed'; readonly status: FeedStatus }
  | { readonly type: 'finished'; readonly portfolio: Portfolio; readonly metrics: Metrics; readonly fills: number }

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
