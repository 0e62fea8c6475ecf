import type { Side } from '../../domain/side.ts'
import type { OrderReason, OrderState, OrderType } from '../../domain/trading/order.ts'

/**
 * What a strategy's author works with. All prices, sizes and sums are ordinary numbers, prices and sums in the quote currency; times are
 * milliseconds since 1970, of the market, never of a clock.
 */

/** A trade of the venue. */
export interface Trade {
  readonly product: string
  readonly price: number
  readonly size: number
  /** Which side took. */
  readonly taker: Side
  /** When the venue made it. */
  readonly time: number
}

/** The best prices; a price or size of 0 is not known. */
export interface Quote {
  readonly product: string
  readonly bid: number
  readonly bidSize: number
  readonly ask: number
  readonly askSize: number
  readonly time: number
}

/** A price and the size that is displayed at it. */
export type BookLevel = readonly [price: number, size: number]

/** The displayed book, best first. */
export interface Book {
  readonly product: string
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  readonly time: number
}

/** What became of a price within an interval. One without a trade is left out. */
export interface Candle {
  readonly product: string
  /** Its length. */
  readonly seconds: number
  /** When it begins. */
  readonly begin: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Traded size; 0 where that is not known. */
  readonly volume: number
}

/** What can be traded, and in which steps. Kept up to date: an instrument may be defined anew in mid-run. */
export interface InstrumentView {
  readonly product: string
  /** The currency that is bought, of `BTC-USD` BTC. */
  readonly base: string
  /** The currency that is paid with, of `BTC-USD` USD. */
  readonly quote: string
  /** Prices are multiples of it. */
  readonly priceIncrement: number
  /** Sizes are multiples of it. */
  readonly sizeIncrement: number
  /** Smallest size; 0: none is known. */
  readonly minSize: number
  /** A price so many increments away, exactly on one: `ticks(bid, -1)` is one tick under the bid. */
  ticks(price: number, count: number): number
}

/** An order as it stands. */
export interface OrderView {
  /** Its number in the run. */
  readonly id: number
  readonly product: string
  readonly side: Side
  readonly type: OrderType
  readonly state: OrderState
  /** Why it is as it is, where the state does not say all. */
  readonly reason: OrderReason | null
  /** The same for a person; empty where there is nothing to add. */
  readonly detail: string
  readonly size: number
  readonly filled: number
  /** Average price of what is filled; 0 where nothing is. */
  readonly averagePrice: number
  /** 0: it has none. */
  readonly limit: number
  /** Where it triggers now; 0: it has none, or is not active yet. */
  readonly stop: number
  /** The entry that it guards the position of; 0: none. */
  readonly parent: number
}

/** A fill of one of the strategy's orders. */
export interface FillView {
  readonly product: string
  readonly orderId: number
  readonly side: Side
  readonly price: number
  readonly size: number
  readonly fee: number
  readonly maker: boolean
  /** Position after it; negative is short. */
  readonly position: number
  readonly time: number
}

/** What an order is to guard its fills with. Shares are of the entry's average price: 0.01 is one per cent. */
export interface Guards {
  /** Closes with a gain: a share of the price of the entry, or `{ at: price }`. */
  readonly takeProfit?: number | { readonly at: number }
  /** Closes with a loss: a share of the price of the entry, or `{ at: price }`. */
  readonly stopLoss?: number | { readonly at: number }
  /** A stop that follows the best price at a share or an amount, from a gain of `after` on (a share; absent: at once). */
  readonly trail?: { readonly share?: number; readonly amount?: number; readonly after?: number }
  /** Closes the position at the market so many seconds after the first fill. */
  readonly maxHold?: number
}

/** How much of a product; exactly one of them. */
export interface Size {
  /** So many units of the base currency. */
  readonly units?: number
  /** So much of the quote currency. */
  readonly value?: number
  /** So much of the equity: 0.02 is two per cent. */
  readonly share?: number
  /** So much of the equity is lost where the stop is hit; needs `stopLoss`. */
  readonly risk?: number
}

/** An order. Without `limit` and `stop` it takes at the market. */
export interface OrderOptions extends Size, Guards {
  /** At this price or better. Rounded to the increment on the passive side. */
  readonly limit?: number
  /** Waits until this price is reached. */
  readonly stop?: number
  /** Refuse instead of taking. */
  readonly postOnly?: boolean
  /** Only close. */
  readonly reduceOnly?: boolean
  /** `GTC` unless told otherwise. */
  readonly timeInForce?: 'GTC' | 'IOC' | 'FOK'
  /** Ends so many seconds of market time from now. */
  readonly expiresIn?: number
}

/** What is to be other of an order; what is left out stays. */
export interface ChangeOptions {
  readonly limit?: number
  readonly stop?: number
  /** What is still to be filled. */
  readonly units?: number
}

/** What became of a wish. */
export interface Placed {
  /** The order's number, also of one that was refused. */
  readonly id: number
  /** Why it was refused; null: it is on its way. */
  readonly refused: { readonly reason: string; readonly detail: string } | null
}

/** The strategy's account in one product. */
export interface ProductAccount {
  readonly instrument: InstrumentView
  /** What is held; negative is short. */
  readonly position: number
  /** Average price of what is held; 0 where nothing is. */
  readonly averagePrice: number
  /** Orders of the product that have not ended, those that guard a position among them. */
  readonly orders: readonly OrderView[]
  /** Cash and the worth of everything that is held. */
  readonly equity: number
  readonly cash: number
  /** Market time. */
  readonly now: number
  buy(options: OrderOptions): Placed
  sell(options: OrderOptions): Placed
  /** Trades at the market until the position is a share of the equity; negative is short. Null: it is that already, to an increment. */
  target(share: number): Placed | null
  /** Closes at the market what is held and not on its way to be closed; null: nothing is. */
  close(): Placed | null
  /** Takes an order back. @returns why that cannot be; null: it is on its way */
  cancel(id: number): { readonly reason: string; readonly detail: string } | null
  /** Takes back all orders of the product that open or were placed by the strategy. */
  cancelAll(): void
  replace(id: number, change: ChangeOptions): Placed
  /** Calls `onTimer` with the name once so many seconds of market time have passed; the same name again moves it. */
  timer(name: string, seconds: number): void
}

/** The account over all products. */
export interface PortfolioAccount {
  readonly equity: number
  readonly cash: number
  readonly now: number
  /** Products that were seen, in order of appearance. */
  readonly products: readonly string[]
  of(product: string): ProductAccount
}

/** What a strategy wants to be told; it gets nothing else. */
export interface Inputs {
  readonly trades?: boolean
  readonly quotes?: boolean
  readonly book?: boolean
  /** Lengths in seconds. */
  readonly candles?: readonly number[]
}

/** What a strategy does at what; `me` is its account, in the product at hand or over all. */
export interface Handlers<Me> {
  onTrade?(trade: Trade, me: Me): void
  onQuote?(quote: Quote, me: Me): void
  onBook?(book: Book, me: Me): void
  onCandle?(candle: Candle, me: Me): void
  /** After each change of an order. */
  onOrder?(order: OrderView, me: Me): void
  onFill?(fill: FillView, me: Me): void
  onTimer?(name: string, me: Me): void
  /** The connection to the venue is gone: quotes and book are unknown until the next. */
  onGap?(me: Me): void
}
