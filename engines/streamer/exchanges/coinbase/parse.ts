import type { Level } from '../../../domain/market/market.ts'
import { decimalsOf, parseCount, type Fixed } from '../../../domain/money.ts'
import { isProduct, type Product } from '../../../domain/market/product.ts'
import { opposite, type Side } from '../../../domain/side.ts'
import { parseTime, type Micros } from '../../../domain/time.ts'
import { isUnit, unitOf, type Unit } from '../../../domain/market/unit.ts'
import type { BookChange, KnownUnits, VenueMessage, VenueRefusal, VenueTrade } from '../../venue.ts'

const MAX_REASON = 200

type Json = Readonly<Record<string, unknown>>

/** What decimals a frame's numbers have, as it is read. */
class Counting {
  readonly unit: Unit
  readonly faults: string[] = []
  /** A unit in which a number that was met can be counted, though not in {@link unit}. */
  private priceDecimals: number
  private sizeDecimals: number

  constructor(unit: Unit) {
    this.unit = unit
    this.priceDecimals = unit.price
    this.sizeDecimals = unit.size
  }

  /** Infinity: it is there, and cannot be counted in this unit. */
  price(value: unknown): Fixed {
    if (typeof value !== 'string') return Number.NaN
    const count = parseCount(value, this.unit.price)
    if (count === Infinity) this.priceDecimals = Math.max(this.priceDecimals, decimalsOf(value))
    return count
  }

  /** As {@link price}. */
  size(value: unknown): Fixed {
    if (typeof value !== 'string') return Number.NaN
    const count = parseCount(value, this.unit.size)
    if (count === Infinity) this.sizeDecimals = Math.max(this.sizeDecimals, decimalsOf(value))
    return count
  }

  /** The finer unit that the frame wants; null where this one does, or none would. */
  get finer(): Unit | null {
    const { priceDecimals: price, sizeDecimals: size, unit } = this
    if ((price === unit.price && size === unit.size) || !isUnit(price, size)) return null
    return unitOf(price, size)
  }
}

/** Reads in the unit that is known, and where that is too coarse once more, in one that does. */
function counted<Value>(known: Unit | null, read: (counting: Counting) => Value): { value: Value; faults: string[] } {
  const first = new Counting(known ?? unitOf(0, 0))
  const value = read(first)
  const { finer } = first
  if (finer === null) return { value, faults: first.faults }
  const second = new Counting(finer)
  return { value: read(second), faults: second.faults }
}

/**
 * Reads one frame of the Coinbase Exchange feed. This is the one door for the venue's bytes: nothing behind it checks
 * again, and it never throws.
 * Sides: Coinbase's `match` names the MAKER's side and `ticker` the TAKER's; both leave here as the taker's.
 * A number that is finer than its product's unit makes the message's unit finer: nothing is rounded. One that is too large to
 * be counted is Infinity.
 * @returns the message, or every fault of the frame at once.
 */
export function parseFrame(text: string, units: KnownUnits): VenueMessage | VenueRefusal {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refusal(['not JSON'])
  }
  if (!isRecord(value)) return refusal(['not an object'])
  const named = value['product_id']
  const known = typeof named === 'string' && isProduct(named) ? units(named) : null
  const { value: message, faults } = counted(known, (counting) => readMessage(value, counting))
  if (faults.length === 0) return message
  const isOfBook = message.type === 'l2update' || message.type === 'snapshot'
  return isOfBook ? { ...refusal(faults), book: message.product } : refusal(faults)
}

/**
 * Reads one trade of `GET /products/{id}/trades`.
 * @param known what the product is counted in
 * @returns the trade, or null where it is not one.
 */
export function parseRestTrade(value: unknown, known: Unit | null): VenueTrade | null {
  if (!isRecord(value)) return null
  const { value: trade, faults } = counted(known, (counting) => readTrade(value, 'size', counting, true))
  return faults.length === 0 ? trade : null
}

function readMessage(record: Json, counting: Counting): VenueMessage {
  const { unit, faults } = counting
  switch (record['type']) {
    case 'ticker':
      return readTicker(record, counting)
    case 'match':
    case 'last_match':
      return {
        type: record['type'],
        product: product(record, faults),
        trade: readTrade(record, 'size', counting, true),
      }
    case 'snapshot':
      return {
        type: 'snapshot',
        product: product(record, faults),
        unit,
        bids: readLevels(record, 'bids', counting),
        asks: readLevels(record, 'asks', counting),
      }
    case 'l2update':
      return {
        type: 'l2update',
        product: product(record, faults),
        unit,
        changes: readChanges(record, counting),
        time: record['time'] === undefined ? 0 : looseTime(record, faults),
      }
    case 'heartbeat':
      return {
        type: 'heartbeat',
        product: product(record, faults),
        lastTradeId: whole(record, 'last_trade_id', 0, faults),
        time: looseTime(record, faults),
      }
    case 'subscriptions':
      return { type: 'subscriptions', channels: readChannels(record, faults) }
    case 'error':
      return { type: 'error', message: words(record['message']), reason: words(record['reason']) }
    default:
      if (typeof record['type'] !== 'string') faults.push('type is missing')
      return { type: 'unknown', name: words(record['type']) }
  }
}

