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
      this.gain = (this.gain * (n - 1) + up) / n
      this.loss = (this.loss * (n - 1) + down) / n
    }
    if (this.loss === 0) return this.gain === 0 ? 50 : 100
    return 100 - 100 / (1 + this.gain / this.loss)
  }
}
