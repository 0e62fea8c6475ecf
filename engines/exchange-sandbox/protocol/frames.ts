import type { Level } from '../../domain/market/market.ts'
import type { Fixed } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Side } from '../../domain/side.ts'
import { formatTime, type Micros } from '../../domain/time.ts'
import type { Change, DayStats, TickerAction, TradeAction } from '../action.ts'
import type { ProductState } from './exchange-state.ts'
import { formatScaled, type Listing } from '../listing.ts'
import { hashText } from '../market/random.ts'

/** The venue's spelling of a side. */
export function sideText(side: Side): 'buy' | 'sell' {
  return side === 'BUY' ? 'buy' : 'sell'
}

/** A made-up order id that is always the same for the same trade. */
export function orderId(product: Product, tradeId: number, role: 'maker' | 'taker'): string {
  const hex = [0, 1, 2, 3]
    .map((part) => hashText(`${role}${part} ${product} ${tradeId}`).toString(16).padStart(8, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

function pairs(levels: readonly Level[], listing: Listing): [string, string][] {
  return levels.map(([price, size]) => [formatScaled(price, listing.priceScale), formatScaled(size, listing.sizeScale)])
}

/** The whole book: bids fall, asks rise; no time and no sequence. */
export function snapshotFrame(state: ProductState): string {
  return JSON.stringify({
    type: 'snapshot',
    product_id: state.listing.product,
    asks: pairs(state.asks(), state.listing),
    bids: pairs(state.bids(), state.listing),
  })
}

/** Changed levels with absolute sizes; a zero at the product's scale takes the level away. */
export function updateFrame(listing: Listing, changes: Iterable<Change>, time: Micros): string {
  const rows: [string, string, string][] = []
  for (const [side, price, size] of changes) {
    rows.push([sideText(side), formatScaled(price, listing.priceScale), formatScaled(size, listing.sizeScale)])
  }
  return JSON.stringify({ type: 'l2update', product_id: listing.product, changes: rows, time: formatTime(time) })
}

/** `side` is the MAKER's. */
export function matchFrame(trade: TradeAction, listing: Listing, type: 'match' | 'last_match'): string {
  return JSON.stringify({
    type,
    trade_id: trade.tradeId,
    maker_order_id: trade.orderIds?.[0] ?? orderId(trade.product, trade.tradeId, 'maker'),
    taker_order_id: trade.orderIds?.[1] ?? orderId(trade.product, trade.tradeId, 'taker'),
    side: sideText(trade.makerSide),
    size: formatScaled(trade.size, listing.sizeScale),
    price: formatScaled(trade.price, listing.priceScale),
    product_id: trade.product,
    sequence: trade.sequence,
    time: formatTime(trade.time),
  })
}

function volumeText(volume: number): string {
  return volume.toFixed(8)
}

/** `side` is the TAKER's. Sizes of the best levels are left out where they are not known, as before 2022. */
export function tickerFrame(ticker: TickerAction, state: ProductState): string {
  const { priceScale, sizeScale, product } = state.listing
  const stats: DayStats = ticker.stats ?? state.candles.day(ticker.time)
  const price = (value: Fixed): string => formatScaled(value, priceScale)
  const bidSize = ticker.bidSize || state.sizeAt(ticker.bid)
  const askSize = ticker.askSize || state.sizeAt(ticker.ask)
  return JSON.stringify({
    type: 'ticker',
    sequence: ticker.sequence,
    product_id: product,
    price: price(ticker.price),
    open_24h: stats.open.toFixed(priceScale),
    volume_24h: volumeText(stats.volume24h),
    low_24h: stats.low.toFixed(priceScale),
    high_24h: stats.high.toFixed(priceScale),
    volume_30d: volumeText(stats.volume30d),
    best_bid: price(ticker.bid),
    ...(bidSize > 0 ? { best_bid_size: formatScaled(bidSize, sizeScale) } : {}),
    best_ask: price(ticker.ask),
    ...(askSize > 0 ? { best_ask_size: formatScaled(askSize, sizeScale) } : {}),
    side: sideText(ticker.takerSide),
    time: formatTime(ticker.time),
    trade_id: ticker.tradeId,
    last_size: formatScaled(ticker.size, sizeScale),
  })
}

/** Tells the newest trade id and sequence, whether or not the trade's own frames arrived. */
export function heartbeatFrame(state: ProductState, time: Micros): string {
  return JSON.stringify({
    type: 'heartbeat',
    last_trade_id: state.lastTrade()?.tradeId ?? 0,
    product_id: state.listing.product,
    sequence: state.sequence(),
    time: formatTime(time),
  })
}

/** All channels of a connection, under the venue's own names. */
export function subscriptionsFrame(channels: ReadonlyMap<string, ReadonlySet<Product>>): string {
  return JSON.stringify({
    type: 'subscriptions',
    channels: [...channels].map(([name, products]) => ({ name, product_ids: [...products], account_ids: null })),
  })
}

export function errorFrame(message: string, reason?: string): string {
  return JSON.stringify({ type: 'error', message, ...(reason === undefined ? {} : { reason }) })
}
