import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHistory } from '../../live/history.ts'
import { createFakeFeeds } from '../../tests/fake-feeds.ts'
import { samplePortfolio } from '../../tests/sample-run.ts'
import type { Signal, Trade } from './feed-documents.ts'
import { shownLines } from './engines/logs.tsx'
import { catchUp } from './market/catch-up.ts'
import { createMarket } from './market/market.ts'
import { createIndicatorLine, marksOf } from './market/marks.ts'
import { createPortfolioFeed } from './equity/portfolio-feed.ts'
import { sentenceOfPrices } from './market/price-summary.tsx'
import { formatMicros } from './engines/quality.tsx'
import { shownInterval, viewOf } from './search.ts'

const at = (second: number): string => new Date(second * 1000).toISOString().replace('Z', '000Z')
const signal = (sequence: number, second: number, more: Partial<Signal> = {}): Signal =>
  ({
    sequence: String(sequence),
    time: at(second),
    product: 'BTC-USD',
    indicator: sequence,
    side: 'BUY',
    ...more,
  }) as Signal
const trade = (signalSequence: number, second: number): Trade =>
  ({ signalSequence: String(signalSequence), time: at(second), product: 'BTC-USD', side: 'SELL' }) as Trade

function historyOf<Item>(...items: readonly Item[]) {
  const history = createHistory<Item>(1_000)
  for (const item of items) history.append(item)
  return history
}

const candle = (second: number, price: string) => ({
  time: at(second),
  open: price,
  high: price,
  low: price,
  close: price,
})

/** Stored candles of a length, whole unless it is said up to which second they go. */
const series = (candles: readonly ReturnType<typeof candle>[] = [], interval = 1, until?: number) => ({
  interval,
  until:
    until !== undefined
      ? at(until)
      : candles.length === 0
        ? null
        : at(Date.parse(candles.at(-1)!.time) / 1000 + interval),
  candles: [...candles],
})

