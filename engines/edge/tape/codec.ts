import { INSTRUMENT_ORIGINS, type InstrumentOrigin } from '../../domain/instrument.ts'
import type { Bar, BookSnapshot, FeedStatus, InstrumentNotice, Level, MarketEvent, Tick } from '../../domain/market.ts'
import { formatAmount, parseAmount } from '../../domain/money.ts'
import type { Product } from '../../domain/product.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'
import { EIGHTHS, unitOf, type Unit } from '../../domain/unit.ts'

/**
 * A block of events, laid out by column: every figure as the double that it is (so exactly), column after column, which
 * compresses well and reads at memory speed. Prices, sizes and ids are stored as differences to the same product's
 * previous figure wherever the whole column can be restored exactly from them. Little-endian, as every machine is that
 * Node runs on but one.
 *
 *     u32 events · u32 ticks · u32 books · u32 levels · u32 bytes of text · u32 bars · 8 unused
 *     text: JSON of {@link Text}, padded to 8 bytes
 *     f64 sequence[events], time[events] · f64 price, size, bid, bidSize, ask, askSize, tradeId [ticks] · f64 levels × 2
 *     f64 begin, open, high, low, close, volume [bars]
 *     u8 kind[events] · u8 column encodings[9] · u8 product, taker [ticks] · u8 product, bids, asks [books]
 *     u8 column encodings[6] where there are bars · u8 product[bars]
 *
 * A product that goes on in another unit is named again, with it. Blocks of before there were units name none: all is 1e-8.
 */
const HEAD_BYTES = 32
const KIND_TICK = 0
const KIND_BOOK = 1
const KIND_FEED = 2
const KIND_BAR = 3
const KIND_INSTRUMENT = 4
const PLAIN = 0
const DIFFERENCES = 1
const COLUMNS = 9

type FeedRow = Pick<FeedStatus, 'state' | 'product' | 'count' | 'detail'>

/** As {@link InstrumentNotice}, the unit as its decimals and the money as its text. */
interface InstrumentRow {
  readonly product: Product
  readonly unit: readonly [price: number, size: number]
  readonly increments: readonly [price: number, size: number]
  readonly sizes: readonly [least: number, most: number]
  readonly minValue: string
  readonly origin: InstrumentOrigin
}

/** What a block says in words. */
interface Text {
  readonly products: readonly Product[]
  /** Of each of `products`, the decimals of its prices and sizes; absent: 8 and 8. */
  readonly units?: readonly (readonly [price: number, size: number])[]
  readonly feeds: readonly FeedRow[]
  /** Absent where there are none. */
  readonly instruments?: readonly InstrumentRow[]
  /** Of each tick whose trade was made before it: its place among the ticks, and when. Absent where there are none. */
  readonly late?: readonly (readonly [tick: number, tradedAt: Micros])[]
}

/** The most products one block can name. */
export const MAX_BLOCK_PRODUCTS = 255

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

const KINDS = { tick: KIND_TICK, book: KIND_BOOK, feed: KIND_FEED, bar: KIND_BAR, instrument: KIND_INSTRUMENT } as const

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

function noticeOf(row: InstrumentRow): Omit<InstrumentNotice, 'sequence' | 'time'> {
  const { product, unit, increments, sizes, minValue, origin } = row
  if (!INSTRUMENT_ORIGINS.includes(origin)) throw new RangeError('a tape block names an origin that is not known')
  return {
    type: 'instrument',
    product,
    unit: unitOf(...unit),
    priceIncrement: increments[0],
    sizeIncrement: increments[1],
    minSize: sizes[0],
    maxSize: sizes[1],
    minValue: parseAmount(minValue),
    origin,
  }
}

/** @throws RangeError where the bytes are no block; only damage that a checksum missed, or another program, does that. */
export function decodeBlock(bytes: Uint8Array): MarketEvent[] {
  // Typed arrays of doubles want an aligned start, which a slice of a pooled buffer need not have.
  const block = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  if (block.length < HEAD_BYTES) throw new RangeError('a tape block is shorter than its head')
  const head = new Uint32Array(block.buffer, block.byteOffset, 6)
  const [eventCount = 0, tickCount = 0, bookCount = 0, levelCount = 0, textBytes = 0, barCount = 0] = head
  const layout = measure(eventCount, tickCount, bookCount, levelCount, textBytes, barCount)
  if (layout.bytes !== block.length) throw new RangeError('a tape block has not the length that its head says')
  const text = new TextDecoder().decode(block.subarray(HEAD_BYTES, HEAD_BYTES + textBytes))
  const said = JSON.parse(text) as Text
  const doubles = new Float64Array(block.buffer, block.byteOffset + layout.doubles, layout.doubleCount)
  const tickPlaces = block.subarray(layout.tickProducts, layout.tickProducts + tickCount)
  const alone = new Uint8Array(eventCount)
  let at = 0
  let encoding = layout.encodings
  const take = (count: number, places: Uint8Array): Float64Array => {
    const values = doubles.subarray(at, at + count)
    if (block[encoding] === DIFFERENCES) restore(values, places)
    at += count
    encoding += 1
    return values
  }
  const sequence = take(eventCount, alone)
  const time = take(eventCount, alone)
  const ticks = TICK_COLUMNS.map(() => take(tickCount, tickPlaces))
  const levels = doubles.subarray(at, at + levelCount * 2)
  at += levelCount * 2
  encoding = layout.barEncodings
  const barPlaces = block.subarray(layout.barProducts, layout.barProducts + barCount)
  const bars = BAR_COLUMNS.map(() => take(barCount, barPlaces))
  const late = new Map(said.late)
  return assemble(block, layout, { said, units: unitsOf(said), late, sequence, time, ticks, levels, bars })
}

