import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { SimulatorSnapshot } from '../contract.ts'

/** Sees when a run is over because it has lost everything: nothing that comes after it could open anything. */
export class RuinWatch {
  #ruined = false

  hear(event: SimulatorEvent): void {
    if (event.type === 'liquidation' && event.liquidation.reason === 'RUIN') this.#ruined = true
  }

  /** Whether all is lost and closed: nothing more is to be fed in but the end. */
  isOver(core: { snapshot(): SimulatorSnapshot }): boolean {
    return this.#ruined && core.snapshot().portfolio.positions.length === 0
  }
}