describe('a market', () => {
  const tick = (second: number, price: string, bid = '9', ask = '11', more: { high?: string; low?: string } = {}) => ({
    ticks: { product: 'BTC-USD', price, open: price, high: price, low: price, ...more, bid, ask, time: at(second) },
  })

  it('goes on from the stored candles with the ticks, in every interval', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('BTC-USD', series([candle(100, '10'), candle(103, '12')]))
    market.follow(feeds.connection, 'run', () => 7)
    const fine = market.quotes(1, 0)
    feeds.say('Ticks', tick(104, '8'))

    expect(fine.price.all().map(({ close }) => close)).toEqual([10, 12, 8])
    expect(market.quotes(5, 0).price.all()).toEqual([{ time: 100, open: 10, high: 12, low: 8, close: 8 }])
    expect(market.newest.get()?.heardAt).toBe(7)
  })

  it('keeps the highest and lowest price of the ticks that one stands for', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('BTC-USD', series())
    market.follow(feeds.connection, 'run', () => 0)
    feeds.say('Ticks', tick(100, '8', '7', '9', { high: '10', low: '6' }))
    feeds.say('Ticks', tick(100, '9'))

    expect(market.quotes(1, 0).price.all()).toEqual([{ time: 100, open: 8, high: 10, low: 6, close: 9 }])
  })

  it('has a hole from its stored candles to its first tick until these reach it, and after a cut again', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('BTC-USD', series([candle(100, '10')]))
    market.follow(feeds.connection, 'run', () => 0)
    expect(market.hasHole()).toBe(false)
    feeds.say('Ticks', tick(103.5, '9'))
    feeds.say('Ticks', tick(104, '8'))
    expect(market.hasHole()).toBe(true)

    market.fill(series([candle(100, '10'), candle(101, '11'), candle(102, '12')]))
    // The second of the first tick began before it.
    expect(market.hasHole()).toBe(true)
    market.fill(series([candle(101, '11'), candle(102, '12'), { ...candle(103, '9'), high: '15' }]))
    expect([market.hasHole(), market.filled.get()]).toEqual([false, 2])
    const whole = market.quotes(1, 0).price.all()
    expect(whole.map(({ time, high, close }) => [time, high, close])).toEqual([
      [100, 10, 10],
      [101, 11, 11],
      [102, 12, 12],
      [103, 15, 9],
      [104, 8, 8],
    ])

    market.cut()
    feeds.say('Ticks', tick(109, '7'))
    expect(market.hasHole()).toBe(true)
  })

  it('joins a stored candle that is only begun with the ticks that go on from it', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('BTC-USD', series([{ ...candle(100, '10'), high: '12' }], 5, 101))
    market.follow(feeds.connection, 'run', () => 0)
    feeds.say('Ticks', tick(103, '8'))
    expect(market.hasHole()).toBe(true)

    market.fill(series([{ ...candle(100, '10'), low: '7', close: '9' }], 5, 104))
    feeds.say('Ticks', tick(104, '11'))
    market.fill(series([{ ...candle(100, '10'), low: '7', close: '9' }], 5, 104))
    expect(market.hasHole()).toBe(false)
    expect(market.quotes(5, 0).price.all()).toEqual([{ time: 100, open: 10, high: 12, low: 7, close: 11 }])
  })

  it('asks for what it has missed until it is there, less and less often where nothing new was kept', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    let kept = series([candle(100, '10')])
    const asked: unknown[] = []
    const feeds = createFakeFeeds((name, variables) => {
      if (name !== 'Candles') return undefined
      asked.push(variables['from'])
      return { simulation: { candles: kept } }
    })
    const market = createMarket('BTC-USD', series())
    market.follow(feeds.connection, 'run', () => 0)
    const { connection } = feeds
    const told = { market, connection, id: 'run', product: 'BTC-USD', isBehind: market.hasHole, onFault: vi.fn() }
    const stop = catchUp(told)
    onTestFinished(stop)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toEqual([])

    feeds.say('Ticks', tick(102, '9'))
    await vi.advanceTimersByTimeAsync(60_000)
    // After 2 s, 2 s more, then 4, 8, 16: nothing new came.
    expect(asked.length).toBe(5)
    expect(asked.slice(0, 2)).toEqual([null, new Date(101_000).toISOString()])
    kept = series([candle(101, '11'), candle(102, '12')])
    await vi.advanceTimersByTimeAsync(120_000)
    expect(asked.length).toBe(6)
    expect(
      market
        .quotes(1, 0)
        .price.all()
        .map(({ time }) => time),
    ).toEqual([100, 101, 102])
  })

  it('is as exact as the most exact of its prices, those of an ended run too', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('DOGE-USD', series([candle(1, '0.24015'), candle(2, '0.24')]))
    expect(market.digits()).toBe(5)
    market.follow(feeds.connection, 'run', () => 0)
    feeds.say('Ticks', tick(3, '0.24', '0.2399', '0.240001'))

    expect(market.digits()).toBe(6)
  })

  it('draws no bid or ask where none is known', () => {
    const feeds = createFakeFeeds()
    const market = createMarket('BTC-USD', series())
    market.follow(feeds.connection, 'run', () => 0)
    feeds.say('Ticks', tick(1, '8', '0', '11'))

    const { bid, ask } = market.quotes(1, 0)
    expect([bid.all().length, ask.all().length]).toEqual([0, 1])
  })
})

