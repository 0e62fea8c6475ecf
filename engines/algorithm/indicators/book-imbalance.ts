import type { Level } from '../../domain/market/market.ts'
import type { Fixed } from '../../domain/money.ts'

/** The sum of the sizes of the best `count` levels. */
export function sizeOf(levels: readonly Level[], count: number): Fixed {
  let sum = 0
  const end = Math.min(count, levels.length)
  for (let index = 0; index < end; index += 1) sum += levels[index]![1]
  return sum
}

/** What the best `count` levels are worth: the sum of their prices times their sizes. */
export function valueOf(levels: readonly Level[], count: number): number {
  let sum = 0
  const end = Math.min(count, levels.length)
  for (let index = 0; index < end; index += 1) sum += levels[index]![0] * levels[index]![1]
  return sum
}

/** `(bid − ask)/(bid + ask)` in [−1, 1]; `NaN` where there is no size at all. */
export function imbalance(bidSize: Fixed, askSize: Fixed): number {
  return (bidSize - askSize) / (bidSize + askSize)
}

/**
 * The mean of the last n values. Summed anew each time: n is small, and a running sum would drift over millions of
 * values.
 */
export class RollingMean {
  private readonly values: Float64Array
  private next = 0
  private filled = 0

  /** @param length n, a whole number of at least 1. */
  constructor(length: number) {
    this.values = new Float64Array(length)
  }

  /** Takes the next value. @returns the mean, or `NaN` before n values were seen. */
  update(value: number): number {
    const { values } = this
    values[this.next] = value
    this.next = this.next + 1 === values.length ? 0 : this.next + 1
    if (this.filled < values.length) this.filled += 1
    if (this.filled < values.length) return Number.NaN
    let sum = 0
    for (const each of values) sum += each
    return sum / values.length
  }

  /** Forgets all values. */
  reset(): void {
    this.next = 0
    this.filled = 0
  }
}
