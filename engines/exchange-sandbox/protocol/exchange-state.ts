import type { Level } from '../../domain/market/market.ts'
import { numberOf, type Fixed } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Micros } from '../../domain/time.ts'
import type { MarketAction, TickerAction, TradeAction } from '../action.ts'
import { createCandleStore, type CandleRow, type CandleStore } from './candles.ts'
import type { Listing } from '../listing.ts'

/** How many trades of each product REST can still give. */
export const DEFAULT_TRADE_HISTORY = 10_000

/** What the exchange knows of one product: all that a late joiner or a REST request is told. */
export interface ProductState {
  readonly listing: Listing
  /** Whether a book is known yet. */
  readonly hasBook: () => boolean
  readonly bids: () => Level[]
  readonly asks: () => Level[]
  /** Size resting at a price on either side, 0 where nothing. */
  readonly sizeAt: (price: Fixed) => Fixed
  readonly lastTrade: () => TradeAction | null
  readonly lastTicker: () => TickerAction | null
  /** Greatest sequence seen. */
  readonly sequence: () => number
  /** Time of the newest action. */
  readonly time: () => Micros
  /** Oldest first, bounded. */
  readonly trades: () => readonly TradeAction[]
  readonly candles: CandleStore
  readonly apply: (action: MarketAction) => void
}

/** The state of all products. */
export type ExchangeState = ReadonlyMap<Product, ProductState>

/** @param past minute candles from before the start, oldest first */
export function createProductState(listing: Listing, history: number, past: readonly CandleRow[]): ProductState {
  const bids = new Map<Fixed, Fixed>()
  const asks = new Map<Fixed, Fixed>()
  const candles = createCandleStore(past)
  let trades: TradeAction[] = []
  let hasBook = false
  let lastTicker: TickerAction | null = null
  let sequence = 0
  let time: Micros = 0

  const set = (side: Map<Fixed, Fixed>, price: Fixed, size: Fixed): void => {
    if (size === 0) side.delete(price)
    else side.set(price, size)
  }
  const trade = (action: TradeAction): void => {
    trades.push(action)
    // Cut rarely, so that keeping the bound costs next to nothing per trade.
    if (trades.length > history * 1.1 + 1) trades = trades.slice(-history)
    candles.add(action.time, numberOf(action.price, listing.priceScale), numberOf(action.size, listing.sizeScale))
  }

  return {
    listing,
    hasBook: () => hasBook,
    bids: () => [...bids].sort((one, other) => other[0] - one[0]),
    asks: () => [...asks].sort((one, other) => one[0] - other[0]),
    sizeAt: (price) => bids.get(price) ?? asks.get(price) ?? 0,
    lastTrade: () => trades.at(-1) ?? null,
    lastTicker: () => lastTicker,
    sequence: () => sequence,
    time: () => time,
    trades: () => (trades.length > history ? trades.slice(-history) : trades),
    candles,
    apply(action) {
      time = Math.max(time, action.time)
      switch (action.type) {
        case 'snapshot':
          bids.clear()
          asks.clear()
          for (const [price, size] of action.bids) bids.set(price, size)
          for (const [price, size] of action.asks) asks.set(price, size)
          hasBook = true
          return
        case 'book':
          for (const [side, price, size] of action.changes) set(side === 'BUY' ? bids : asks, price, size)
          return
        case 'ticker':
          lastTicker = action
          sequence = Math.max(sequence, action.sequence)
          return
        case 'trade':
        case 'last-trade':
          trade(action)
          sequence = Math.max(sequence, action.sequence)
      }
    },
  }
}
