import { createHash } from 'node:crypto'
import type { Level, MarketEvent, Tick } from '../../engines/domain/market/market.ts'
import { countOf, parseCount, type Fixed } from '../../engines/domain/money.ts'
import { unitOf } from '../../engines/domain/market/unit.ts'
import { sliceOf } from './recorded.ts'
import type { Vector, WrittenEvent } from './vectors.ts'

const slices = new WeakMap<Vector, readonly WrittenEvent[]>()

/** The events of a scenario's market, as the other program was given them. A slice is cut once. */
export function writtenEvents(vector: Vector): readonly WrittenEvent[] {
  if (vector.market.type === 'written') return vector.market.events
  const slice = slices.get(vector) ?? sliceOf(vector.market)
  slices.set(vector, slice)
  return slice
}

/** The digest of a market by which it is known to be the one that the other program was given. */
export function digestOf(events: readonly WrittenEvent[], instrument: Vector['instrument']): string {
  const hash = createHash('sha256')
  for (const event of events) hash.update(`${lineOf(event, instrument)}\n`)
  return hash.digest('hex')
}

/** An event in whole counts, as the makers of the vectors write it down. */
function lineOf(event: WrittenEvent, { priceDecimals, sizeDecimals }: Vector['instrument']): string {
  const price = (text: string): Fixed => counted(text, priceDecimals)
  const size = (text: string): Fixed => counted(text, sizeDecimals)
  const levels = (side: readonly [string, string][]): string =>
    side.map((one) => `${price(one[0])}:${size(one[1])}`).join()
  const head = `${event.kind} ${event.at}`
  if (event.kind === 'book') return `${head} ${levels(event.bids)} ${levels(event.asks)}`
  if (event.kind === 'trade') return `${head} ${price(event.price)} ${size(event.size)} ${event.taker}`
  if (event.kind === 'quote')
    return `${head} ${price(event.bid)} ${size(event.bidSize)} ${price(event.ask)} ${size(event.askSize)}`
  const prices = [event.open, event.high, event.low, event.close].map(price).join(' ')
  return `${head} ${event.begin} ${prices} ${size(event.volume)}`
}

/** Recordings write small sizes as `6e-08`. */
function counted(text: string, decimals: number): Fixed {
  const exact = parseCount(text, decimals)
  return Number.isNaN(exact) ? countOf(Number(text), decimals) : exact
}

/**
 * A scenario's market as a feed session tells it. A book is followed by a tick where the best prices or sizes are others; a
 * quote and a trade are ticks. Trades are counted from 1. A recording that tells bars has bars alone.
 */
export function marketEvents(vector: Vector): readonly MarketEvent[] {
  const { priceDecimals, sizeDecimals } = vector.instrument
  const unit = unitOf(priceDecimals, sizeDecimals)
  const product = vector.market.product
  const events: MarketEvent[] = []
  const price = (text: string): Fixed => counted(text, priceDecimals)
  const size = (text: string): Fixed => counted(text, sizeDecimals)
  let last: Omit<Tick, 'sequence' | 'time'> = { ...NOTHING, product, unit }
  const tick = (time: number, change: Partial<Tick>): void => {
    const same = (Object.keys(change) as (keyof typeof last)[]).every((key) => change[key] === last[key])
    if (same) return
    last = { ...last, ...change }
    events.push({ ...last, sequence: events.length + 1, time })
  }
  for (const event of writtenEvents(vector)) {
    const head = { sequence: events.length + 1, time: event.at, product, unit }
    if (event.kind === 'book') {
      const [bids, asks] = [event.bids, event.asks].map((side) =>
        side.map((one): Level => [price(one[0]), size(one[1])]),
      )
      events.push({ ...head, type: 'book', bids: bids!, asks: asks! })
      const [bid, bidSize] = bids![0] ?? [0, 0]
      const [ask, askSize] = asks![0] ?? [0, 0]
      tick(event.at, { bid, bidSize, ask, askSize })
    } else if (event.kind === 'quote') {
      const { bid, bidSize, ask, askSize } = event
      tick(event.at, { bid: price(bid), bidSize: size(bidSize), ask: price(ask), askSize: size(askSize) })
    } else if (event.kind === 'trade') {
      const trade = { price: price(event.price), size: size(event.size), takerSide: event.taker }
      tick(event.at, { ...trade, tradeId: last.tradeId + 1 })
    } else {
      const { begin, open, high, low, close, volume } = event
      const prices = { open: price(open), high: price(high), low: price(low), close: price(close) }
      events.push({ ...head, type: 'bar', begin, ...prices, volume: size(volume) })
    }
  }
  return events
}

const NOTHING = {
  type: 'tick',
  price: 0,
  size: 0,
  bid: 0,
  bidSize: 0,
  ask: 0,
  askSize: 0,
  tradeId: 0,
  takerSide: 'BUY',
} as const
