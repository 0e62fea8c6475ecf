/**
 * Something that happens once, for which many wait in turn, most of them in vain. A promise that is raced again and again
 * keeps every one of these races until it is settled; a bell keeps only those who wait.
 */
export class Bell {
  readonly #waiting = new Set<() => void>()
  #rung = false

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Once is for ever; again does no harm. */
  ring(): void {
    this.#rung = true
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves once it has rung, or the work is done; rejects where the work fails before. */
  orElse(work: Promise<unknown>): Promise<void> {
    if (this.#rung) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      work.then(wake, (error: unknown) => {
        this.#waiting.delete(wake)
        reject(error instanceof Error ? error : new Error(String(error)))
      })
    })
  }
}
