import type { SimulatorEvent } from '../../domain/trading/event.ts'

/**
 * The events that a simulator has told and that nobody has answered for yet, in order. What is in it can be told again,
 * to a receiver that came later or that lost what it had.
 */
export class EventWindow {
  /** Undefined before {@link #head}: what was let go of is held by nobody. */
  #events: (SimulatorEvent | undefined)[] = []
  /** Where the first event that is still held stands in the array. */
  #head = 0

  /** Number of events held. */
  get size(): number {
    return this.#events.length - this.#head
  }

  /** Places that are taken up, those of events that were let go of included: at most 1,025 more than twice {@link size}. */
  get capacity(): number {
    return this.#events.length
  }

  /** Takes the next event; its sequence must follow the one before. */
  push(event: SimulatorEvent): void {
    this.#events.push(event)
  }

  /** Lets go of everything up to a sequence. */
  acknowledge(sequence: number): void {
    for (let first = this.#events[this.#head]; first !== undefined && first.sequence <= sequence;) {
      this.#events[this.#head++] = undefined
      first = this.#events[this.#head]
    }
    // Cut off now and then, so that letting go costs nothing most times and the array does not grow for ever.
    if (this.#head > 1_024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
  }

  /** The held events after a sequence, at most `limit`, oldest first. */
  after(sequence: number, limit: number): readonly SimulatorEvent[] {
    const first = this.#events[this.#head]
    if (first === undefined) return []
    // Sequences have no holes, so the place can be counted.
    const start = this.#head + Math.max(0, sequence + 1 - first.sequence)
    return this.#events.slice(start, start + limit) as SimulatorEvent[]
  }
}
