import { inUnit } from '../../domain/market/counting.ts'
import type { Instrument } from '../../domain/market/instrument.ts'
import type { Bar, BookSnapshot, Level, Tick } from '../../domain/market/market.ts'
import { amountOf, type Amount, type Fixed, type Money } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'
import { BIG_POWERS, EIGHTHS, MOST_DECIMALS, POWERS, type Unit } from '../../domain/market/unit.ts'
import { worthOf } from '../account/ledger.ts'
import type { MarkRule } from '../settings.ts'
import { Taken } from './taken.ts'

const NO_LEVELS: readonly Level[] = []

/** By what counts go up from one unit to a finer one. */
export interface Widening {
  readonly price: number
  readonly size: number
}

/** In which steps a product is traded; a step of the unit where it was never told. */
export interface Increments {
  readonly price: Fixed
  readonly size: Amount
  /** 0: none is known. */
  readonly minSize: Amount
  readonly maxSize: Amount
  readonly minValue: Money
}

/**
 * What is known of a product's market, and what the run took of it. Which of tick and book is newer decides about the best
 * prices; a book's deeper levels stay known until the next book.
 */
export class ProductMarket {
  unit: Unit = EIGHTHS
  tick: Tick | null = null
  book: BookSnapshot | null = null
  bar: Bar | null = null
  bookIsNewer = false
  /** Whether it ever had quotes: then no bare trade fills anything. */
  quoted = false
  barred = false
  /** Market time of the newest quotes. */
  quotedAt: Micros = Number.NEGATIVE_INFINITY
  /** Whether the newest tick told a trade. */
  traded = false
  /** Price of the last trade, or of the last bar's close; 0 before the first. */
  last: Fixed = 0
  /** What positions are valued at, which may lie halfway between two counts; 0: not known. */
  mark = 0
  /** How many quotes were crossed or locked. */
  crossedQuotes = 0
  readonly taken = new Taken()
  private readonly rule: MarkRule
  private instrument: Instrument | null = null
  /** Whether anything was counted in the unit. */
  known = false
  private tradeId = 0

  constructor(rule: MarkRule) {
    this.rule = rule
  }

  /** Counts on in another unit, which must not be coarser. @returns by what all counts have to go up; null: as before. */
  countIn(unit: Unit): Widening | null {
    const { unit: old, known } = this
    this.unit = unit
    this.known = true
    if (!known || (unit.price === old.price && unit.size === old.size)) return null
    const widening = { price: POWERS[unit.price - old.price]!, size: POWERS[unit.size - old.size]! }
    this.last *= widening.price
    this.mark *= widening.price
    this.taken.widen(widening.price, widening.size)
    if (this.book !== null) this.book = inUnit(this.book, unit)
    if (this.tick !== null) this.tick = inUnit(this.tick, unit)
    if (this.bar !== null) this.bar = inUnit(this.bar, unit)
    return widening
  }

  /** The hot path: nothing here allocates. */
  onTick(tick: Tick, now: Micros): void {
    const before = this.tick
    this.traded = tick.tradeId !== this.tradeId && tick.price > 0
    this.tradeId = tick.tradeId
    if (tick.price > 0) this.last = tick.price
    if (this.taken.any) this.renew(tick)
    this.tick = tick
    this.bookIsNewer = false
    const { bid, ask } = tick
    if (bid > 0 || ask > 0) {
      this.quoted = true
      this.quotedAt = now
      if (bid >= ask && ask > 0) this.crossedQuotes += 1
    }
    const moved = before === null || before.bid !== bid || before.ask !== ask
    this.value(bid, ask, moved)
  }

  onBook(book: BookSnapshot, now: Micros): void {
    this.book = book
    this.bookIsNewer = true
    this.quoted = true
    this.quotedAt = now
    if (this.taken.any) {
      this.taken.book('BUY', book.asks)
      this.taken.book('SELL', book.bids)
    }
    const bid = book.bids[0]?.[0] ?? 0
    const ask = book.asks[0]?.[0] ?? 0
    if (bid >= ask && ask > 0) this.crossedQuotes += 1
    // The tick that the same change causes follows; where none ever does, the book values.
    if (this.tick === null) this.value(bid, ask, true)
  }

  /** Values at a price until something better is told. */
  valueAt(price: Money): void {
    this.mark = Number(price / BIG_POWERS[MOST_DECIMALS - this.unit.price]!)
  }

  /** A bar has ended, whose way is yet to be gone. */
  onBar(bar: Bar): void {
    this.bar = bar
    this.barred = true
  }

  /** A bar was gone through. */
  closeBar(bar: Bar): void {
    this.last = bar.close
    this.mark = bar.close
  }

  /** Whether it is known by bars or bare trades alone, which fill what waits for them. */
  get unquoted(): boolean {
    return !this.quoted && (this.barred || this.last > 0)
  }

  /** Whether it is known by bars alone. */
  get byBars(): boolean {
    return this.barred && !this.quoted
  }

  onInstrument(instrument: Instrument): void {
    this.instrument = instrument
  }

  /** The connection is gone: no price is known until the next tick or book. */
  onLost(): void {
    this.tick = null
    this.book = null
    this.bookIsNewer = false
    this.traded = false
  }

  get increments(): Increments {
    const { instrument, unit } = this
    const step = BIG_POWERS[MOST_DECIMALS - unit.size]!
    if (instrument === null) return { price: 1, size: step, minSize: 0n, maxSize: 0n, minValue: 0n }
    const told = instrument.unit
    const size = (count: Fixed) => amountOf(count, told.size)
    return {
      price: Math.max(1, instrument.priceIncrement * (POWERS[unit.price - told.price] ?? 1)),
      size: instrument.sizeIncrement > 0 ? size(instrument.sizeIncrement) : step,
      minSize: size(instrument.minSize),
      maxSize: size(instrument.maxSize),
      minValue: instrument.minValue,
    }
  }