describe('marks', () => {
  it('are the fills, and the signals that were not filled, in order of time, of one product', () => {
    const signals = historyOf(
      signal(1, 10, { decision: 'ACCEPTED' }),
      signal(3, 30, { decision: 'REFUSED' }),
      signal(4, 5, { decision: 'REFUSED', product: 'ETH-USD' }),
      signal(5, 20, { decision: 'ACCEPTED' }),
    )
    const trades = historyOf(trade(1, 11))

    expect(marksOf(signals, trades, 'BTC-USD', true, 1).map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      'sold 1',
      'signal 5',
      'refused 3',
    ])
    expect(marksOf(signals, trades, 'BTC-USD', false, 1)).toHaveLength(1)
  })

  it('are at most three hundred of each kind, however many there were', () => {
    const signals = historyOf(
      ...Array.from({ length: 900 }, (_none, index) => signal(index, index, { decision: 'REFUSED' })),
    )

    expect(marksOf(signals, historyOf<Trade>(), 'BTC-USD', true, 1)).toHaveLength(300)
  })

  it('are one for all of a kind and side at a candle: the newest, with their number', () => {
    const refused = { decision: 'REFUSED' }
    const signals = historyOf(
      signal(1, 10, refused),
      signal(2, 14, refused),
      signal(3, 14, { ...refused, side: 'SELL' }),
    )

    const marks = marksOf(signals, historyOf<Trade>(), 'BTC-USD', true, 5)
    expect(marks.map(({ id, side, count }) => [id, side, count])).toEqual([
      ['2', 'BUY', 2],
      ['3', 'SELL', 1],
    ])
  })
})

it("follows the indicator's values, and begins anew where older ones come before", () => {
  const signals = historyOf(signal(5, 50))
  const line = createIndicatorLine(signals, 'BTC-USD', 10)
  expect(
    line()
      .all()
      .map(({ close }) => close),
  ).toEqual([5])
  signals.append(signal(6, 55))
  signals.append(signal(7, 60, { product: 'ETH-USD' }))
  expect(
    line()
      .all()
      .map(({ close }) => close),
  ).toEqual([6])
  signals.prepend([signal(2, 20)])

  expect(
    line()
      .all()
      .map(({ time, close }) => [time, close]),
  ).toEqual([
    [20, 2],
    [50, 6],
  ])
})

describe('a portfolio feed', () => {
  const curve = [
    { time: at(100), equity: '100', drawdown: 0, buyAndHoldReturn: null },
    { time: at(200), equity: '90', drawdown: 0.1, buyAndHoldReturn: -0.2 },
  ]

  it('puts what is stored before what has come', () => {
    const feed = createPortfolioFeed(100, samplePortfolio({ time: at(300), equity: '95', drawdown: 0.05 }))
    feed.seed(curve)

    expect(
      feed
        .equity()
        .all()
        .map(({ close }) => close),
    ).toEqual([100, 90, 95])
    expect(
      feed
        .drawdown()
        .all()
        .map(({ high }) => high),
    ).toEqual([0, 0.1, 0.05])
  })

  it('draws what holding would have come to, where that is known', () => {
    const feed = createPortfolioFeed(100, samplePortfolio({ time: at(300), buyAndHoldReturn: 0.5 }))
    feed.seed(curve)

    const held = feed.buyAndHold().all()
    expect(held.map(({ time, close }) => [time, close])).toEqual([
      [200, 80],
      [300, 150],
    ])
  })

  it('keeps every value at its moment, however often what is stored is read again', () => {
    const feeds = createFakeFeeds()
    const feed = createPortfolioFeed(100, null)
    feed.follow(feeds.connection, 'run')
    const moments = Array.from({ length: 2_500 }, (_none, second) => {
      return samplePortfolio({ sequence: String(second), time: at(second), equity: String(second) })
    })
    for (const portfolio of moments) feeds.say('Portfolio', { portfolio })
    // Of the coarse candles by now, one begins at 2490 and ends with what was at 2494.
    feed.seed(moments.filter((_one, second) => second % 10 === 0))

    const [at2490] = feed
      .equity()
      .all()
      .filter(({ time }) => time === 2_490)
    expect(at2490?.close).toBe(2_490)
    expect(feed.equity().all().at(-1)?.close).toBe(2_499)
  })

  it('shows what is stored once the run has ended, also where more was told than was kept', () => {
    const feeds = createFakeFeeds()
    const feed = createPortfolioFeed(100, null)
    feed.follow(feeds.connection, 'run')
    const told = (sequence: string, second: number, equity: string) =>
      samplePortfolio({ sequence, time: at(second), equity })
    feeds.say('Portfolio', { portfolio: told('489', 300, '70') })
    feeds.refuse('Portfolio', 'The database cannot be reached.', 'STORE_UNAVAILABLE')
    expect(feed.fault.get()?.sentence).toBe('The database cannot be reached.')
    feed.settle(told('400', 200, '90'))
    feed.seed(curve, true)
    feed.take(told('489', 300, '70'))

    expect([feed.newest.get()?.sequence, feed.pnl.get(), feed.fault.get()]).toEqual(['400', -10, null])
    expect(
      feed
        .equity()
        .all()
        .map(({ close }) => close),
    ).toEqual([100, 90])
  })

  it('keeps a long run in few points without losing its lowest', () => {
    const feeds = createFakeFeeds()
    const feed = createPortfolioFeed(100, null)
    feed.follow(feeds.connection, 'run')
    for (let second = 0; second < 30_000; second++) {
      const equity = second === 12_345 ? '1' : '100'
      feeds.say('Portfolio', { portfolio: samplePortfolio({ sequence: String(second), time: at(second), equity }) })
    }

    expect(feed.equity().all().length).toBeLessThanOrEqual(2_000)
    expect(
      Math.min(
        ...feed
          .equity()
          .all()
          .map(({ low }) => low),
      ),
    ).toBe(1)
  })
})

