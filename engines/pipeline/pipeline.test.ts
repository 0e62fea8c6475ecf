import { EIGHTHS } from '../domain/market/unit.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { expectIdentity, expectSane, runPipeline, worthOf } from '../../tests/support/engines/pipeline-run.ts'
import { defineAlgorithm } from '../algorithm/define-algorithm.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import { FINAL_ORDER_STATES } from '../domain/trading/order.ts'
import type { Level, MarketEvent } from '../domain/market/market.ts'
import { AMOUNT_ONE, type Fixed } from '../domain/money.ts'
import { toFixed } from '../../tests/support/market/eighths.ts'
import type { Portfolio } from '../domain/trading/portfolio.ts'

/** Trades on every tick, to either side by turns that depend on the price: as much work for risk and ledger as can be. */
const restless = defineAlgorithm({
  name: 'restless',
  title: 'Restless',
  description: 'Signals at every trade.',
  parameters: z.object({}),
  warmUp: () => 0,
  create: () => ({
    onTick(tick, emit) {
      emit({
        type: 'signal',
        unit: EIGHTHS,
        product: tick.product,
        side: tick.price % 3 === 0 ? 'SELL' : 'BUY',
        confidence: (tick.price % 10) / 10,
        price: tick.price,
        indicator: 0,
        reason: 'always',
        time: tick.time,
        cause: tick.sequence,
      })
    },
    onBook: () => undefined,
    onFeed: () => undefined,
  }),
})

interface Move {
  readonly kind: 'tick' | 'bare' | 'book' | 'cut'
  readonly which: 0 | 1
  /** Change of the price, in basis points. */
  readonly change: number
  readonly spread: number
  readonly size: number
  /** Milliseconds since the last. */
  readonly pause: number
}

const moves = fc.array(
  fc.record<Move>({
    kind: fc.constantFrom('tick' as const, 'tick', 'tick', 'tick', 'bare', 'book', 'book', 'cut'),
    which: fc.constantFrom(0 as const, 1 as const),
    change: fc.integer({ min: -900, max: 1000 }),
    spread: fc.integer({ min: 1, max: 1000 }),
    size: fc.integer({ min: 1, max: 1_000_000_000 }),
    pause: fc.constantFrom(0, 1, 40, 2500, 7_000_000, 90_000_000),
  }),
  { maxLength: 120 },
)

/** A market of two products out of random moves. */
function marketOf(given: readonly Move[]): MarketEvent[] {
  const prices: [Fixed, Fixed] = [toFixed(60_000), toFixed(0.2)]
  let time = 1_700_000_000_000_000
  return given.map((move, index): MarketEvent => {
    const sequence = index + 1
    time += move.pause * 1000
    const product = ['BTC-USD', 'DOGE-USD'][move.which]!
    const head = { sequence, time, product }
    if (move.kind === 'cut') return { ...head, type: 'feed', state: 'RECONNECTING', count: 0, detail: '' }
    const price = Math.min(1e14, Math.max(2000, Math.round(prices[move.which] * (1 + move.change / 10_000))))
    prices[move.which] = price
    if (move.kind === 'book') {
      const side = (direction: 1 | -1): Level[] =>
        [1, 2, 3].map((step) => [price + direction * step * move.spread, move.size * step])
      return { ...head, type: 'book', unit: EIGHTHS, bids: side(-1), asks: side(1) }
    }
    const quote =
      move.kind === 'bare'
        ? { bid: 0, bidSize: 0, ask: 0, askSize: 0 }
        : { bid: price - move.spread, bidSize: move.size, ask: price + move.spread, askSize: move.size * 2 }
    return {
      ...head,
      type: 'tick',
      unit: EIGHTHS,
      price,
      size: move.size,
      tradeId: sequence,
      takerSide: 'BUY',
      ...quote,
    }
  })
}

const limits = fc.record({
  INITIAL_CAPITAL: fc.constantFrom(500, 100_000),
  POSITION_SIZE_PCT: fc.constantFrom(0.05, 0.5, 1),
  MAX_POSITION_SIZE: fc.constantFrom(300, 10_000, 1e9),
  TRADING_FEE_PCT: fc.constantFrom(0, 0.001, 0.1),
  ENABLE_SHORTING: fc.boolean(),
  ORDER_LATENCY_MS: fc.constantFrom(0, 50),
})

