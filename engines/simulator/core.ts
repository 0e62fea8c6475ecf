import type { SimulatorEvent } from '../domain/event.ts'
import type { MarketEvent } from '../domain/market.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { TradingSwitch } from '../domain/order.ts'
import type { Portfolio } from '../domain/portfolio.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { Signal } from '../domain/signal.ts'
import type { Core } from '../domain/step.ts'
import { createVersion1 } from './version1/simulator.ts'

/** The end of the run's input. Nothing may follow it. */
export interface EndOfRun {
  readonly type: 'end'
}

/** What a simulator takes, in stream order: each market event first, then the signals that it raised. */
export type SimulatorInput = MarketEvent | Signal | TradingSwitch | EndOfRun

/** The run as it stands. */
export interface SimulatorSnapshot {
  readonly portfolio: Portfolio
  readonly metrics: Metrics
  /** Accepted orders that are still on their way to the market. */
  readonly pendingOrders: number
  /** Accepted orders that got nothing: the limits had no room left on arrival, or the run ended before it. */
  readonly lapsedOrders: number
}

export interface SimulatorCore extends Core<SimulatorInput, SimulatorEvent> {
  snapshot(): SimulatorSnapshot
}

/**
 * The simulator as a synchronous machine: market events and signals in stream order in, numbered events out.
 * @throws ZodError where the parameters are not right; check them first with `checkParameters`. `step` throws an Error
 * on any input after `end`.
 */
export function createSimulatorCore(parameters: Parameters): SimulatorCore {
  return createVersion1(parameters)
}
