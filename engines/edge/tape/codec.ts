import type { BookSnapshot, FeedStatus, Level, MarketEvent, Tick } from '../../domain/market.ts'
import type { Product } from '../../domain/product.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'

/**
 * A block of events, laid out by column: every figure as the double that it is (so exactly), column after column, which
 * compresses well and reads at memory speed. Prices, sizes and ids are stored as differences to the same product's
 * previous figure wherever the whole column can be restored exactly from them. Little-endian, as every machine is that
 * Node runs on but one.
 *
 *     u32 events · u32 ticks · u32 books · u32 levels · u32 bytes of text · 12 unused
 *     text: JSON of { products, feeds, late: [tick, time of its trade][], absent where there are none }, padded to 8 bytes
 *     f64 sequence[events], time[events] · f64 price, size, bid, bidSize, ask, askSize, tradeId [ticks] · f64 levels × 2
 *     u8 kind[events] · u8 column encodings[9] · u8 product, taker [ticks] · u8 product, bids, asks [books]
 */
const HEAD_BYTES = 32
const KIND_TICK = 0
const KIND_BOOK = 1
const KIND_FEED = 2
const PLAIN = 0
const DIFFERENCES = 1
const COLUMNS = 9

type FeedRow = Pick<FeedStatus, 'state' | 'product' | 'count' | 'detail'>

/** What a block says in words. */
interface Text {
  readonly products: readonly Product[]
  readonly feeds: readonly FeedRow[]
  /** Of each tick whose trade was made before it: its place among the ticks, and when. */
  readonly late?: readonly (readonly [tick: number, tradedAt: Micros])[]
}

/** The most products one block can name. */
export const MAX_BLOCK_PRODUCTS = 255

/** Encodes at least one event. */
export function encodeBlock(events: readonly MarketEvent[]): Uint8Array {
  const ticks = events.filter((event): event is Tick => event.type === 'tick')
  const books = events.filter((event): event is BookSnapshot => event.type === 'book')
  const feeds = events.filter((event): event is FeedStatus => event.type === 'feed')
  const products = [...new Set([...ticks, ...books].map((event) => event.product))]
  if (products.length > MAX_BLOCK_PRODUCTS)
    throw new RangeError(`a tape block holds at most ${MAX_BLOCK_PRODUCTS} products`)
  const place = new Map(products.map((product, index) => [product, index]))
  const rows: FeedRow[] = feeds.map(({ state, product, count, detail }) => ({ state, product, count, detail }))
  const late = ticks.flatMap(({ tradedAt }, index) => (tradedAt === undefined ? [] : [[index, tradedAt] as const]))
  const said: Text = { products, feeds: rows, ...(late.length === 0 ? {} : { late }) }
  const text = new TextEncoder().encode(JSON.stringify(said))
  const levels = books.flatMap((book) => [...book.bids, ...book.asks])
  const layout = measure(events.length, ticks.length, books.length, levels.length, text.length)
  const block = new Uint8Array(layout.bytes)
  new Uint32Array(block.buffer, 0, 5).set([events.length, ticks.length, books.length, levels.length, text.length])
  block.set(text, HEAD_BYTES)

  const tickPlaces = ticks.map((tick) => place.get(tick.product) ?? 0)
  const alone = new Array<number>(events.length).fill(0)
  const doubles = new Float64Array(block.buffer, layout.doubles, layout.doubleCount)
  let at = 0
  let column = 0
  const put = (values: readonly number[], places: readonly number[]): void => {
    block[layout.encodings + column] = writeColumn(doubles.subarray(at, at + values.length), values, places)
    at += values.length
    column += 1
  }
  put(
    events.map((event) => event.sequence),
    alone,
  )
  put(
    events.map((event) => event.time),
    alone,
  )
  for (const key of TICK_COLUMNS)
    put(
      ticks.map((tick) => tick[key]),
      tickPlaces,
    )
  levels.forEach(([price, size], index) => {
    doubles[at + index * 2] = price
    doubles[at + index * 2 + 1] = size
  })

  events.forEach((event, index) => {
    block[layout.kinds + index] = event.type === 'tick' ? KIND_TICK : event.type === 'book' ? KIND_BOOK : KIND_FEED
  })
  ticks.forEach((tick, index) => {
    block[layout.tickProducts + index] = tickPlaces[index] ?? 0
    block[layout.takers + index] = tick.takerSide === 'BUY' ? 0 : 1
  })
  books.forEach((book, index) => {
    block[layout.bookProducts + index] = place.get(book.product) ?? 0
    block[layout.bidCounts + index] = book.bids.length
    block[layout.askCounts + index] = book.asks.length
  })
  return block
}

