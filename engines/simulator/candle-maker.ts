import type { Candle } from '../domain/candle.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/product.ts'
import type { Micros } from '../domain/time.ts'

/** Makes candles of one product's prices, one interval after the other. */
export class CandleMaker {
  private readonly product: Product
  private readonly interval: Micros
  /** Where the present interval ends; below all times: none has begun. */
  private end: Micros = Number.NEGATIVE_INFINITY
  private open: Fixed = 0
  private high: Fixed = 0
  private low: Fixed = 0
  private last: Fixed = 0

  /** @param interval length of a candle */
  constructor(product: Product, interval: Micros) {
    this.product = product
    this.interval = interval
  }

  /**
   * Takes a price in. The hot path: nothing here allocates but where a candle is finished.
   * @param time never before that of the last price
   * @returns the candle of the interval that is over with it; null: none is
   */
  add(time: Micros, price: Fixed): Candle | null {
    if (time < this.end) {
      if (price > this.high) this.high = price
      else if (price < this.low) this.low = price
      this.last = price
      return null
    }
    const finished = this.finish()
    this.end = (Math.floor(time / this.interval) + 1) * this.interval
    this.open = this.high = this.low = this.last = price
    return finished
  }

  /** The candle as it is so far, which is then over; null: there is none. */
  finish(): Candle | null {
    if (this.end === Number.NEGATIVE_INFINITY) return null
    const { product, open, high, low, last } = this
    const candle = { product, begin: this.end - this.interval, open, high, low, close: last }
    this.end = Number.NEGATIVE_INFINITY
    return candle
  }
}
