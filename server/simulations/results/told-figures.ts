import type { RunPatch } from '../../store/port.ts'

interface Told {
  /** The newest event that they count in. */
  readonly sequence: number
  readonly figures: RunPatch
}

/**
 * Figures that a simulator told, until the events that they count in are stored: a run never shows more than it has. Of
 * those that wait, the oldest is kept, so that it is its turn some time, and the newest.
 */
export class ToldFigures {
  #first: Told | null = null
  #newest: Told | null = null

  tell(sequence: number, figures: RunPatch): void {
    const told = { sequence, figures: { ...this.#newest?.figures, ...figures } }
    if (this.#first === null) this.#first = told
    else this.#newest = told
  }

  /** Takes out what may be written, all events up to this one being stored; null: nothing new. */
  upTo(stored: number): RunPatch | null {
    let found: RunPatch | null = null
    for (let next = this.#first; next !== null && next.sequence <= stored; next = this.#first) {
      found = { ...(found ?? {}), ...next.figures }
      this.#first = this.#newest
      this.#newest = null
    }
    return found
  }
}
