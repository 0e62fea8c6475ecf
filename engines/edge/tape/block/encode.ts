import type { Bar, BookSnapshot, InstrumentNotice, MarketEvent, Tick } from '../../../domain/market/market.ts'
import { formatAmount } from '../../../domain/money.ts'
import type { Product } from '../../../domain/market/product.ts'
import type { Unit } from '../../../domain/market/unit.ts'
import {
  BAR_COLUMNS,
  DIFFERENCES,
  HEAD_BYTES,
  KINDS,
  MAX_BLOCK_PRODUCTS,
  measure,
  PLAIN,
  TICK_COLUMNS,
  type FeedRow,
  type InstrumentRow,
  type Text,
} from './layout.ts'

/** Of events that are counted: their products, each with the unit that it is counted in, and where in that list each is. */
class Places {
  readonly products: Product[] = []
  readonly units: Unit[] = []

  /** @throws RangeError where there are too many. */
  of({ product, unit }: { readonly product: Product; readonly unit: Unit }): number {
    for (let index = 0; index < this.products.length; index += 1) {
      const known = this.units[index]!
      if (this.products[index] === product && known.price === unit.price && known.size === unit.size) return index
    }
    if (this.products.length === MAX_BLOCK_PRODUCTS)
      throw new RangeError(`a tape block holds at most ${MAX_BLOCK_PRODUCTS} products`)
    this.units.push(unit)
    return this.products.push(product) - 1
  }
}

/** Encodes at least one event. */
export function encodeBlock(events: readonly MarketEvent[]): Uint8Array {
  const ticks = events.filter((event): event is Tick => event.type === 'tick')
  const books = events.filter((event): event is BookSnapshot => event.type === 'book')
  const bars = events.filter((event): event is Bar => event.type === 'bar')
  const places = new Places()
  const [tickPlaces, bookPlaces, barPlaces] = [ticks, books, bars].map((of) => of.map((event) => places.of(event))) as [
    number[],
    number[],
    number[],
  ]
  const text = new TextEncoder().encode(JSON.stringify(textOf(events, ticks, places)))
  const levels = books.flatMap((book) => [...book.bids, ...book.asks])
  const counts = [events.length, ticks.length, books.length, levels.length, text.length, bars.length] as const
  const layout = measure(...counts)
  const block = new Uint8Array(layout.bytes)
  new Uint32Array(block.buffer, 0, 6).set(counts)
  block.set(text, HEAD_BYTES)

  const alone = new Array<number>(events.length).fill(0)
  const doubles = new Float64Array(block.buffer, layout.doubles, layout.doubleCount)
  let at = 0
  let encoding = layout.encodings
  const put = (values: readonly number[], of: readonly number[]): void => {
    block[encoding] = writeColumn(doubles.subarray(at, at + values.length), values, of)
    at += values.length
    encoding += 1
  }
  const all = (key: 'sequence' | 'time'): number[] => events.map((event) => event[key])
  put(all('sequence'), alone)
  put(all('time'), alone)
  for (const key of TICK_COLUMNS) put(columnOf(ticks, key), tickPlaces)
  for (const [price, size] of levels) {
    doubles[at] = price
    doubles[at + 1] = size
    at += 2
  }
  encoding = layout.barEncodings
  if (bars.length > 0) for (const key of BAR_COLUMNS) put(columnOf(bars, key), barPlaces)

  events.forEach((event, index) => (block[layout.kinds + index] = KINDS[event.type]))
  ticks.forEach((tick, index) => {
    block[layout.tickProducts + index] = tickPlaces[index]!
    block[layout.takers + index] = tick.takerSide === 'BUY' ? 0 : 1
  })
  books.forEach((book, index) => {
    block[layout.bookProducts + index] = bookPlaces[index]!
    block[layout.bidCounts + index] = book.bids.length
    block[layout.askCounts + index] = book.asks.length
  })
  block.set(barPlaces, layout.barProducts)
  return block
}

const columnOf = <Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number[] =>
  rows.map((row) => row[key])

function textOf(events: readonly MarketEvent[], ticks: readonly Tick[], { products, units }: Places): Text {
  const feeds: FeedRow[] = []
  const instruments: InstrumentRow[] = []
  for (const event of events) {
    if (event.type === 'feed') {
      const { state, product, count, detail } = event
      feeds.push({ state, product, count, detail })
    } else if (event.type === 'instrument') instruments.push(rowOf(event))
  }
  const late = ticks.flatMap(({ tradedAt }, index) => (tradedAt === undefined ? [] : [[index, tradedAt] as const]))
  return {
    products,
    units: units.map(({ price, size }) => [price, size]),
    feeds,
    ...(instruments.length === 0 ? {} : { instruments }),
    ...(late.length === 0 ? {} : { late }),
  }
}

function rowOf(notice: InstrumentNotice): InstrumentRow {
  const { product, unit, priceIncrement, sizeIncrement, minSize, maxSize, minValue, origin } = notice
  return {
    product,
    unit: [unit.price, unit.size],
    increments: [priceIncrement, sizeIncrement],
    sizes: [minSize, maxSize],
    minValue: formatAmount(minValue),
    origin,
  }
}

/** Differences of whole numbers near 2^53 may not be exact: then the column stays plain. */
function writeColumn(target: Float64Array, values: readonly number[], places: readonly number[]): number {
  const previous = new Float64Array(MAX_BLOCK_PRODUCTS + 1)
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!
    const before = previous[places[index]!]!
    const difference = value - before
    if (!Object.is(before + difference, value)) {
      target.set(values)
      return PLAIN
    }
    target[index] = difference
    previous[places[index]!] = value
  }
  return DIFFERENCES
}
