import { INSTRUMENT_ORIGINS } from '../../../domain/market/instrument.ts'
import type { InstrumentNotice, Level, MarketEvent } from '../../../domain/market/market.ts'
import { parseAmount } from '../../../domain/money.ts'
import type { Product } from '../../../domain/market/product.ts'
import type { Side } from '../../../domain/side.ts'
import type { Micros } from '../../../domain/time.ts'
import { EIGHTHS, unitOf, type Unit } from '../../../domain/market/unit.ts'
import {
  BAR_COLUMNS,
  DIFFERENCES,
  HEAD_BYTES,
  KIND_BAR,
  KIND_BOOK,
  KIND_INSTRUMENT,
  KIND_TICK,
  MAX_BLOCK_PRODUCTS,
  measure,
  TICK_COLUMNS,
  type InstrumentRow,
  type Layout,
  type Text,
} from './layout.ts'

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

function restore(values: Float64Array, places: Uint8Array): void {
  const previous = new Float64Array(MAX_BLOCK_PRODUCTS + 1)
  for (let index = 0; index < values.length; index += 1) {
    const value = previous[places[index]!]! + values[index]!
    values[index] = value
    previous[places[index]!] = value
  }
}
