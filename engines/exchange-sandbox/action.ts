import type { Fixed } from '../domain/money.ts'
import type { Level } from '../domain/market/market.ts'
import type { Product } from '../domain/market/product.ts'
import type { Side } from '../domain/side.ts'
import type { Micros } from '../domain/time.ts'

/** One changed price level: the book's side, the price, and the size that rests there now (0: nothing). */
export type Change = readonly [side: Side, price: Fixed, size: Fixed]

interface OnProduct {
  readonly product: Product
  /** The venue's time. Never falls within a product. */
  readonly time: Micros
}

/** The whole book, replacing what was known of it. Best first: bids fall, asks rise. */
export interface SnapshotAction extends OnProduct {
  readonly type: 'snapshot'
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** Levels that changed together; absolute sizes. */
export interface BookAction extends OnProduct {
  readonly type: 'book'
  readonly changes: readonly Change[]
}

/**
 * A trade. The book action that it caused comes before it. `last-trade` is the same, but happened before the market
 * was opened to us: it tells where the market stands.
 */
export interface TradeAction extends OnProduct {
  readonly type: 'trade' | 'last-trade'
  /** Rises per product, with holes. */
  readonly sequence: number
  /** Contiguous per product. */
  readonly tradeId: number
  readonly price: Fixed
  readonly size: Fixed
  readonly makerSide: Side
  /** As recorded; where absent they are derived from the trade's id. */
  readonly orderIds?: readonly [maker: string, taker: string]
}

/** The day's figures of a ticker: decimal numbers in quote (prices) and base currency (volumes). */
export interface DayStats {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly volume24h: number
  readonly volume30d: number
}

/** What the ticker channel says after a taker order is done: its last trade and the best prices that it left. */
export interface TickerAction extends OnProduct {
  readonly type: 'ticker'
  readonly sequence: number
  readonly tradeId: number
  readonly price: Fixed
  readonly size: Fixed
  readonly takerSide: Side
  readonly bid: Fixed
  readonly ask: Fixed
  /** 0 where not recorded. */
  readonly bidSize: Fixed
  readonly askSize: Fixed
  /** As recorded; where absent they follow from the trades seen. */
  readonly stats?: DayStats
}

/** All that can happen at the sandbox's market, whether generated, captured or taken from a tape. */
export type MarketAction = SnapshotAction | BookAction | TradeAction | TickerAction
