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

class CorePipeline implements Pipeline {
  private readonly algorithm: Core<MarketEvent, Signal>
  private readonly simulator: SimulatorCore
  /** Signals that the present event raised. Reused, so that a tick allocates nothing. */
  private readonly raised: Signal[] = []
  private readonly collect: Emit<Signal>

  constructor(options: PipelineOptions) {
    this.algorithm = createAlgorithmCore(options.algorithm, options.algorithmParameters)
    this.simulator = options.simulator ?? createSimulatorCore(options.simulatorParameters, options.kernelVersion)
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
  return new CorePipeline(options)
}
