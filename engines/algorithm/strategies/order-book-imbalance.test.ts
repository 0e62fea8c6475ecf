import { EIGHTHS, unitOf } from '../../domain/market/unit.ts'
import { describe, expect, it } from 'vitest'
import type { BookSnapshot, FeedStatus, Level, MarketEvent, Tick } from '../../domain/market/market.ts'
import { toFixed } from '../../../tests/support/market/eighths.ts'
import type { Signal } from '../../domain/trading/signal.ts'
import { createAlgorithmCore } from '../core.ts'
import imbalance from './order-book-imbalance.ts'

const SECOND = 1_000_000
let sequence = 0

function levels(sizes: readonly number[], from: number, step: number): Level[] {
  return sizes.map((size, index) => [toFixed(from + step * index), toFixed(size)])
}

function book(second: number, bids: readonly number[], asks: readonly number[], product = 'BTC-USD'): BookSnapshot {
  sequence += 1
  const sides = { bids: levels(bids, 100, -1), asks: levels(asks, 101, 1) }
  return { type: 'book', unit: EIGHTHS, sequence, time: second * SECOND, product, ...sides }
}

function tick(second: number, bidSize: number, askSize: number): Tick {
  sequence += 1
  return {
    type: 'tick',
    unit: EIGHTHS,
    sequence,
    time: second * SECOND,
    product: 'BTC-USD',
    price: toFixed(100.5),
    size: 1,
    bid: toFixed(100),
    bidSize: toFixed(bidSize),
    ask: toFixed(101),
    askSize: toFixed(askSize),
    tradeId: 1,
    takerSide: 'BUY',
  }
}

function feed(second: number, state: FeedStatus['state'], product = ''): FeedStatus {
  sequence += 1
  return { type: 'feed', sequence, time: second * SECOND, state, product, count: 0, detail: '' }
}

function run(parameters: Record<string, unknown>, events: readonly MarketEvent[]): Signal[] {
  const core = createAlgorithmCore(imbalance, { ...imbalance.defaults, ...parameters })
  const signals: Signal[] = []
  for (const event of events) core.step(event, (signal) => signals.push(signal))
  return signals
}

