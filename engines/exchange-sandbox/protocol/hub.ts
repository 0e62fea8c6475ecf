import type { Fixed } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import { MICROS_PER_MILLISECOND, type Micros } from '../../domain/time.ts'
import type { Change, MarketAction, TickerAction, TradeAction } from '../action.ts'
import type { Connection } from './connection.ts'
import type { ExchangeState, ProductState } from './exchange-state.ts'
import { heartbeatFrame, matchFrame, snapshotFrame, tickerFrame, updateFrame } from './frames.ts'
import type { Channel, ClientRequest } from './request.ts'

/** How long level changes are gathered, in market time. */
export const BATCH_MICROS: Micros = 50 * MICROS_PER_MILLISECOND

/** Says to each client what it subscribed to. */
export interface Hub {
  readonly connections: Set<Connection>
  /** Takes the action into the exchange's state and tells of it. */
  readonly apply: (action: MarketAction) => void
  /** Sends the level changes whose batch is over at a market time. */
  readonly settle: (time: Micros) => void
  /** What a new subscriber is told at once: snapshot, newest ticker, last match. */
  readonly welcome: (connection: Connection, request: ClientRequest) => void
  readonly heartbeat: (time: Micros) => void
  /** The slow ticker channel's beat. */
  readonly slowTicker: () => void
  /** The next `count` trades of a product reach nobody; REST and the heartbeats know them. */
  readonly dropTrades: (product: Product, count: number) => void
}

interface Batch {
  readonly end: Micros
  readonly changes: Map<Fixed, Change>
}

export function createHub(state: ExchangeState): Hub {
  const connections = new Set<Connection>()
  const batches = new Map<Product, Batch>()
  const toDrop = new Map<Product, number>()
  const dropped = new Map<Product, number>()
  const slowSent = new Map<Product, number>()

  const listeners = (channel: Channel, product: Product): Connection[] =>
    [...connections].filter((connection) => connection.wants(channel, product))
  const tell = (channel: Channel, product: Product, frame: () => string): void => {
    const to = listeners(channel, product)
    if (to.length === 0) return
    const text = frame()
    for (const connection of to) connection.send(text)
  }

  const flush = (of: ProductState, time: Micros): void => {
    const { product } = of.listing
    const batch = batches.get(product)
    if (batch === undefined) return
    batches.delete(product)
    tell('level2_50', product, () => updateFrame(of.listing, batch.changes.values(), Math.min(time, batch.end)))
  }

  /** In the order of market time, and so the same however often the market is looked at. */
  const settle = (time: Micros): void => {
    for (const [product, batch] of batches) if (batch.end <= time) flush(state.get(product)!, batch.end)
  }

  const gather = (of: ProductState, changes: readonly Change[], time: Micros): void => {
    const { product } = of.listing
    const open = batches.get(product)
    if (open !== undefined && time >= open.end) flush(of, open.end)
    const end = (Math.floor(time / BATCH_MICROS) + 1) * BATCH_MICROS
    const batch = batches.get(product) ?? { end, changes: new Map() }
    batches.set(product, batch)
    // A price rests on one side only, so the price alone names a level; the sign keeps a switch of sides apart.
    for (const change of changes) batch.changes.set(change[0] === 'BUY' ? change[1] : -change[1], change)
  }

  const onTrade = (of: ProductState, trade: TradeAction): void => {
    const { product } = trade
    flush(of, trade.time)
    const drop = toDrop.get(product) ?? 0
    if (drop > 0) {
      toDrop.set(product, drop - 1)
      dropped.set(product, trade.tradeId)
      return
    }
    tell('matches', product, () => matchFrame(trade, of.listing, trade.type === 'trade' ? 'match' : 'last_match'))
  }

  const onTicker = (of: ProductState, ticker: TickerAction): void => {
    // Of a trade the venue tells the book's change first, then match and ticker in either order.
    flush(of, ticker.time)
    if (dropped.get(ticker.product) === ticker.tradeId) return
    tell('ticker', ticker.product, () => tickerFrame(ticker, of))
  }

  return {
    connections,
    apply(action) {
      const of = state.get(action.product)
      if (of === undefined) return
      settle(action.time)
      of.apply(action)
      switch (action.type) {
        case 'snapshot':
          batches.delete(action.product)
          return tell('level2_50', action.product, () => snapshotFrame(of))
        case 'book':
          return gather(of, action.changes, action.time)
        case 'ticker':
          return onTicker(of, action)
        case 'trade':
        case 'last-trade':
          return onTrade(of, action)
      }
    },
    settle,
    welcome(connection, { channels }) {
      for (const product of channels.get('level2_50') ?? []) {
        const of = state.get(product)
        if (of?.hasBook() === true) connection.send(snapshotFrame(of))
      }
      for (const channel of ['ticker', 'ticker_1000'] as const) {
        for (const product of channels.get(channel) ?? []) {
          const ticker = state.get(product)?.lastTicker() ?? null
          if (ticker !== null) connection.send(tickerFrame(ticker, state.get(product)!))
        }
      }
      for (const product of channels.get('matches') ?? []) {
        const trade = state.get(product)?.lastTrade() ?? null
        if (trade !== null) connection.send(matchFrame(trade, state.get(product)!.listing, 'last_match'))
      }
    },
    heartbeat(time) {
      for (const [product, of] of state) tell('heartbeat', product, () => heartbeatFrame(of, Math.max(time, of.time())))
    },
    slowTicker() {
      for (const [product, of] of state) {
        const ticker = of.lastTicker()
        if (ticker === null || slowSent.get(product) === ticker.tradeId) continue
        slowSent.set(product, ticker.tradeId)
        tell('ticker_1000', product, () => tickerFrame(ticker, of))
      }
    },
    dropTrades: (product, count) => {
      toDrop.set(product, count)
    },
  }
}
