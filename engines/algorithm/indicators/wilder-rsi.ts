/** A power of two: multiplying by it loses no digit. */
const LIFT = 2 ** 500

/**
 * Wilder's relative strength index, one price at a time (J. Welles Wilder, New Concepts in Technical Trading Systems,
 * 1978).
 *
 * The first averages are the simple means of the first n gains and of the first n losses; afterwards
 * `avg ← (avg·(n−1) + x)/n`. `RSI = 100 − 100/(1 + avgGain/avgLoss)`.
 * 100 where nothing was lost but something was gained; 50 where nothing moved at all (libraries differ here: some say
 * 100, some 0; a market that stands still is neither overbought nor oversold).
 */
export class WilderRsi {
  private readonly period: number
  /** How often both averages were multiplied by {@link LIFT}, so that neither vanishes while the price stands still. */
  private lifts = 0
  private previous = Number.NaN
  private changes = 0
  private gain = 0
  private loss = 0

  /** @param period n, a whole number of at least 1. */
  constructor(period: number) {
    this.period = period
  }

  /**
   * Takes the next price (any unit: the index does not depend on it).
   * @returns the index in [0, 100], or `NaN` before n + 1 prices were seen.
   */
  update(price: number): number {
    if (Number.isNaN(this.previous)) {
      this.previous = price
      return Number.NaN
    }
    const change = price - this.previous
    this.previous = price
    const up = change > 0 ? change : 0
    const down = change < 0 ? -change : 0
    const n = this.period
    if (this.changes < n) {
      // Sums first, divided once: the simple mean as published, without rounding at each step.
      this.changes += 1
      this.gain += up
      this.loss += down
      if (this.changes < n) return Number.NaN
      this.gain /= n
      this.loss /= n
    } else {
      if (change !== 0) this.lower()
      this.gain = (this.gain * (n - 1) + up) / n
      this.loss = (this.loss * (n - 1) + down) / n
      this.lift()
    }
    if (this.loss === 0) return this.gain === 0 ? 50 : 100
    return 100 - 100 / (1 + this.gain / this.loss)
  }

  /** While the price stands still both averages fall for ever, and only their ratio counts, which stays as it is. */
  private lift(): void {
    const larger = Math.max(this.gain, this.loss)
    if (larger === 0 || larger * LIFT > 1) return
    this.gain *= LIFT
    this.loss *= LIFT
    this.lifts += 1
  }

  /** Back to the scale of the prices, where a change is to be added; next to it what vanishes is nothing. */
  private lower(): void {
    for (; this.lifts > 0; this.lifts -= 1) {
      this.gain /= LIFT
      this.loss /= LIFT
    }
  }
}
