import type { Broker } from '../broker/broker.ts'
import type { Placement } from '../broker/orders/intake.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import type { Metrics } from '../domain/trading/metrics.ts'
import type { Ruin, TradingSwitch } from '../domain/trading/order.ts'
import type { Portfolio } from '../domain/trading/portfolio.ts'
import type { OrderCommand, Wish } from '../domain/trading/command.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { Core, Emit } from '../domain/step.ts'
import type { Micros } from '../domain/time.ts'

/** The end of the run's input. Nothing may follow it. */
export interface EndOfRun {
  readonly type: 'end'
}

/** What a simulator takes, in stream order: each market event first, then the signals and commands that it raised. */
export type SimulatorInput = MarketEvent | Signal | OrderCommand | TradingSwitch | EndOfRun

/** The run as it stands. */
export interface SimulatorSnapshot {
  readonly portfolio: Portfolio
  readonly metrics: Metrics
  /** Accepted orders of signals that have neither been filled nor ended. */
  readonly pendingOrders: number
  /** Accepted orders that got nothing: the limits had no room left on arrival, or the run ended before it. */
  readonly lapsedOrders: number
  /** How the run lost everything, after which nothing more is traded; null: it did not. */
  readonly ruin: Ruin | null
  /** Quotes that were crossed or locked, of all products: nothing was filled at them. Runs of version 1 do not count them. */
  readonly crossedQuotes: number
  /** Of the switches of `TRADING_SWITCHES`, those whose place has not come. */
  readonly switchesLeft: number
}

/** Where the account that a strategy believes in and the simulator's were first found to differ. */
export interface Divergence {
  /** The sequence of the newest market event before that. */
  readonly after: number
  readonly time: Micros
}

/** The simulator as a synchronous machine. */
export interface SimulatorCore extends Core<SimulatorInput, SimulatorEvent> {
  snapshot(): SimulatorSnapshot
  /** The account, for whoever trades on it in the same process; null under the rules of version 1, which had none. */
  readonly broker: Broker | null
  /** From where on the figures cannot be believed, since the strategy's account is another; null: from nowhere, as far as is known. */
  readonly unbelievable: Divergence | null
  /** Does what a strategy in the same process wishes; what comes of it follows as events. */
  wish(wish: Wish, emit: Emit<SimulatorEvent>): Placement
}
