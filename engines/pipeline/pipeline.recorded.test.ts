import { amountOf, AMOUNT_ONE, type Fixed } from '../domain/money.ts'
import { EIGHTHS } from '../domain/market/unit.ts'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectIdentity, expectSane, fillLines, runPipeline } from '../../tests/support/engines/pipeline-run.ts'
import imbalance from '../algorithm/strategies/order-book-imbalance.ts'
import rsi from '../algorithm/strategies/rsi.ts'
import type { Level, MarketEvent, Tick } from '../domain/market/market.ts'

import { toFixed } from '../../tests/support/market/eighths.ts'

const marketdata = resolve('../shared/marketdata')
const candlesFile = resolve(marketdata, 'coinbase_btcusd_1m_2020-02/BTC-USD-1581292800000-60.json')
const quotesFile = resolve(marketdata, 'coinbase_btcusd_l2_trades_2026-07-21/events_sample.csv')
const noteFor = (file: string): string => (existsSync(file) ? '' : ' (skipped: ../shared/marketdata is not there)')

/** The recordings write small sizes as `6e-08`. */
const fixedOf = (text: string): Fixed => toFixed(Number(text))

/** Closes of one-minute candles as ticks without quotes. */
function candleTicks(): Tick[] {
  const candles = JSON.parse(readFileSync(candlesFile, 'utf8')) as { close: number; openTimeInMillis: number }[]
  return candles.map(({ close, openTimeInMillis }, index) => ({
    type: 'tick',
    unit: EIGHTHS,
    sequence: index + 1,
    time: (openTimeInMillis + 60_000) * 1000,
    product: 'BTC-USD',
    price: toFixed(close),
    size: 0,
    bid: 0,
    bidSize: 0,
    ask: 0,
    askSize: 0,
    tradeId: index + 1,
    takerSide: 'BUY',
  }))
}

/** The recording's quotes and trades as ticks; of the quotes of one batch only the last, which does not cross. */
function quoteTicks(): Tick[] {
  const rows = readFileSync(quotesFile, 'utf8').trim().split(/\r?\n/).slice(1)
  let trade = { price: 0, size: 0, tradeId: 0, takerSide: 'BUY' as Tick['takerSide'] }
  let quote = { bid: 0, bidSize: 0, ask: 0, askSize: 0 }
  const ticks: Tick[] = []
  rows.forEach((row, index) => {
    const [kind, time, bid, ask, bidSize, askSize, price, size, side] = row.split(',')
    if (kind === 'quote') {
      if (rows[index + 1]?.startsWith(`quote,${time}`) === true) return
      const [bidFixed, askFixed] = [fixedOf(bid!), fixedOf(ask!)]
      quote = { bid: bidFixed, bidSize: fixedOf(bidSize!), ask: askFixed, askSize: fixedOf(askSize!) }
    } else {
      const takerSide = side === 'a' ? 'BUY' : 'SELL'
      trade = { price: fixedOf(price!), size: fixedOf(size!), tradeId: trade.tradeId + 1, takerSide }
    }
    const head = { type: 'tick', unit: EIGHTHS, sequence: ticks.length + 1, product: 'BTC-USD' } as const
    ticks.push({ ...head, time: Math.floor(Number(time) / 1000), ...quote, ...trade })
  })
  return ticks
}

const depthFile = resolve(marketdata, 'coinbase_btcusd_l2_trades_2026-07-21/depth_sample.csv')

/** The recording's 167 snapshots of 12 levels a side, each after a tick that names the middle as the last trade. */
function depthEvents(): MarketEvent[] {
  const books = new Map<string, { time: number; bids: Level[]; asks: Level[] }>()
  for (const row of readFileSync(depthFile, 'utf8').trim().split(/\r?\n/).slice(1)) {
    const [snap, time, side, , price, size] = row.split(',')
    const book = books.get(snap!) ?? { time: Math.floor(Number(time) / 1000), bids: [], asks: [] }
    books.set(snap!, book)
    const levels = side === 'b' ? book.bids : book.asks
    levels.push([fixedOf(price!), fixedOf(size!)])
  }
  return [...books.values()].flatMap(({ time, bids, asks }, index): MarketEvent[] => {
    const price = Math.round((bids[0]![0] + asks[0]![0]) / 2)
    const quote = { bid: bids[0]![0], bidSize: bids[0]![1], ask: asks[0]![0], askSize: asks[0]![1] }
    const head = { time, product: 'BTC-USD' }
    const last = { price, size: 1, tradeId: index + 1, takerSide: 'BUY' as const }
    return [
      { ...head, type: 'tick', unit: EIGHTHS, sequence: 2 * index + 1, ...quote, ...last },
      { ...head, type: 'book', unit: EIGHTHS, sequence: 2 * index + 2, bids, asks },
    ]
  })
}