/** Captures before 2022 lack the best sizes, and a product that never traded has no trade_id. */
function readTicker(record: Json, counting: Counting): VenueMessage {
  const { unit, faults } = counting
  const traded = record['trade_id'] !== undefined && record['last_size'] !== undefined
  const trade = traded ? readTrade(record, 'last_size', counting, false) : null
  return {
    type: 'ticker',
    product: product(record, faults),
    trade,
    unit,
    bid: optional(record, 'best_bid', counting.price(record['best_bid']), faults),
    bidSize: optional(record, 'best_bid_size', counting.size(record['best_bid_size']), faults),
    ask: optional(record, 'best_ask', counting.price(record['best_ask']), faults),
    askSize: optional(record, 'best_ask_size', counting.size(record['best_ask_size']), faults),
    time: trade !== null ? trade.time : record['time'] === undefined ? 0 : looseTime(record, faults),
  }
}

function readTrade(record: Json, sizeKey: string, counting: Counting, sideIsMakers: boolean): VenueTrade {
  const { unit, faults } = counting
  const named = side(record['side'])
  if (named === null) faults.push(`side is ${quoted(record['side'])}, not buy or sell`)
  const time = looseTime(record, faults)
  if (time === 0) faults.push('time of a trade is before 1970')
  return {
    tradeId: whole(record, 'trade_id', 1, faults),
    unit,
    price: above0(record, 'price', counting.price(record['price']), faults),
    size: above0(record, sizeKey, counting.size(record[sizeKey]), faults),
    takerSide: named === null ? 'BUY' : sideIsMakers ? opposite(named) : named,
    time,
  }
}

function readLevels(record: Json, key: string, counting: Counting): Level[] {
  const { faults } = counting
  const rows = record[key]
  if (!Array.isArray(rows)) {
    faults.push(`${key} is not a list`)
    return []
  }
  const levels: Level[] = []
  for (const row of rows as readonly unknown[]) {
    const price = Array.isArray(row) ? counting.price(row[0]) : Number.NaN
    const size = Array.isArray(row) ? counting.size(row[1]) : Number.NaN
    if (!(price > 0) || !(size >= 0)) {
      faults.push(`${key} holds ${quoted(row)}`)
      return []
    }
    if (size > 0) levels.push([price, size])
  }
  return levels
}

function readChanges(record: Json, counting: Counting): BookChange[] {
  const { faults } = counting
  const rows = record['changes']
  if (!Array.isArray(rows)) {
    faults.push('changes is not a list')
    return []
  }
  const changes: BookChange[] = []
  for (const row of rows as readonly unknown[]) {
    const which = Array.isArray(row) ? side(row[0]) : null
    const price = Array.isArray(row) ? counting.price(row[1]) : Number.NaN
    const size = Array.isArray(row) ? counting.size(row[2]) : Number.NaN
    if (which === null || !(price > 0) || !(size >= 0)) {
      faults.push(`changes holds ${quoted(row)}`)
      return []
    }
    changes.push([which, price, size])
  }
  return changes
}

function readChannels(record: Json, faults: string[]): { name: string; products: Product[] }[] {
  const rows = record['channels']
  if (!Array.isArray(rows)) {
    faults.push('channels is not a list')
    return []
  }
  return (rows as readonly unknown[]).map((row) => {
    const ids = isRecord(row) && Array.isArray(row['product_ids']) ? (row['product_ids'] as readonly unknown[]) : []
    return { name: isRecord(row) ? words(row['name']) : words(row), products: ids.filter(isText) }
  })
}

function product(record: Json, faults: string[]): Product {
  const value = record['product_id']
  if (typeof value === 'string' && isProduct(value)) return value
  faults.push(`product_id is ${quoted(value)}`)
  return ''
}

function above0(record: Json, key: string, value: Fixed, faults: string[]): Fixed {
  if (!(value > 0)) faults.push(`${key} is ${quoted(record[key])}, not a decimal above 0`)
  return value
}

function optional(record: Json, key: string, value: Fixed, faults: string[]): Fixed {
  if (record[key] === undefined || record[key] === '') return 0
  if (!(value >= 0)) faults.push(`${key} is ${quoted(record[key])}, not a decimal`)
  return value
}

function whole(record: Json, key: string, least: number, faults: string[]): number {
  const value = record[key]
  // One beyond 2^53 is whole too, and for the core to refuse: as garbage it would be passed over in silence.
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value
  faults.push(`${key} is ${quoted(value)}, not a whole number from ${least}`)
  return least
}

/**
 * The venue has been seen to send the year 1 for "no time"; that, like all before 1970, becomes 0, and so does a time that
 * cannot be carried, which is none of the present.
 */
function looseTime(record: Json, faults: string[]): Micros {
  const value = typeof record['time'] === 'string' ? parseTime(record['time']) : Number.NaN
  if (Number.isNaN(value)) faults.push(`time is ${quoted(record['time'])}`)
  return value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0
}

function side(value: unknown): Side | null {
  return value === 'buy' ? 'BUY' : value === 'sell' ? 'SELL' : null
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function words(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_REASON) : ''
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value)
  return text === undefined ? 'missing' : text.slice(0, 40)
}

function refusal(faults: readonly string[]): VenueRefusal {
  return { type: 'refused', reason: faults.join('; ').slice(0, MAX_REASON) }
}
