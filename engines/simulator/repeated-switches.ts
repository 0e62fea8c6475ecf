import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { Emit } from '../domain/step.ts'
import { compare, type PlacedSwitch } from '../domain/trading/switches.ts'
import type { SimulatorCore, SimulatorInput, SimulatorSnapshot } from './contract.ts'

/** A simulator whose trading is switched where another run's was, by the places in the stream. */
export class RepeatedSwitches implements SimulatorCore {
  private readonly simulator: SimulatorCore
  private readonly switches: readonly PlacedSwitch[]
  private next = 0
  /** The market event that was taken last, and how many of its signals were. */
  private after = 0
  private signals = 0

  /** @param switches in order. */
  constructor(simulator: SimulatorCore, switches: readonly PlacedSwitch[]) {
    this.simulator = simulator
    this.switches = switches
  }

  get broker(): SimulatorCore['broker'] {
    return this.simulator.broker
  }

  get unbelievable(): SimulatorCore['unbelievable'] {
    return this.simulator.unbelievable
  }

  wish(...wish: Parameters<SimulatorCore['wish']>): ReturnType<SimulatorCore['wish']> {
    return this.simulator.wish(...wish)
  }

  step(input: SimulatorInput, emit: Emit<SimulatorEvent>): void {
    if (input.type === 'trading') {
      this.simulator.step(input, emit)
      return
    }
    // A switch stands behind all commands of its event: whoever trades on an account raises no signals that it could stand between.
    if (input.type === 'command') {
      this.simulator.step(input, emit)
      return
    }
    if (input.type === 'signal' || input.type === 'end')
      this.catchUp({ after: this.after, signals: this.signals }, emit)
    // A definition that was inferred has no place in the feed.
    else if (input.sequence > 0) {
      this.catchUp({ after: input.sequence - 1, signals: Infinity }, emit)
      this.after = input.sequence
      this.signals = 0
    }
    this.simulator.step(input, emit)
    if (input.type === 'signal') this.signals += 1
  }

  snapshot(): SimulatorSnapshot {
    return { ...this.simulator.snapshot(), switchesLeft: this.switches.length - this.next }
  }

  /** Switches what has its place here or before. */
  private catchUp(here: Pick<PlacedSwitch, 'after' | 'signals'>, emit: Emit<SimulatorEvent>): void {
    for (let due = this.switches[this.next]; due !== undefined && compare(due, here) <= 0;) {
      this.simulator.step({ type: 'trading', state: due.state }, emit)
      due = this.switches[++this.next]
    }
  }
}
