import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { Micros } from '../../domain/time.ts'

/** At most one order a product is on its way; a run has 64 products. */
const MAX_ORDERS = 1_024

/** When what led to an order was sent, by the wall clocks of its senders; 0: not known. */
export interface SentTimes {
  /** The signal, by the algorithm. */
  readonly signal: Micros
  /** The tick that raised it, by the streamer. */
  readonly tick: Micros
}

/** Keeps when the signals of accepted orders were sent until the orders are filled, in whichever later step that is. */
export class OrderTimes {
  readonly #sent = new Map<number, SentTimes>()

  /** Takes an event, with the times of the signal at hand. @returns the times of the order that it fills; null where it fills none. */
  hear(event: SimulatorEvent, atHand: SentTimes): SentTimes | null {
    switch (event.type) {
      case 'signal':
        if (event.decision.accepted) this.#keep(event.sequence, atHand)
        return null
      case 'lapsed':
        this.#sent.delete(event.signalSequence)
        return null
      case 'fill': {
        const { signalSequence } = event.fill
        const sent = this.#sent.get(signalSequence) ?? null
        this.#sent.delete(signalSequence)
        return sent
      }
      default:
        return null
    }
  }

  get waiting(): number {
    return this.#sent.size
  }

  #keep(sequence: number, sent: SentTimes): void {
    this.#sent.set(sequence, sent)
    if (this.#sent.size <= MAX_ORDERS) return
    for (const oldest of this.#sent.keys()) {
      this.#sent.delete(oldest)
      return
    }
  }
}
