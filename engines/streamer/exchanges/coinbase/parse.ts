import type { Level } from '../../../domain/market.ts'
import { parseFixed, type Fixed } from '../../../domain/money.ts'
import { isProduct, type Product } from '../../../domain/product.ts'
import { opposite, type Side } from '../../../domain/side.ts'
import { parseTime, type Micros } from '../../../domain/time.ts'
import type { BookChange, VenueMessage, VenueRefusal, VenueTrade } from '../../venue.ts'

const MAX_REASON = 200

type Json = Readonly<Record<string, unknown>>

/**
 * Reads one frame of the Coinbase Exchange feed. This is the one door for the venue's bytes: nothing behind it checks
 * again, and it never throws.
 * Sides: Coinbase's `match` names the MAKER's side and `ticker` the TAKER's; both leave here as the taker's.
 * @returns the message, or every fault of the frame at once.
 */
export function parseFrame(text: string): VenueMessage | VenueRefusal {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refusal(['not JSON'])
  }
  if (!isRecord(value)) return refusal(['not an object'])
  const faults: string[] = []
  const message = readMessage(value, faults)
  if (faults.length === 0) return message
  const isOfBook = message.type === 'l2update' || message.type === 'snapshot'
  return isOfBook ? { ...refusal(faults), book: message.product } : refusal(faults)
}

/**
 * Reads one trade of `GET /products/{id}/trades`.
 * @returns the trade, or null where it is not one.
 */
export function parseRestTrade(value: unknown): VenueTrade | null {
  if (!isRecord(value)) return null
  const faults: string[] = []
  const trade = readTrade(value, 'size', faults, true)
  return faults.length === 0 ? trade : null
}

function readMessage(record: Json, faults: string[]): VenueMessage {
  switch (record['type']) {
    case 'ticker':
      return readTicker(record, faults)
    case 'match':
    case 'last_match':
      return { type: record['type'], product: product(record, faults), trade: readTrade(record, 'size', faults, true) }
    case 'snapshot':
      return {
        type: 'snapshot',
        product: product(record, faults),
        bids: readLevels(record, 'bids', faults),
        asks: readLevels(record, 'asks', faults),
      }
    case 'l2update':
      return {
        type: 'l2update',
        product: product(record, faults),
        changes: readChanges(record, faults),
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
function readTicker(record: Json, faults: string[]): VenueMessage {
  const traded = record['trade_id'] !== undefined && record['last_size'] !== undefined
  const trade = traded ? readTrade(record, 'last_size', faults, false) : null
  return {
    type: 'ticker',
    product: product(record, faults),
    trade,
    bid: optionalDecimal(record, 'best_bid', faults),
    bidSize: optionalDecimal(record, 'best_bid_size', faults),
    ask: optionalDecimal(record, 'best_ask', faults),
    askSize: optionalDecimal(record, 'best_ask_size', faults),
    time: trade !== null ? trade.time : record['time'] === undefined ? 0 : looseTime(record, faults),
  }
}

function readTrade(record: Json, sizeKey: string, faults: string[], sideIsMakers: boolean): VenueTrade {
  const named = side(record['side'])
  if (named === null) faults.push(`side is ${quoted(record['side'])}, not buy or sell`)
  const time = looseTime(record, faults)
  if (time === 0) faults.push('time of a trade is before 1970')
  return {
    tradeId: whole(record, 'trade_id', 1, faults),
    price: decimal(record, 'price', faults),
    size: decimal(record, sizeKey, faults),
    takerSide: named === null ? 'BUY' : sideIsMakers ? opposite(named) : named,
    time,
  }
}

function readLevels(record: Json, key: string, faults: string[]): Level[] {
  const rows = record[key]
  if (!Array.isArray(rows)) {
    faults.push(`${key} is not a list`)
    return []
  }
  const levels: Level[] = []
  for (const row of rows as readonly unknown[]) {
    const price = Array.isArray(row) ? fixed(row[0]) : Number.NaN
    const size = Array.isArray(row) ? fixed(row[1]) : Number.NaN
    if (!(price > 0) || !(size >= 0)) {
      faults.push(`${key} holds ${quoted(row)}`)
      return []
    }
    if (size > 0) levels.push([price, size])
  }
  return levels
}

function readChanges(record: Json, faults: string[]): BookChange[] {
  const rows = record['changes']
  if (!Array.isArray(rows)) {
    faults.push('changes is not a list')
    return []
  }
  const changes: BookChange[] = []
  for (const row of rows as readonly unknown[]) {
    const which = Array.isArray(row) ? side(row[0]) : null
    const price = Array.isArray(row) ? fixed(row[1]) : Number.NaN
    const size = Array.isArray(row) ? fixed(row[2]) : Number.NaN
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

function decimal(record: Json, key: string, faults: string[]): Fixed {
  const value = fixed(record[key])
  if (!(value > 0)) faults.push(`${key} is ${quoted(record[key])}, not a decimal above 0`)
  return value
}

function optionalDecimal(record: Json, key: string, faults: string[]): Fixed {
  if (record[key] === undefined || record[key] === '') return 0
  const value = fixed(record[key])
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

/** A decimal too long to be read is one all the same: Infinity says that it is there and cannot be carried. */
const LONG_DECIMAL = /^\d{16,40}(\.\d{1,40})?$/

function fixed(value: unknown): Fixed {
  if (typeof value !== 'string') return Number.NaN
  return LONG_DECIMAL.test(value) ? Infinity : parseFixed(value)
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