describe('the pipeline', () => {
  it('keeps its ledger, its limits and its numbering whatever the market does', () => {
    fc.assert(
      fc.property(moves, limits, (given, changes) => {
        const events = runPipeline(restless, marketOf(given), changes)
        const initial = BigInt(changes.INITIAL_CAPITAL) * AMOUNT_ONE
        let postings = 0n
        let before = new Map<string, bigint>()
        /** Of each accepted signal whose order is not over, how much was filled of it. */
        const open = new Map<number, bigint>()
        const unfilled = new Set<number>()
        events.forEach((event, index) => {
          expect(event.sequence).toBe(index + 1)
          if (event.type === 'signal' && event.decision.accepted) open.set(event.sequence, 0n)
          if (event.type === 'lapsed') expect(unfilled.delete(event.signalSequence)).toBe(true)
          if (event.type === 'fill') {
            const { side, notional: value, fee, quantity, requested, signalSequence } = event.fill
            // Where trades alone are known, one trade after the other fills a share.
            const filled = open.get(signalSequence)! + quantity
            open.set(signalSequence, filled)
            postings += (side === 'BUY' ? -value : value) - fee
            expect(quantity > 0n && filled <= requested && value > 0n).toBe(true)
          }
          if (event.type === 'order' && FINAL_ORDER_STATES.includes(event.order.state)) {
            const { signalSequence, filled } = event.order
            expect(filled).toBe(open.get(signalSequence!))
            open.delete(signalSequence!)
            if (filled === 0n) unfilled.add(signalSequence!)
          }
          if (event.type !== 'portfolio' && event.type !== 'finished') return
          const { portfolio } = event
          expectIdentity(portfolio, initial)
          expect(portfolio.cash).toBe(initial + postings)
          if (event.type === 'finished') expectSane(event.metrics)
          const last = events[index - 1]
          if (last?.type === 'fill') expectWithinLimits(portfolio, last, before, changes)
          before = new Map(portfolio.positions.map((position) => [position.product, position.quantity]))
        })
        expect(open).toEqual(new Map())
        expect(unfilled).toEqual(new Set())
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same events to the same market, twice', () => {
    fc.assert(
      fc.property(moves, limits, (given, changes) => {
        expect(runPipeline(restless, marketOf(given), changes)).toEqual(runPipeline(restless, marketOf(given), changes))
      }),
      { numRuns: 50 },
    )
  })

  it('fills at prices that were on the tape only', () => {
    fc.assert(
      fc.property(moves, (given) => {
        const market = marketOf(given)
        const prices = market.flatMap((event) => {
          if (event.type === 'book') return [...event.bids, ...event.asks].map(([price]) => price)
          return event.type === 'tick' ? [event.price, event.bid, event.ask].filter((price) => price > 0) : []
        })
        for (const event of runPipeline(restless, market)) {
          if (event.type !== 'fill') continue
          const price = Number(event.fill.price / UNIT)
          expect(price >= Math.min(...prices) && price <= Math.max(...prices)).toBe(true)
        }
      }),
    )
  })

  it('shows the simulator a market event before the signals that it raised', () => {
    // Were the signal first, nothing would be known of the market.
    const events = runPipeline(
      restless,
      marketOf([{ kind: 'tick', which: 0, change: 0, spread: 1, size: 1e9, pause: 0 }]),
      {
        MIN_CONFIDENCE: 0,
      },
    )
    expect(events.map((event) => event.type)).toEqual([
      'portfolio',
      'signal',
      'order',
      'fill',
      'order',
      'portfolio',
      'candle',
      'finished',
    ])
  })
})

/** What the kernel rounds to. */
const UNIT = 10n ** 10n
const sign = (value: bigint): number => Number(value > 0n) - Number(value < 0n)
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** What opens must fit: the position under its maximum, and all positions together under the equity. */
function expectWithinLimits(
  portfolio: Portfolio,
  { fill }: Extract<SimulatorEvent, { type: 'fill' }>,
  before: ReadonlyMap<string, bigint>,
  changes: { readonly MAX_POSITION_SIZE: number; readonly ENABLE_SHORTING: boolean },
): void {
  const was = before.get(fill.product) ?? 0n
  const onlyCloses =
    sign(was) !== sign(fill.positionAfter) ? fill.positionAfter === 0n : magnitude(fill.positionAfter) < magnitude(was)
  if (!changes.ENABLE_SHORTING) expect(fill.positionAfter >= 0n).toBe(true)
  if (onlyCloses) return
  const worth = (each: Portfolio['positions'][number]): bigint => magnitude(worthOf(each))
  const own = portfolio.positions.find((each) => each.product === fill.product)!
  // Each worth is rounded by itself: a unit apiece.
  expect(worth(own) <= BigInt(changes.MAX_POSITION_SIZE) * AMOUNT_ONE + UNIT).toBe(true)
  expect(portfolio.positions.reduce((sum, each) => sum + worth(each), 0n) <= portfolio.equity + 4n * UNIT).toBe(true)
  if (!changes.ENABLE_SHORTING) expect(portfolio.cash >= -4n * UNIT).toBe(true)
}
