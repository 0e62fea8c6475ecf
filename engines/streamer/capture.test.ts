import { describe, expect, it } from 'vitest'
import { inUnit } from '../domain/market/counting.ts'
import type { BookSnapshot, MarketEvent, Tick } from '../domain/market/market.ts'
import { EIGHTHS } from '../domain/market/unit.ts'
import {
  candleTicks,
  capturedFrames,
  captureEvents,
  hasRecording,
  MISSING_RECORDINGS,
  playCapture,
  quoteAndTradeTicks,
} from '../../tests/support/market/recordings.ts'
import { bestOf } from '../../tests/support/market/naive-books.ts'
import { createStreamerCore } from './core.ts'

interface RawFrame {
  readonly type: string
  readonly product_id: string
  readonly trade_id: number
  readonly side: string
  readonly price: string
  readonly size: string
  readonly asks: readonly (readonly [string, string])[]
  readonly bids: readonly (readonly [string, string])[]
  readonly changes: readonly (readonly [string, string, string])[]
}

/** A decimal of at most eight digits as a whole count of 1e-8, without the code under test. */
function units(text: string): number {
  return Number((Number(text) * 1e8).toFixed(0))
}

describe.skipIf(!hasRecording('rawCapture'))(`a raw Coinbase capture (else: ${MISSING_RECORDINGS})`, () => {
  it('reports every trade of the venue by exactly one tick, in order, with the price, size and taker it had', () => {
    const expected = new Map<string, string[]>()
    for (const { text } of capturedFrames()) {
      const frame = JSON.parse(text) as RawFrame
      if (frame.type !== 'match' && frame.type !== 'last_match') continue
      const list = expected.get(frame.product_id) ?? []
      list.push(
        [frame.trade_id, units(frame.price), units(frame.size), frame.side === 'buy' ? 'SELL' : 'BUY'].join(' '),
      )
      expected.set(frame.product_id, list)
    }
    const seen = new Map<string, string[]>()
    const last = new Map<string, number>()
    for (const event of captureEvents()) {
      if (event.type !== 'tick' || event.tradeId === (last.get(event.product) ?? 0)) continue
      last.set(event.product, event.tradeId)
      const list = seen.get(event.product) ?? []
      const { tradeId, price, size, takerSide } = inUnit(event, EIGHTHS)
      list.push([tradeId, price, size, takerSide].join(' '))
      seen.set(event.product, list)
    }
    expect([...expected.values()].flat()).toHaveLength(107)
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected))
  })

  it('has, after every frame, the best bid and ask of a book that the test builds for itself', () => {
    const books = new Map<string, { buy: Map<number, number>; sell: Map<number, number> }>()
    const ticks = new Map<string, Tick>()
    const published = new Map<string, BookSnapshot>()
    const frames = [...capturedFrames()]
    const core = createStreamerCore()
    const waiting: MarketEvent[] = []
    let compared = 0
    // The core is fed through the same door as everywhere; the events of each frame are looked at before the next.
    let index = -1
    const compare = (): void => {
      const frame = index >= 0 ? (JSON.parse(frames[index]!.text) as RawFrame) : null
      if (frame === null) return
      naiveUpdate(books, frame)
      for (const event of waiting.splice(0)) {
        if (event.type === 'tick') ticks.set(event.product, inUnit(event, EIGHTHS))
        if (event.type === 'book') published.set(event.product, inUnit(event, EIGHTHS))
      }
      if (frame.type !== 'l2update') return
      const book = books.get(frame.product_id)!
      const bids = bestOf(book.buy, 20, (a, b) => b - a)
      const asks = bestOf(book.sell, 20, (a, b) => a - b)
      const tick = ticks.get(frame.product_id)!
      const levels = published.get(frame.product_id)!
      // As text, which compares ten thousand books in a tenth of the time.
      expect(String([tick.bid, tick.bidSize, tick.ask, tick.askSize])).toBe(String([...bids[0]!, ...asks[0]!]))
      expect(String(levels.bids)).toBe(String(bids))
      expect(String(levels.asks)).toBe(String(asks))
      compared += 1
    }
    const watched = {
      products: [],
      unitOf: (product: string) => core.unitOf(product),
      counts: () => core.counts(),
      step: (input: Parameters<typeof core.step>[0], emit: Parameters<typeof core.step>[1]) => {
        core.step(input, emit)
        if (input.type !== 'message') return
        index += 1
        compare()
      },
    }
    playCapture(watched, (event) => waiting.push(event))
    expect(compared).toBe(9719)
    expect(core.counts()).toMatchObject({ garbage: 0, strayUpdates: 0, gaps: 0, doubtedBooks: 0, lost: 0 })
  })

  it('gives sequences without holes and times that never fall', () => {
    const events = captureEvents()
    expect(events.length).toBeGreaterThan(9_000)
    expect(events.every((event, index) => event.sequence === index + 1)).toBe(true)
    expect(events.every((event, index) => index === 0 || event.time >= events[index - 1]!.time)).toBe(true)
    expect(events[0]).toMatchObject({ type: 'feed', state: 'CONNECTED' })
  })
})

describe.skipIf(!hasRecording('quotesAndTrades'))(
  `recorded BTC-USD quotes and trades (else: ${MISSING_RECORDINGS})`,
  () => {
    it('become ticks with all 586 trades and no crossed quote', () => {
      const ticks = quoteAndTradeTicks()
      expect(ticks.at(-1)!.tradeId).toBe(586)
      expect(new Set(ticks.map((tick) => tick.tradeId)).size).toBe(586)
      expect(ticks.filter((tick) => tick.bid >= tick.ask)).toEqual([])
      expect(ticks.every((tick, index) => index === 0 || tick.time >= ticks[index - 1]!.time)).toBe(true)
      expect(ticks[0]).toMatchObject({
        price: 6_624_038_000_000,
        size: 6,
        takerSide: 'SELL',
        time: 1_784_621_728_793_647,
      })
    })
  },
)

describe.skipIf(!hasRecording('candles'))(`recorded 1-minute candles (else: ${MISSING_RECORDINGS})`, () => {
  it('become one tick a close, dated when the close was known', () => {
    const ticks = candleTicks(1)
    expect(ticks).toHaveLength(10_080)
    expect(ticks[0]).toMatchObject({ price: 1_017_481_000_000, time: 1_581_292_860_000_000 })
  })

  it('become four ticks a candle that stay inside their minute and never go back in time', () => {
    const ticks = candleTicks(4)
    expect(ticks).toHaveLength(40_320)
    expect(ticks.every((tick, index) => index === 0 || tick.time > ticks[index - 1]!.time)).toBe(true)
  })
})

function naiveUpdate(
  books: Map<string, { buy: Map<number, number>; sell: Map<number, number> }>,
  frame: RawFrame,
): void {
  if (frame.type === 'snapshot') {
    const side = (rows: RawFrame['asks']): Map<number, number> =>
      new Map(rows.map(([price, size]) => [units(price), units(size)] as const))
    books.set(frame.product_id, { buy: side(frame.bids), sell: side(frame.asks) })
  }
  if (frame.type !== 'l2update') return
  for (const [which, price, size] of frame.changes) {
    const side = books.get(frame.product_id)![which === 'buy' ? 'buy' : 'sell']
    if (Number(size) === 0) side.delete(units(price))
    else side.set(units(price), units(size))
  }
}