const TICK_COLUMNS = ['price', 'size', 'bid', 'bidSize', 'ask', 'askSize', 'tradeId'] as const
const BAR_COLUMNS = ['begin', 'open', 'high', 'low', 'close', 'volume'] as const

function unitsOf({ products, units }: Text): readonly Unit[] {
  if (units === undefined) return products.map(() => EIGHTHS)
  if (units.length !== products.length) throw new RangeError('a tape block has not a unit for each product')
  return units.map((decimals) => unitOf(...decimals))
}

interface Columns {
  readonly said: Text
  /** Of each of its products. */
  readonly units: readonly Unit[]
  readonly late: ReadonlyMap<number, Micros>
  readonly sequence: Float64Array
  readonly time: Float64Array
  readonly ticks: readonly Float64Array[]
  readonly levels: Float64Array
  readonly bars: readonly Float64Array[]
}

function assemble(block: Uint8Array, layout: Layout, columns: Columns): MarketEvent[] {
  const { late, levels, units } = columns
  const { products, feeds, instruments = [] } = columns.said
  const [begin, open, high, low, close, volume] = columns.bars as Six<Float64Array>
  const [price, size, bid, bidSize, ask, askSize, tradeId] = columns.ticks as Seven<Float64Array>
  const events: MarketEvent[] = []
  let tick = 0
  let book = 0
  let feed = 0
  let bar = 0
  let instrument = 0
  let level = 0
  const side = (count: number): Level[] => {
    const list: Level[] = []
    for (let index = 0; index < count; index += 1, level += 2) list.push([levels[level]!, levels[level + 1]!])
    return list
  }
  for (let index = 0; index < columns.sequence.length; index += 1) {
    const sequence = columns.sequence[index]!
    const time = columns.time[index]!
    const kind = block[layout.kinds + index]
    if (kind === KIND_TICK) {
      const takerSide: Side = block[layout.takers + tick] === 0 ? 'BUY' : 'SELL'
      const place = block[layout.tickProducts + tick]!
      events.push({
        type: 'tick',
        sequence,
        time,
        product: named(products, place),
        unit: units[place]!,
        price: price[tick]!,
        size: size[tick]!,
        bid: bid[tick]!,
        bidSize: bidSize[tick]!,
        ask: ask[tick]!,
        askSize: askSize[tick]!,
        tradeId: tradeId[tick]!,
        takerSide,
        ...(late.has(tick) ? { tradedAt: late.get(tick)! } : {}),
      })
      tick += 1
    } else if (kind === KIND_BOOK) {
      const place = block[layout.bookProducts + book]!
      const product = named(products, place)
      const bids = side(block[layout.bidCounts + book]!)
      const asks = side(block[layout.askCounts + book]!)
      events.push({ type: 'book', sequence, time, product, unit: units[place]!, bids, asks })
      book += 1
    } else if (kind === KIND_BAR) {
      const place = block[layout.barProducts + bar]!
      events.push({
        type: 'bar',
        sequence,
        time,
        product: named(products, place),
        unit: units[place]!,
        begin: begin[bar]!,
        open: open[bar]!,
        high: high[bar]!,
        low: low[bar]!,
        close: close[bar]!,
        volume: volume[bar]!,
      })
      bar += 1
    } else if (kind === KIND_INSTRUMENT) {
      const row = instruments[instrument]
      if (row === undefined) throw new RangeError('a tape block holds more instruments than texts')
      events.push({ ...noticeOf(row), sequence, time })
      instrument += 1
    } else {
      const row = feeds[feed]
      if (row === undefined) throw new RangeError('a tape block holds more feed statuses than texts')
      events.push({ type: 'feed', sequence, time, ...row })
      feed += 1
    }
  }
  return events
}

type Six<Item> = readonly [Item, Item, Item, Item, Item, Item]
type Seven<Item> = readonly [...Six<Item>, Item]

function named(products: readonly Product[], place: number | undefined): Product {
  const product = products[place ?? -1]
  if (product === undefined) throw new RangeError('a tape block speaks of a product that it does not name')
  return product
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

function restore(values: Float64Array, places: Uint8Array): void {
  const previous = new Float64Array(MAX_BLOCK_PRODUCTS + 1)
  for (let index = 0; index < values.length; index += 1) {
    const value = previous[places[index]!]! + values[index]!
    values[index] = value
    previous[places[index]!] = value
  }
}

interface Layout {
  readonly doubles: number
  readonly doubleCount: number
  readonly kinds: number
  readonly encodings: number
  readonly tickProducts: number
  readonly takers: number
  readonly bookProducts: number
  readonly bidCounts: number
  readonly askCounts: number
  readonly barEncodings: number
  readonly barProducts: number
  readonly bytes: number
}

function measure(
  events: number,
  ticks: number,
  books: number,
  levels: number,
  textBytes: number,
  bars: number,
): Layout {
  const doubles = HEAD_BYTES + Math.ceil(textBytes / 8) * 8
  const doubleCount = events * 2 + ticks * TICK_COLUMNS.length + levels * 2 + bars * BAR_COLUMNS.length
  const kinds = doubles + doubleCount * 8
  const encodings = kinds + events
  const tickProducts = encodings + COLUMNS
  const takers = tickProducts + ticks
  const bookProducts = takers + ticks
  const bidCounts = bookProducts + books
  const askCounts = bidCounts + books
  const barEncodings = askCounts + books
  const barProducts = barEncodings + (bars === 0 ? 0 : BAR_COLUMNS.length)
  return {
    doubles,
    doubleCount,
    kinds,
    encodings,
    tickProducts,
    takers,
    bookProducts,
    bidCounts,
    askCounts,
    barEncodings,
    barProducts,
    bytes: barProducts + bars,
  }
}
