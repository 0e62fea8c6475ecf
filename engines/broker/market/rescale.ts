import type { Bar, BookSnapshot, Level, Tick } from '../../domain/market/market.ts'
import { POWERS, type Unit } from '../../domain/market/unit.ts'

/** By what counts go up from one unit to a finer one. */
export interface Widening {
  readonly price: number
  readonly size: number
}

export function wideningOf(from: Unit, to: Unit): Widening {
  return { price: POWERS[to.price - from.price]!, size: POWERS[to.size - from.size]! }
}

/** A tick counted in a finer unit. */
export function tickIn(tick: Tick, unit: Unit): Tick {
  const { price, size } = wideningOf(tick.unit, unit)
  return {
    ...tick,
    unit,
    price: tick.price * price,
    size: tick.size * size,
    bid: tick.bid * price,
    bidSize: tick.bidSize * size,
    ask: tick.ask * price,
    askSize: tick.askSize * size,
  }
}

/** A book counted in a finer unit. */
export function bookIn(book: BookSnapshot, unit: Unit): BookSnapshot {
  const { price, size } = wideningOf(book.unit, unit)
  const finer = (levels: readonly Level[]) => levels.map((level): Level => [level[0] * price, level[1] * size])
  return { ...book, unit, bids: finer(book.bids), asks: finer(book.asks) }
}

/** A bar counted in a finer unit. */
export function barIn(bar: Bar, unit: Unit): Bar {
  const { price, size } = wideningOf(bar.unit, unit)
  return {
    ...bar,
    unit,
    open: bar.open * price,
    high: bar.high * price,
    low: bar.low * price,
    close: bar.close * price,
    volume: bar.volume * size,
  }
}