  /** Whether the present quotes have a bid at or over the ask. */
  get crossed(): boolean {
    const bid = this.bestOf('SELL')
    const ask = this.bestOf('BUY')
    return bid > 0 && ask > 0 && bid >= ask
  }

  /** The best price that an order of `side` meets; 0: not known. */
  bestOf(side: Side): Fixed {
    const { tick, book } = this
    if (tick !== null && !this.bookIsNewer) {
      const best = side === 'BUY' ? tick.ask : tick.bid
      if (best > 0 || book === null) return best
    }
    return (side === 'BUY' ? book?.asks : book?.bids)?.[0]?.[0] ?? 0
  }

  /**
   * The size at the best price that an order of `side` meets, less what was taken; Infinity where it is not known, and 0 where
   * there is no price.
   */
  bestSizeOf(side: Side): Fixed {
    const best = this.bestOf(side)
    if (best === 0) return 0
    const size = this.shown(side, best)
    return size === Infinity ? size : this.taken.left(side, best, size)
  }

  /**
   * The levels that an order of `side` can take, best first, less what was taken; empty where no opposing price is known, or the
   * quotes are crossed. A size of Infinity is "not known": all fills there.
   */
  levels(side: Side): readonly Level[] {
    if (this.crossed) return NO_LEVELS
    const told = this.told(side)
    return this.taken.any
      ? told.map(([price, size]): Level => [price, this.taken.left(side, price, size)]).filter(isReal)
      : told
  }

  /**
   * What is displayed on `side`'s own side at a price: 0 where it is better than the best or within the depth and not shown, NaN
   * where it is out of sight.
   */
  displayed(side: Side, price: Fixed): Fixed {
    const opposite = side === 'BUY' ? 'SELL' : 'BUY'
    const best = this.bestOf(opposite)
    if (best === 0) return Number.NaN
    if (side === 'BUY' ? price > best : price < best) return 0
    const { tick, book } = this
    if (price === best && tick !== null && !this.bookIsNewer) {
      const size = side === 'BUY' ? tick.bidSize : tick.askSize
      return size > 0 ? size : Number.NaN
    }
    const depth = (side === 'BUY' ? book?.bids : book?.asks) ?? NO_LEVELS
    for (const level of depth) if (level[0] === price) return level[1]
    const last = depth.at(-1)?.[0]
    if (last === undefined) return Number.NaN
    return (side === 'BUY' ? price > last : price < last) ? 0 : Number.NaN
  }

  /** The mark as money. */
  get markPrice(): Money {
    return this.moneyOf(this.mark)
  }

  /** What a quantity is worth at the mark: exact, but where eighteen digits do not hold half a count of it. */
  worth(quantity: Amount): Money {
    const { mark } = this
    // A quantity is a whole count of the size's unit, so that nothing is left over.
    if (Number.isInteger(mark)) return (BigInt(mark) * quantity) / BIG_POWERS[this.unit.price]!
    return worthOf(this.markPrice, quantity)
  }

  /** A price that may lie halfway between two counts, as money. */
  moneyOf(mark: number): Money {
    const power = BIG_POWERS[MOST_DECIMALS - this.unit.price]!
    return Number.isInteger(mark) ? BigInt(mark) * power : (BigInt(mark * 2) * power) / 2n
  }

  /** A price of this market as money. */
  money(price: Fixed): Money {
    return amountOf(price, this.unit.price)
  }

  private value(bid: Fixed, ask: Fixed, moved: boolean): void {
    const quoted = bid > 0 && ask > bid
    if (this.rule === 'LAST' || (this.rule === 'NEWEST' && this.traded)) {
      if (this.last > 0) {
        this.mark = this.last
        return
      }
    }
    if (quoted && (moved || this.mark === 0)) this.mark = (bid + ask) / 2
    else if (this.mark === 0) this.mark = this.last
  }

  private shown(side: Side, best: Fixed): Fixed {
    const { tick, book } = this
    const inBook = (side === 'BUY' ? book?.asks : book?.bids)?.[0]
    if (tick !== null && !this.bookIsNewer && best === (side === 'BUY' ? tick.ask : tick.bid)) {
      const size = side === 'BUY' ? tick.askSize : tick.bidSize
      if (size > 0) return size
      return inBook?.[0] === best ? inBook[1] : Infinity
    }
    return inBook?.[1] ?? 0
  }

  private told(side: Side): readonly Level[] {
    const { tick, book } = this
    const depth = (side === 'BUY' ? book?.asks : book?.bids) ?? NO_LEVELS
    if (tick === null || this.bookIsNewer) return depth.filter(isReal)
    const best = side === 'BUY' ? tick.ask : tick.bid
    const size = side === 'BUY' ? tick.askSize : tick.bidSize
    if (best > 0 && size > 0) {
      const worse = depth.filter((level) => isReal(level) && (side === 'BUY' ? level[0] > best : level[0] < best))
      return [[best, size], ...worse]
    }
    if (best > 0) return depth[0]?.[0] === best ? depth.filter(isReal) : [[best, Infinity]]
    return depth.filter(isReal)
  }

  private renew(tick: Tick): void {
    this.taken.best('BUY', tick.ask, tick.askSize, this.book?.asks ?? NO_LEVELS)
    this.taken.best('SELL', tick.bid, tick.bidSize, this.book?.bids ?? NO_LEVELS)
  }
}

function isReal(level: Level): boolean {
  return level[0] > 0 && level[1] > 0
}