describe('order-book-imbalance', () => {
  it('buys where bids outweigh asks, with the confidence of its formula and the last trade as price', () => {
    const cause = book(1, [9, 9], [1, 1])
    expect(run({ LOOKBACK_PERIODS: 1 }, [tick(0, 1, 1), cause])).toEqual([
      {
        type: 'signal',
        unit: EIGHTHS,
        product: 'BTC-USD',
        side: 'BUY',
        confidence: (0.8 - 0.6) / (1 - 0.6),
        price: toFixed(100.5),
        indicator: 0.8,
        reason: 'imbalance 0.800 at or past 0.6',
        time: SECOND,
        cause: cause.sequence,
      },
    ])
  })

  it('sells where asks outweigh bids', () => {
    const [signal] = run({ LOOKBACK_PERIODS: 1 }, [book(1, [], [50])])
    expect(signal).toMatchObject({
      side: 'SELL',
      indicator: -1,
      confidence: 1,
      reason: 'imbalance -1.000 at or past -0.6',
    })
  })

  it('signals at the threshold itself, with no confidence', () => {
    const [signal] = run({ LOOKBACK_PERIODS: 1, IMBALANCE_THRESHOLD: 0.5 }, [book(1, [15], [5])])
    expect(signal).toMatchObject({ indicator: 0.5, confidence: 0 })
  })

  it('averages over its look-back, and waits for it', () => {
    const books = [book(1, [20], [0]), book(2, [20], [0]), book(3, [10], [10]), book(4, [10], [10])]
    const signals = run({ LOOKBACK_PERIODS: 3, IMBALANCE_THRESHOLD: 0.5 }, books)
    expect(signals).toMatchObject([{ time: 3 * SECOND, indicator: 2 / 3 }])
    expect(imbalance.warmUp(imbalance.defaults)).toBe(5)
  })

  it('says nothing while the book is thin', () => {
    expect(run({ LOOKBACK_PERIODS: 1 }, [book(1, [9.99], []), book(2, [10], [])])).toMatchObject([{ time: 2 * SECOND }])
  })

  it('says nothing while the book is worth little, whatever one costs', () => {
    const run1 = (value: number) => run({ LOOKBACK_PERIODS: 1, MIN_VOLUME_VALUE: value }, [book(1, [20], [])])
    expect([run1(2_000).length, run1(2_000.01).length]).toEqual([1, 0])
    const best = (value: number) =>
      run({ LOOKBACK_PERIODS: 1, BOOK_LEVELS: 1, MIN_VOLUME_VALUE: value }, [tick(1, 20, 1)])
    expect([best(2_101).length, best(2_101.01).length]).toEqual([1, 0])
    const unit = unitOf(8, 0)
    const shib = { ...book(1, [], []), unit, bids: [[812, 400_000_000]] as const }
    expect(run({ LOOKBACK_PERIODS: 1, MIN_VOLUME_VALUE: 3_248 }, [shib])).toHaveLength(1)
    expect(run({ LOOKBACK_PERIODS: 1, MIN_VOLUME_VALUE: 3_249 }, [shib])).toHaveLength(0)
  })

  it('adds up as many levels as it is told', () => {
    const one = book(1, [11, 0, 0], [1, 80, 80])
    expect(run({ LOOKBACK_PERIODS: 1, BOOK_LEVELS: 2 }, [one])).toMatchObject([{ side: 'SELL' }])
    expect(run({ LOOKBACK_PERIODS: 1, BOOK_LEVELS: 1 }, [one])).toEqual([])
  })

  it('looks at the best level of ticks where it is told so, leaving out what is not known', () => {
    const events = [tick(1, 20, 0), tick(2, 0, 20), tick(3, 20, 1), book(4, [1], [90])]
    const expected = [{ side: 'BUY', time: 3 * SECOND }]
    expect(run({ LOOKBACK_PERIODS: 1, BOOK_LEVELS: 1 }, events)).toMatchObject(expected)
    expect(run({ LOOKBACK_PERIODS: 1, BOOK_LEVELS: 0 }, events)).toMatchObject(expected)
  })

  it('keeps quiet for the cooldown', () => {
    const books = [0, 0.05, 0.1, 0.15, 0.2].map((second) => book(second, [20], []))
    expect(run({ LOOKBACK_PERIODS: 1 }, books).map((signal) => signal.time)).toEqual([0, 100_000, 200_000])
  })

  it.each([
    ['all products', '', 0],
    ['this product', 'BTC-USD', 0],
    ['another product', 'ETH-USD', 1],
  ])('forgets its look-back when %s reconnect', (_, product, count) => {
    const events = [book(1, [20], []), feed(2, 'RECONNECTING', product), feed(3, 'CONNECTED'), book(4, [20], [])]
    expect(run({ LOOKBACK_PERIODS: 2 }, events)).toHaveLength(count)
  })

  it('keeps its look-back over missing trades', () => {
    expect(
      run({ LOOKBACK_PERIODS: 2 }, [book(1, [20], []), feed(2, 'GAP', 'BTC-USD'), book(3, [20], [])]),
    ).toHaveLength(1)
  })

  it('keeps products apart', () => {
    expect(run({ LOOKBACK_PERIODS: 2 }, [book(1, [20], []), book(2, [20], [], 'ETH-USD')])).toEqual([])
  })

  it('has the defaults that the product promises', () => {
    const promised = {
      IMBALANCE_THRESHOLD: 0.6,
      MIN_VOLUME_THRESHOLD: 10,
      LOOKBACK_PERIODS: 5,
      SIGNAL_COOLDOWN_MS: 100,
    }
    expect(imbalance.defaults).toEqual({ ...promised, MIN_VOLUME_VALUE: 0, BOOK_LEVELS: 10 })
  })
})
