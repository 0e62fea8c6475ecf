import { formatTime, MICROS_PER_SECOND, parseTime, type Micros } from '../../domain/time.ts'
import type { Product } from '../../domain/market/product.ts'
import type { TradeAction } from '../action.ts'
import { GRANULARITIES, MOST_CANDLES } from '../protocol/candles.ts'
import type { ExchangeState, ProductState } from '../protocol/exchange-state.ts'
import { sideText } from '../protocol/frames.ts'
import { formatScaled, type Listing } from '../listing.ts'
import { productInfo } from '../protocol/product-info.ts'

/** The answer to a REST request. */
export interface RestAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const NOT_FOUND: RestAnswer = { status: 404, body: { message: 'NotFound' } }

/** The most trades of one answer. */
const MOST_TRADES = 1000
const LEVELS_OF_BOOK = 50

function bad(message: string): RestAnswer {
  return { status: 400, body: { message } }
}

/**
 * Answers a GET of the venue's public REST API.
 * @param time market time
 */
export function answerRest(url: URL, state: ExchangeState, time: Micros): RestAnswer {
  const [first, id, resource, more] = url.pathname.split('/').filter((part) => part !== '')
  if (first === 'time' && id === undefined) {
    return { status: 200, body: { iso: formatTime(time), epoch: time / MICROS_PER_SECOND } }
  }
  if (first !== 'products' || more !== undefined) return NOT_FOUND
  if (id === undefined) return { status: 200, body: [...state.values()].map(({ listing }) => productInfo(listing)) }
  const product = state.get(decodeProduct(id))
  if (product === undefined) return NOT_FOUND
  switch (resource) {
    case undefined:
      return { status: 200, body: productInfo(product.listing) }
    case 'trades':
      return trades(product, url.searchParams)
    case 'candles':
      return candles(product, url.searchParams, time)
    case 'book':
      return book(product, url.searchParams, time)
    case 'ticker':
      return ticker(product, time)
    case 'stats':
      return stats(product, time)
    default:
      return NOT_FOUND
  }
}

function decodeProduct(text: string): Product {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not a percent-encoding: certainly not a product either.
    return ''
  }
}

/** A whole number above 0 from the query; null where it is absent, NaN where it is anything else. */
function wholeOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value > 0 ? value : Number.NaN
}

function tradeRow(trade: TradeAction, listing: Listing) {
  return {
    time: formatTime(trade.time),
    trade_id: trade.tradeId,
    price: formatScaled(trade.price, listing.priceScale),
    size: formatScaled(trade.size, listing.sizeScale),
    side: sideText(trade.makerSide),
  }
}

/** Newest first. `after` gives ids below it, `before` ids above it; each page tells its ends as cursors. */
function trades(product: ProductState, query: URLSearchParams): RestAnswer {
  const limit = wholeOf(query, 'limit') ?? MOST_TRADES
  const after = wholeOf(query, 'after')
  const before = wholeOf(query, 'before')
  const faults = Object.entries({ limit, after, before }).filter(([, value]) => Number.isNaN(value))
  if (faults.length > 0) return bad(`${faults.map(([name]) => name).join(', ')} must be a whole number above 0`)
  const known = product.trades()
  const page: TradeAction[] = []
  for (let index = known.length - 1; index >= 0 && page.length < Math.min(limit, MOST_TRADES); index -= 1) {
    const trade = known[index]!
    if (after !== null && trade.tradeId >= after) continue
    if (before !== null && trade.tradeId <= before) break
    page.push(trade)
  }
  const newest = page[0]
  const oldest = page.at(-1)
  const headers: Record<string, string> = {}
  if (newest !== undefined) headers['CB-BEFORE'] = String(newest.tradeId)
  if (oldest !== undefined) headers['CB-AFTER'] = String(oldest.tradeId)
  return { status: 200, body: page.map((trade) => tradeRow(trade, product.listing)), headers }
}

/** Seconds since 1970 from ISO-8601 text or a number of seconds. */
function secondsOf(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  const exact = parseTime(text)
  return (Number.isNaN(exact) ? Date.parse(text) * 1000 : exact) / MICROS_PER_SECOND
}

function candles(product: ProductState, query: URLSearchParams, time: Micros): RestAnswer {
  const granularity = wholeOf(query, 'granularity') ?? 60
  if (!GRANULARITIES.includes(granularity)) return bad('Unsupported granularity')
  const end = query.has('end') ? secondsOf(query.get('end')!) : time / MICROS_PER_SECOND
  const start = query.has('start') ? secondsOf(query.get('start')!) : end - MOST_CANDLES * granularity
  if (Number.isNaN(start) || Number.isNaN(end)) return bad('start and end must be ISO 8601 or unix seconds')
  if (start > end) return bad('start must not be after end')
  if ((end - start) / granularity > MOST_CANDLES) {
    return bad(
      'granularity too small for the requested time range. ' +
        `Count of aggregations requested exceeds ${MOST_CANDLES}`,
    )
  }
  return { status: 200, body: product.candles.rows(granularity, start, end) }
}

function book(product: ProductState, query: URLSearchParams, time: Micros): RestAnswer {
  const level = query.get('level') ?? '1'
  if (level === '3') return { status: 401, body: { message: 'level 3 requires authentication' } }
  if (level !== '1' && level !== '2') return bad('level must be 1 or 2')
  const { listing } = product
  const count = level === '1' ? 1 : LEVELS_OF_BOOK
  const rows = (levels: ReturnType<ProductState['bids']>) =>
    levels
      .slice(0, count)
      .map(([price, size]) => [formatScaled(price, listing.priceScale), formatScaled(size, listing.sizeScale), 1])
  const { bids, asks, sequence } = product
  const body = { bids: rows(bids()), asks: rows(asks()), sequence: sequence(), auction_mode: false, auction: null }
  return { status: 200, body: { ...body, time: formatTime(time) } }
}

function ticker(product: ProductState, time: Micros): RestAnswer {
  const last = product.lastTrade()
  if (last === null) return NOT_FOUND
  const { listing } = product
  const price = (value: number | undefined) => formatScaled(value ?? 0, listing.priceScale)
  return {
    status: 200,
    body: {
      ask: price(product.asks()[0]?.[0]),
      bid: price(product.bids()[0]?.[0]),
      volume: product.candles.day(time).volume24h.toFixed(8),
      trade_id: last.tradeId,
      price: price(last.price),
      size: formatScaled(last.size, listing.sizeScale),
      time: formatTime(last.time),
    },
  }
}

function stats(product: ProductState, time: Micros): RestAnswer {
  const { priceScale } = product.listing
  const day = product.candles.day(time)
  return {
    status: 200,
    body: {
      open: day.open.toFixed(priceScale),
      high: day.high.toFixed(priceScale),
      low: day.low.toFixed(priceScale),
      last: formatScaled(product.lastTrade()?.price ?? 0, priceScale),
      volume: day.volume24h.toFixed(8),
      volume_30day: day.volume30d.toFixed(8),
    },
  }
}
