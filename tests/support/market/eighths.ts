import type { BookSnapshot, Level, Tick } from '../../../engines/domain/market/market.ts'
import { countOf, parseCount, type Fixed } from '../../../engines/domain/money.ts'
import { EIGHTHS, POWERS } from '../../../engines/domain/market/unit.ts'

/** The nearest count of 1e-8 to an ordinary number. */
export const toFixed = (value: number): Fixed => countOf(value, 8)

/** A decimal text as a count of 1e-8. */
export const parseFixed = (text: string): Fixed => parseCount(text, 8)

/** A tick of a product with at most eight digits after the point, counted in 1e-8. */
export function tickInEighths(tick: Tick): Tick {
  const price = POWERS[8 - tick.unit.price]!
  const size = POWERS[8 - tick.unit.size]!
  return {
    ...tick,
    unit: EIGHTHS,
    price: tick.price * price,
    size: tick.size * size,
    bid: tick.bid * price,
    bidSize: tick.bidSize * size,
    ask: tick.ask * price,
    askSize: tick.askSize * size,
  }
}

/** As {@link tickInEighths}. */
export function bookInEighths(book: BookSnapshot): BookSnapshot {
  const price = POWERS[8 - book.unit.price]!
  const size = POWERS[8 - book.unit.size]!
  const levels = (of: readonly Level[]): Level[] => of.map((level): Level => [level[0] * price, level[1] * size])
  return { ...book, unit: EIGHTHS, bids: levels(book.bids), asks: levels(book.asks) }
}
