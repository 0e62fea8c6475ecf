/**
 * Milliseconds that a timer has seen go by. A loop that was late, or a process that was stopped, counts for one round of its
 * timer: what others said meanwhile waits to be read, and must not be taken for their silence.
 */
export class AwakeTime {
  readonly #roundMs: number
  #roundAt: number
  #passed = 0

  /** @param now in milliseconds, as at each round. */
  constructor(roundMs: number, now: number) {
    this.#roundMs = roundMs
    this.#roundAt = now
  }

  /** To be called by a timer every `roundMs`. */
  round(now: number): void {
    this.#passed += Math.max(0, Math.min(now - this.#roundAt, this.#roundMs))
    this.#roundAt = now
  }

  /** The same at a moment between two rounds. */
  at(now: number): number {
    return this.#passed + Math.max(0, Math.min(now - this.#roundAt, this.#roundMs))
  }

  get passed(): number {
    return this.#passed
  }
}
