import type { Candle } from '../domain/market/candle.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import type { Micros } from '../domain/time.ts'
import { EIGHTHS, POWERS, type Unit } from '../domain/market/unit.ts'

const NONE: readonly Candle[] = []

/** What an interval's prices have been so far. */
class Bar {
  /** Where the interval ends; below all times: none has begun. */
  end: Micros = Number.NEGATIVE_INFINITY
  open: Fixed = 0
  high: Fixed = 0
  low: Fixed = 0
  last: Fixed = 0
  unit: Unit = EIGHTHS

  get isEmpty(): boolean {
    return this.end === Number.NEGATIVE_INFINITY
  }

  begin(end: Micros, price: Fixed, unit: Unit): void {
    this.end = end
    this.unit = unit
    this.open = this.high = this.low = this.last = price
  }

  add(price: Fixed, unit: Unit): void {
    if (unit !== this.unit) this.count(unit)
    if (price > this.high) this.high = price
    else if (price < this.low) this.low = price
    this.last = price
  }

  /** Goes on in another unit: a product's becomes finer, never coarser. */
  private count(unit: Unit): void {
    const factor = POWERS[unit.price - this.unit.price]!
    this.unit = unit
    this.open *= factor
    this.high *= factor
    this.low *= factor
    this.last *= factor
  }
}

/** Makes candles of one product's prices, one interval after the other. */
export class CandleMaker {
  private readonly product: Product
  private readonly interval: Micros
  private readonly present = new Bar()
  /** Of trades that were fetched afterwards, from between the newest candle told and the present one. */
  private readonly late = new Bar()
  /** End of the newest candle told. */
  private told: Micros = Number.NEGATIVE_INFINITY

  /** @param interval length of a candle */
  constructor(product: Product, interval: Micros) {
    this.product = product
    this.interval = interval
  }

  /**
   * Takes a price in. The hot path: nothing here allocates but where a candle is finished.
   * @param unit in what the price is counted; finer than before, or the same
   * @param time of the price. Before the present interval, where a trade was fetched afterwards: a candle that was told
   * already is not changed by it any more.
   * @returns the candles that are over with it, in order
   */
  add(time: Micros, price: Fixed, unit: Unit): readonly Candle[] {
    if (time < this.present.end) {
      if (time >= this.present.end - this.interval) {
        this.present.add(price, unit)
        return NONE
      }
      return this.addLate(time, price, unit)
    }
    const finished = this.finish()
    this.present.begin(this.endOf(time), price, unit)
    return finished
  }

  /** The candles as they are so far, which are then over. */
  finish(): readonly Candle[] {
    return this.present.isEmpty && this.late.isEmpty ? NONE : [...this.over(this.late), ...this.over(this.present)]
  }

  private addLate(time: Micros, price: Fixed, unit: Unit): readonly Candle[] {
    const end = this.endOf(time)
    if (end <= this.told || end < this.late.end) return NONE
    if (end === this.late.end) {
      this.late.add(price, unit)
      return NONE
    }
    const finished = this.over(this.late)
    this.late.begin(end, price, unit)
    return finished
  }

  private endOf(time: Micros): Micros {
    return (Math.floor(time / this.interval) + 1) * this.interval
  }

  private over(bar: Bar): readonly Candle[] {
    if (bar.isEmpty) return NONE
    const { end, unit, open, high, low, last } = bar
    this.told = end
    bar.end = Number.NEGATIVE_INFINITY
    return [{ product: this.product, unit, begin: end - this.interval, open, high, low, close: last }]
  }
}
