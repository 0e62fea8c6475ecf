import * as z from 'zod'
import { MICROS_PER_MILLISECOND, type Micros } from '../domain/time.ts'

/** The parameter `SIGNAL_COOLDOWN_MS` of every algorithm that has a {@link Cooldown}. */
export const signalCooldown = z.number().min(0).max(86_400_000).default(100).meta({
  title: 'Signal cooldown',
  description: 'The least market time between two signals of a product.',
  unit: 'ms',
})

/** Keeps one product quiet for a while after each of its signals, in market time. */
export class Cooldown {
  private readonly length: Micros
  /** Market time before which no signal is raised. */
  private quietUntil: Micros = -1

  /** @param milliseconds the least market time between two signals; 0: none. */
  constructor(milliseconds: number) {
    this.length = milliseconds * MICROS_PER_MILLISECOND
  }

  /**
   * Asked when all else speaks for a signal, which then has to be raised: the quiet begins anew with it.
   * @returns whether a signal may be raised at this time.
   */
  passes(time: Micros): boolean {
    if (time < this.quietUntil) return false
    this.quietUntil = time + this.length
    return true
  }
}