describe('the address', () => {
  const view = (words: string, isFinal = false) =>
    viewOf(new URLSearchParams(words), { products: ['BTC-USD', 'ETH-USD'], isFinal })

  it('says what is looked at', () => {
    expect(
      view('tab=trades&product=ETH-USD&interval=5s&range=1h&marks=fills&trace=12&level=warn&role=ALGORITHM'),
    ).toEqual({
      tab: 'trades',
      product: 'ETH-USD',
      interval: '5s',
      range: '1h',
      signals: false,
      table: false,
      equityTable: false,
      trace: '12',
      level: 'warn',
      role: 'ALGORITHM',
    })
  })

  it('is as if a word that means nothing were not there', () => {
    expect(view('tab=x&product=x&interval=toString&range=x&trace=x&level=x&role=x')).toEqual(view(''))
  })

  it('shows the last minutes of a run that is on, and all of one that has ended', () => {
    expect([view('').range, view('', true).range]).toEqual(['15m', 'all'])
    expect(shownInterval(view(''), 30_000, 1)).toBe(1)
    expect([shownInterval(view(''), 86_400_000, 1), shownInterval(view('', true), 86_400_000, 1)]).toEqual([5, 300])
    expect([shownInterval(view('interval=1s'), 0, 5), shownInterval(view('interval=1m'), 0, 5)]).toEqual([5, 60])
    // Candles of 7 s make none of 1 min, and none are longer than a day's.
    expect([shownInterval(view('interval=1m'), 0, 7), shownInterval(view('interval=1m'), 0, 86_400)]).toEqual([
      7, 86_400,
    ])
  })
})

it('shows the newest log lines of a level and up, and of one engine', () => {
  const line = (sequence: number, level: string, role = 'ALGORITHM') =>
    ({ sequence: String(sequence), level, role, time: at(1), message: '' }) as never
  const lines = [line(1, 'debug'), line(2, 'warn'), line(3, 'error', 'SIMULATOR')]

  expect(shownLines(lines, { level: 'warn', role: null })).toHaveLength(2)
  expect(shownLines(lines, { level: 'debug', role: 'ALGORITHM' })).toHaveLength(2)
})

it('tells a chart of prices in a sentence', () => {
  const { price } = createMarket('BTC-USD', series([candle(3_600, '10'), candle(3_603, '12')])).quotes(1, 0)

  expect(sentenceOfPrices({ price }, [], 'utc', 3_603_000)).toBe(
    '2 candles of 1 s, 01:00:00 to 01:00:03: from 10 to 12, lowest 10, highest 12. Marked: 0 fills, 0 signals.',
  )
})

it.each([
  [850, '850 µs'],
  [1_234, '1.23 ms'],
  [45_678, '45.7 ms'],
  [2_500_000, '2.50 s'],
])('writes %d microseconds as %s', (micros, text) => {
  expect(formatMicros(micros)).toBe(text)
})