/** @throws RangeError where the bytes are no block; only damage that a checksum missed, or another program, does that. */
export function decodeBlock(bytes: Uint8Array): MarketEvent[] {
  // Typed arrays of doubles want an aligned start, which a slice of a pooled buffer need not have.
  const block = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  if (block.length < HEAD_BYTES) throw new RangeError('a tape block is shorter than its head')
  const head = new Uint32Array(block.buffer, block.byteOffset, 5)
  const [eventCount = 0, tickCount = 0, bookCount = 0, levelCount = 0, textBytes = 0] = head
  const layout = measure(eventCount, tickCount, bookCount, levelCount, textBytes)
  if (layout.bytes !== block.length) throw new RangeError('a tape block has not the length that its head says')
  const text = new TextDecoder().decode(block.subarray(HEAD_BYTES, HEAD_BYTES + textBytes))
  const { products, feeds, late = [] } = JSON.parse(text) as Text
  const doubles = new Float64Array(block.buffer, block.byteOffset + layout.doubles, layout.doubleCount)
  const tickPlaces = block.subarray(layout.tickProducts, layout.tickProducts + tickCount)
  const alone = new Uint8Array(eventCount)
  let at = 0
  let column = 0
  const take = (count: number, places: Uint8Array): Float64Array => {
    const values = doubles.subarray(at, at + count)
    if (block[layout.encodings + column] === DIFFERENCES) restore(values, places)
    at += count
    column += 1
    return values
  }
  const sequence = take(eventCount, alone)
  const time = take(eventCount, alone)
  const ticks = TICK_COLUMNS.map(() => take(tickCount, tickPlaces))
  const levels = doubles.subarray(at)
  return assemble(block, layout, { products, feeds, late: new Map(late), sequence, time, ticks, levels })
}

const TICK_COLUMNS = ['price', 'size', 'bid', 'bidSize', 'ask', 'askSize', 'tradeId'] as const

interface Columns {
  readonly products: readonly Product[]
  readonly feeds: readonly FeedRow[]
  readonly late: ReadonlyMap<number, Micros>
  readonly sequence: Float64Array
  readonly time: Float64Array
  readonly ticks: readonly Float64Array[]
  readonly levels: Float64Array
}

function assemble(block: Uint8Array, layout: Layout, columns: Columns): MarketEvent[] {
  const { products, feeds, late, levels } = columns
  const [price, size, bid, bidSize, ask, askSize, tradeId] = columns.ticks as Seven<Float64Array>
  const events: MarketEvent[] = []
  let tick = 0
  let book = 0
  let feed = 0
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
      events.push({
        type: 'tick',
        sequence,
        time,
        product: named(products, block[layout.tickProducts + tick]),
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
      const product = named(products, block[layout.bookProducts + book])
      const bids = side(block[layout.bidCounts + book]!)
      const asks = side(block[layout.askCounts + book]!)
      events.push({ type: 'book', sequence, time, product, bids, asks })
      book += 1
    } else {
      const row = feeds[feed]
      if (row === undefined) throw new RangeError('a tape block holds more feed statuses than texts')
      events.push({ type: 'feed', sequence, time, ...row })
      feed += 1
    }
  }
  return events
}

type Seven<Item> = readonly [Item, Item, Item, Item, Item, Item, Item]

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
  readonly bytes: number
}

function measure(events: number, ticks: number, books: number, levels: number, textBytes: number): Layout {
  const doubles = HEAD_BYTES + Math.ceil(textBytes / 8) * 8
  const doubleCount = events * 2 + ticks * TICK_COLUMNS.length + levels * 2
  const kinds = doubles + doubleCount * 8
  const encodings = kinds + events
  const tickProducts = encodings + COLUMNS
  const takers = tickProducts + ticks
  const bookProducts = takers + ticks
  const bidCounts = bookProducts + books
  const askCounts = bidCounts + books
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
    bytes: askCounts + books,
  }
}