/** What a quantity costs level by level, without the simulator's own code. */
function costOf(levels: readonly Level[], quantity: Fixed): bigint {
  let left = BigInt(quantity)
  let cost = 0n
  for (const [price, size] of levels) {
    const taken = left < BigInt(size) ? left : BigInt(size)
    cost += taken * BigInt(price)
    left -= taken
  }
  expect(left).toBe(0n)
  return cost
}

/** Amounts of these are counts of 1e-8. */
const COARSE = 10n ** 10n

describe('on recorded markets', () => {
  it.skipIf(!existsSync(depthFile))(`fills by walking recorded books${noteFor(depthFile)}`, () => {
    const market = depthEvents()
    const books = new Map(market.flatMap((event) => (event.type === 'book' ? [[event.time, event] as const] : [])))
    expect(books.size).toBe(167)
    const changed = { IMBALANCE_THRESHOLD: 0.2, MIN_VOLUME_THRESHOLD: 0, LOOKBACK_PERIODS: 2 }
    const large = { POSITION_SIZE_PCT: 1, MAX_POSITION_SIZE: 1e6, INITIAL_CAPITAL: 200_000 }
    const events = runPipeline({ ...imbalance, defaults: { ...imbalance.defaults, ...changed } }, market, large)
    // A tick stands before the book of its moment, with the depth of the one before: those are the odd ones. What closes may wait.
    const byBook = new Map(
      events.flatMap((event) =>
        event.type === 'signal' && event.signal.cause % 2 === 0 ? [[event.sequence, event.time] as const] : [],
      ),
    )
    const fills = events.flatMap((event) =>
      event.type === 'fill' && byBook.get(event.fill.signalSequence) === event.time ? [event.fill] : [],
    )
    expect(fills.length).toBeGreaterThan(3)
    let deep = 0
    for (const fill of fills) {
      const book = books.get(fill.time)!
      const levels = fill.side === 'BUY' ? book.asks : book.bids
      const exact = costOf(levels, Number(fill.quantity / COARSE))
      // What the run took before is not there again, so that it never gets more for less than the book shows.
      const paid = fill.notional * 100n
      expect(fill.side === 'BUY' ? paid >= exact * 10_000n : paid <= exact * 10_000n).toBe(true)
      if (fill === fills[0]) expect(paid).toBe(exact * 10_000n)
      if (fill.quantity > amountOf(levels[0]![1], 8)) deep += 1
    }
    expect(deep).toBeGreaterThan(0)
  })

  it.skipIf(!existsSync(candlesFile))(
    `trades a week of candles by RSI, each order at the close after the one that raised it${noteFor(candlesFile)}`,
    () => {
      const ticks = candleTicks()
      const events = runPipeline(rsi, ticks, { SLIPPAGE_BPS: 0 })
      const closes = new Map(ticks.map((tick) => [tick.time, tick.price]))
      const fills = events.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
      expect(fills.length).toBeGreaterThan(50)
      for (const fill of fills) expect(fill.price).toBe(amountOf(closes.get(fill.time)!, 8))
      const finished = events.at(-1)!
      if (finished.type !== 'finished') throw new Error('the run did not finish')
      expectIdentity(finished.portfolio, 100_000n * AMOUNT_ONE)
      expectSane(finished.metrics)
      expect(finished.metrics.buyAndHoldReturn).toBeCloseTo(ticks.at(-1)!.price / ticks[0]!.price - 1, 12)
      // Seven days: too short for yearly ratios.
      expect(finished.metrics).toMatchObject({ sharpe: null, sortino: null, calmar: null, cagr: null })
    },
  )

  it.skipIf(!existsSync(quotesFile))(
    `trades recorded quotes by their imbalance, twice the same${noteFor(quotesFile)}`,
    () => {
      const ticks = quoteTicks()
      const best = { ...imbalance, defaults: { ...imbalance.defaults, BOOK_LEVELS: 1, MIN_VOLUME_THRESHOLD: 0.1 } }
      const events = runPipeline(best, ticks)
      expect(fillLines(events).length).toBeGreaterThan(5)
      expect(fillLines(runPipeline(best, ticks))).toEqual(fillLines(events))
      const quoted = new Set(ticks.flatMap((tick) => [tick.bid, tick.ask]))
      for (const event of events) {
        if (event.type === 'fill') expect(quoted.has(Number(event.fill.price / COARSE))).toBe(true)
        if (event.type === 'portfolio') expectIdentity(event.portfolio, 100_000n * AMOUNT_ONE)
      }
    },
  )
})
