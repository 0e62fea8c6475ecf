import { NewsQueue, type Account } from '../algorithm/author/account.ts'
import { StrategyCore } from '../algorithm/author/strategy-core.ts'
import type { Strategy } from '../algorithm/author/strategy.ts'
import { createAlgorithmCore } from '../algorithm/core.ts'
import type { Algorithm } from '../algorithm/define-algorithm.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import type { TradingState } from '../domain/trading/order.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { KernelVersion, Parameters } from '../domain/simulation.ts'
import type { Core, Emit } from '../domain/step.ts'
import { createSimulatorCore, type SimulatorCore, type SimulatorSnapshot } from '../simulator/core.ts'

export interface PipelineOptions {
  readonly algorithm: Algorithm
  /** Checked parameters, defaults filled in. */
  readonly algorithmParameters: Parameters
  /** Checked parameters, defaults filled in. */
  readonly simulatorParameters: Parameters
  /** Absent: the rules that runs go by now. */
  readonly kernelVersion?: KernelVersion
  /** Another one than the parameters and rules make; absent: that one. */
  readonly simulator?: SimulatorCore
}

/** Algorithm and simulator as one synchronous machine. */
export interface Pipeline extends Core<MarketEvent, SimulatorEvent> {
  /** Changes what the run may do, from here on. */
  setTrading(state: TradingState, emit: Emit<SimulatorEvent>): void
  /** Tells the simulator that its input is over; emits `finished`. Once. */
  end(emit: Emit<SimulatorEvent>): void
  snapshot(): SimulatorSnapshot
}

/** A strategy that trades on the simulator's own account: the broker runs once. */
class AccountPipeline implements Pipeline {
  private readonly strategy: StrategyCore
  private readonly simulator: SimulatorCore
  private readonly news = new NewsQueue()
  private emit: Emit<SimulatorEvent> = () => undefined

  constructor(strategy: Strategy, simulator: SimulatorCore) {
    const { broker } = simulator
    if (broker === null) throw new RangeError('rules of version 1 have no account that a strategy could trade on')
    this.simulator = simulator
    const account: Account = {
      broker,
      wish: (wish) => simulator.wish(wish, this.hear),
      drain: () => this.news.drain(),
    }
    this.strategy = new StrategyCore(strategy, account)
  }

  private readonly hear: Emit<SimulatorEvent> = (event) => {
    if (event.type === 'order') this.news.order(event.order)
    else if (event.type === 'fill') this.news.fill(event.fill)
    this.emit(event)
  }

  step(event: MarketEvent, emit: Emit<SimulatorEvent>): void {
    this.emit = emit
    this.simulator.step(event, this.hear)
    this.strategy.step(event)
  }

  setTrading(state: TradingState, emit: Emit<SimulatorEvent>): void {
    this.emit = emit
    this.simulator.step({ type: 'trading', state }, this.hear)
  }

  end(emit: Emit<SimulatorEvent>): void {
    this.emit = emit
    this.simulator.step({ type: 'end' }, this.hear)
  }

  snapshot(): SimulatorSnapshot {
    return this.simulator.snapshot()
  }
}

class CorePipeline implements Pipeline {
  private readonly algorithm: Core<MarketEvent, Signal>
  private readonly simulator: SimulatorCore
  /** Signals that the present event raised. Reused, so that a tick allocates nothing. */
  private readonly raised: Signal[] = []
  private readonly collect: Emit<Signal>

  constructor(algorithm: Core<MarketEvent, Signal>, simulator: SimulatorCore) {
    this.algorithm = algorithm
    this.simulator = simulator
    const { raised } = this
    this.collect = (signal) => {
      raised.push(signal)
    }
  }

  step(event: MarketEvent, emit: Emit<SimulatorEvent>): void {
    const { raised } = this
    this.algorithm.step(event, this.collect)
    this.simulator.step(event, emit)
    if (raised.length === 0) return
    for (const signal of raised) this.simulator.step(signal, emit)
    raised.length = 0
  }

  setTrading(state: TradingState, emit: Emit<SimulatorEvent>): void {
    this.simulator.step({ type: 'trading', state }, emit)
  }

  end(emit: Emit<SimulatorEvent>): void {
    this.simulator.step({ type: 'end' }, emit)
  }

  snapshot(): SimulatorSnapshot {
    return this.simulator.snapshot()
  }
}

/**
 * The cores composed, pure. THE order, the same in every mode: the simulator sees a market event first, then the
 * signals that the algorithm raised at it.
 * @throws ZodError where parameters are not right; check them first with `checkParameters`.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { algorithm, algorithmParameters, simulatorParameters, kernelVersion } = options
  const simulator = options.simulator ?? createSimulatorCore(simulatorParameters, kernelVersion)
  const strategy = algorithm.strategy?.(algorithmParameters) ?? null
  return strategy === null
    ? new CorePipeline(createAlgorithmCore(algorithm, algorithmParameters), simulator)
    : new AccountPipeline(strategy, simulator)
}
