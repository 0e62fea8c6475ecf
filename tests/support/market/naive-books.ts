import { capturedFrames, type CapturedFrame } from './recordings.ts'

/** The best prices and the last trade of a product, after one frame of the capture. */
export interface NaiveState {
  readonly bid: number
  readonly bidSize: number
  readonly ask: number
  readonly askSize: number
  /** 0 before the first. */
  readonly tradeId: number
  /** Best first. */
  readonly bids: readonly (readonly [number, number])[]
  readonly asks: readonly (readonly [number, number])[]
}

/** A trade as the capture reports it. */
export interface NaiveTrade {
  readonly receivedAt: CapturedFrame['receivedAt']
  readonly product: string
  readonly tradeId: number
  readonly price: number
  readonly size: number
  readonly takerSide: 'BUY' | 'SELL'
  /** Whether it happened before the capture began. */
  readonly earlier: boolean
}

interface Frame {
  readonly type: string
  readonly product_id: string
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
  readonly changes: readonly (readonly ['buy' | 'sell', string, string])[]
  readonly trade_id: number
  readonly price: string
  readonly size: string
  readonly side: 'buy' | 'sell'
}

type Sides = Record<'buy' | 'sell', Map<number, number>>

/** What the raw capture says, by product; made with plain maps and numbers, and none of the platform's code. */
export interface NaiveCapture {
  /** After each frame that changed something, once the book is known. */
  readonly states: ReadonlyMap<string, readonly NaiveState[]>
  /** In order, each id once. */
  readonly trades: readonly NaiveTrade[]
  readonly endsAt: number
}

/** The best levels of one side, best first; found in one look through all of it. */
export function bestOf(
  side: ReadonlyMap<number, number>,
  levels: number,
  order: (a: number, b: number) => number,
): (readonly [price: number, size: number])[] {
  const found: number[] = []
  for (const price of side.keys()) {
    if (found.length === levels && order(price, found[levels - 1]!) >= 0) continue
    let place = found.length
    while (place > 0 && order(price, found[place - 1]!) < 0) place--
    found.splice(place, 0, price)
    if (found.length > levels) found.pop()
  }
  return found.map((price) => [price, side.get(price)!])
}

/** `levels`: how many a side are kept of each book. */
export function naiveCapture(levels: number): NaiveCapture {
  const books = new Map<string, Sides>()
  const lastTrade = new Map<string, number>()
  const states = new Map<string, NaiveState[]>()
  const trades: NaiveTrade[] = []
  let endsAt = 0
  const note = (product: string): void => {
    const book = books.get(product)
    if (book === undefined) return
    const bids = bestOf(book.buy, levels, (a, b) => b - a)
    const asks = bestOf(book.sell, levels, (a, b) => a - b)
    const [[bid, bidSize], [ask, askSize]] = [bids[0]!, asks[0]!]
    const state = { bid, bidSize, ask, askSize, tradeId: lastTrade.get(product) ?? 0, bids, asks }
    const list = states.get(product) ?? []
    list.push(state)
    states.set(product, list)
  }
  for (const { receivedAt, text } of capturedFrames()) {
    const frame = JSON.parse(text) as Frame
    const product = frame.product_id
    endsAt = receivedAt
    if (frame.type === 'snapshot') {
      const side = (rows: Frame['bids']) => new Map(rows.map(([price, size]) => [Number(price), Number(size)]))
      books.set(product, { buy: side(frame.bids), sell: side(frame.asks) })
      note(product)
    } else if (frame.type === 'l2update') {
      for (const [side, price, size] of frame.changes) {
        if (Number(size) === 0) books.get(product)![side].delete(Number(price))
        else books.get(product)![side].set(Number(price), Number(size))
      }
      note(product)
    } else if (frame.type === 'match' || frame.type === 'last_match') {
      lastTrade.set(product, frame.trade_id)
      trades.push({
        receivedAt,
        product,
        tradeId: frame.trade_id,
        price: Number(frame.price),
        size: Number(frame.size),
        takerSide: frame.side === 'buy' ? 'SELL' : 'BUY',
        earlier: frame.type === 'last_match',
      })
      note(product)
    }
  }
  return { states, trades, endsAt }
}
