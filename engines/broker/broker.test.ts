import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  booksAgree,
  closeIsTaken,
  closingOnlyCloses,
  oneEnd,
  price,
  RandomRun,
  side,
  size,
  wish,
  type Wish,
} from '../../tests/support/engines/broker-properties.ts'
import { AMOUNT_ONE, toAmount, type Amount } from '../domain/money.ts'
import type { Side } from '../domain/side.ts'

/** What a test of a whole world looks at after each step. */
function check(run: RandomRun, before: bigint, fresh: RandomRun['fills']): void {
  booksAgree(run)
  closingOnlyCloses(run, before, fresh)
  closeIsTaken(run)
}

const poor = { TRADING_FEE_PCT: 0.001, INITIAL_CAPITAL: 500, BORROW_RATE: 1 }

type Step =
  | Wish
  | { readonly kind: 'quotes'; readonly bid: number; readonly gap: number; readonly size: number }
  | { readonly kind: 'trade'; readonly taker: Side; readonly price: number; readonly size: number }

const quotes = fc.record({
  kind: fc.constant('quotes' as const),
  bid: price,
  gap: fc.integer({ min: 0, max: 2 }),
  size,
})
const trade = fc.record({ kind: fc.constant('trade' as const), taker: side, price, size })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: quotes },
  { weight: 3, arbitrary: trade },
  { weight: 6, arbitrary: wish },
)

/** A market of best prices and trades, with what it last showed. */
class QuotedRun extends RandomRun {
  now = 0
  quotes = { bid: [99, 1], ask: [100, 1] } as { bid: readonly [number, number]; ask: readonly [number, number] }

  take(next: Step): void {
    this.now += 1
    this.asked = null
    if (next.kind === 'quotes') {
      this.quotes = { bid: [next.bid, next.size], ask: [next.bid + next.gap, next.size] }
      this.tick(this.now, this.quotes)
    } else if (next.kind === 'trade')
      this.tick(this.now, { ...this.quotes, trade: [next.taker, next.price, next.size] })
    else this.wish(next)
  }
}

it('keeps its books, its limits and its word whatever comes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, costly) => {
      const run = new QuotedRun(costly ? poor : {})
      run.take({ kind: 'quotes', bid: 99, gap: 1, size: 2 })
      let seen = 0
      for (const next of steps) {
        const before = run.position()
        const working = new Map(run.broker.openOrders.map((each) => [each.terms.id, each.remaining]))
        run.take(next)
        const fresh = run.fills.slice(seen)
        seen = run.fills.length
        check(run, before, fresh)
        takenIsDisplayed(run, fresh)
        filledThrough(run, next, working)
      }
      oneEnd(run)
    }),
    { numRuns: 300 },
  )
})

/** Takers get no more than was displayed, at prices that were, and nothing of locked quotes. */
function takenIsDisplayed({ quotes }: QuotedRun, fresh: QuotedRun['fills']): void {
  for (const each of ['BUY', 'SELL'] as const) {
    const [best, shown] = each === 'BUY' ? quotes.ask : quotes.bid
    const takers = fresh.filter((fill) => fill.side === each && fill.liquidity === 'TAKER')
    const sum = takers.reduce((total, { quantity }) => total + quantity, 0n)
    expect(sum <= BigInt(Math.round(shown * 10)) * 10n ** 17n).toBe(true)
    for (const { price: at } of takers) expect(at).toBe(BigInt(best) * AMOUNT_ONE)
    if (quotes.bid[0] >= quotes.ask[0]) expect(takers).toEqual([])
  }
}

/** A trade through its price fills a resting order whole, where the account bears it. */
function filledThrough(run: QuotedRun, next: Step, working: ReadonlyMap<number, bigint>): void {
  if (next.kind !== 'trade' || run.broker.ruin !== null) return
  for (const each of run.broker.openOrders) {
    const { side: way, type, reduceOnly } = each.terms
    if (type !== 'LIMIT' || reduceOnly || !working.has(each.terms.id)) continue
    const limit = each.limit / 100
    if (each.awaits) {
      // It came to locked quotes and has met no market: where it stands is not known while they stay so.
      expect(run.quotes.bid[0]).toBeGreaterThanOrEqual(run.quotes.ask[0])
      continue
    }
    expect(way === 'BUY' ? next.price < limit : next.price > limit).toBe(false)
  }
}

/** Up to three levels on each side, apart by a point. */
const sizes = fc.array(size, { minLength: 1, maxLength: 3 })
const bookStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('book' as const), bid: price, bids: sizes, asks: sizes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('same' as const) }) },
  { weight: 6, arbitrary: wish },
)

it('takes of a book at its own prices, and of a level no more than it has come to show', () => {
  fc.assert(
    fc.property(fc.array(bookStep, { maxLength: 60 }), fc.boolean(), (steps, costly) => {
      const run = new RandomRun(costly ? poor : {})
      const levels: Levels = [new Map(), new Map()]
      let book: readonly (readonly (readonly [number, number])[])[] = [[[99, 1]], [[100, 1]]]
      let seen = 0
      steps.forEach((next, index) => {
        const before = run.position()
        if (next.kind === 'book') {
          const at = (sign: number, from: number, each: readonly number[]) =>
            each.map((amount, depth) => [from + sign * depth, amount] as const)
          book = [at(-1, next.bid, next.bids), at(1, next.bid + 1, next.asks)]
        }
        if (next.kind === 'book' || next.kind === 'same') {
          const [bids = [], asks = []] = book
          show(levels, bids, asks)
          run.asked = null
          run.book(index, bids, asks)
        } else run.wish(next)
        const fresh = run.fills.slice(seen)
        seen = run.fills.length
        check(run, before, fresh)
        for (const { side: way, quantity, notional, liquidity } of fresh) {
          // One fill walks the levels from the best on. What rested has its own price, of what has come through it.
          const worth = walk(levels, way, quantity)
          if (liquidity === 'TAKER') expect(worth).toBe(notional)
          else expect(way === 'BUY' ? worth <= notional : worth >= notional).toBe(true)
        }
      })
      oneEnd(run)
    }),
    { numRuns: 300 },
  )
})

/** Of the bids and of the asks, by price: what is shown, and what of it was taken already. */
type Levels = readonly [bids: Map<number, Level>, asks: Map<number, Level>]
interface Level {
  shown: Amount
  taken: Amount
}

/** Takes up what a book shows: what was taken stays so until the level shows more, or is gone from among those shown. */
function show(levels: Levels, ...sides: readonly (readonly (readonly [number, number])[])[]): void {
  sides.forEach((side, index) => {
    const own = levels[index]!
    const last = side.at(-1)![0]
    const isSeen = (at: number): boolean => (index === 0 ? at >= last : at <= last)
    for (const [at, level] of own) {
      if (isSeen(at) && !side.some(([one]) => one === at)) own.delete(at)
      // Out of sight, where nothing is taken either.
      else level.shown = 0n
    }
    for (const [at, amount] of side) {
      const shown = toAmount(amount)
      const taken = own.get(at)?.taken ?? 0n
      own.set(at, { shown, taken: taken < shown ? taken : shown })
    }
  })
}

/** What a quantity costs that is taken from the best level on, which then has as much less. @throws where there is not so much. */
function walk([bids, asks]: Levels, side: Side, quantity: Amount): Amount {
  const own = [...(side === 'BUY' ? asks : bids)].sort(([one], [other]) => (side === 'BUY' ? one - other : other - one))
  let [open, worth] = [quantity, 0n]
  for (const [at, level] of own) {
    const left = level.shown - level.taken
    const part = open < left ? open : left
    if (part <= 0n) continue
    level.taken += part
    open -= part
    worth += part * BigInt(at)
  }
  if (open > 0n) throw new Error(`${open} more was taken than was shown`)
  return worth
}

const bar = fc.record({
  kind: fc.constant('bar' as const),
  prices: fc.tuple(price, price, price, price),
  volume: fc.constantFrom(0, 5, 40),
})

it('fills on bars at prices between their ends, what was there when they began, and no more than its share of them', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(bar, wish), { maxLength: 60 }), fc.boolean(), (steps, costly) => {
      const run = new RandomRun(costly ? poor : {})
      let [minute, seen] = [0, 0]
      for (const next of steps) {
        const before = run.position()
        const there = new Set(run.broker.openOrders.map(({ terms }) => terms.id))
        let [low, high, most] = [0, 0, 0]
        if (next.kind === 'bar') {
          const [open, one, other, close] = next.prices
          ;[low, high, most] = [Math.min(...next.prices), Math.max(...next.prices), next.volume / 10]
          run.asked = null
          run.bar(
            minute++,
            [open, Math.max(open, one, other, close), Math.min(open, one, other, close), close],
            next.volume,
          )
        } else run.wish(next)
        const fresh = run.fills.slice(seen)
        seen = run.fills.length
        check(run, before, fresh)
        // What nobody asked for before the bar was born of what was: a bracket's stop and target, a liquidation.
        const byHand = fresh.filter(
          ({ orderId }) => run.orders.find(({ id }) => id === orderId)!.purpose === 'STRATEGY',
        )
        for (const { orderId, price: at } of byHand) {
          const { group, parent } = run.orders.find(({ id }) => id === orderId)!
          expect(there.has(orderId) || group !== null || parent !== null).toBe(true)
          expect(at >= BigInt(low) * AMOUNT_ONE && at <= BigInt(high) * AMOUNT_ONE).toBe(true)
        }
        if (most > 0) {
          const sum = byHand.reduce((total, { quantity }) => total + quantity, 0n)
          expect(sum <= toAmount(most)).toBe(true)
        }
      }
      oneEnd(run)
    }),
    { numRuns: 300 },
  )
})

const latencies = fc.record({
  ORDER_LATENCY_MS: fc.constantFrom(0, 3, 10),
  CANCEL_LATENCY_MS: fc.constantFrom(0, 2, 7),
})

it('lets nothing happen to an order before it, or its cancellation, has arrived', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), latencies, (steps, changes) => {
      const play = (): QuotedRun => {
        const run = new QuotedRun(changes)
        run.take({ kind: 'quotes', bid: 99, gap: 1, size: 2 })
        const sentAt = new Map<number, number>()
        const cancelledAt = new Map<number, number>()
        let [seen, told] = [0, 0]
        for (const next of steps) {
          const before = run.position()
          const known = new Set(run.orders.map(({ id }) => id))
          run.take(next)
          // Nobody has a clock but the market's.
          const now = run.broker.desk.now / 1_000
          for (const { id } of run.orders) if (!known.has(id)) sentAt.set(id, now)
          if (next.kind === 'cancel' && !cancelledAt.has(next.id)) cancelledAt.set(next.id, now)
          const fresh = run.fills.slice(seen)
          seen = run.fills.length
          check(run, before, fresh)
          for (const { orderId, time } of fresh) {
            const { parent, purpose } = run.orders.find(({ id }) => id === orderId)!
            // The stops and targets of a position wait at the venue.
            if (parent !== null || purpose !== 'STRATEGY') continue
            expect(time / 1_000).toBeGreaterThanOrEqual(sentAt.get(orderId)! + changes.ORDER_LATENCY_MS)
          }
          for (const { id, state, reason } of run.orders.slice(told)) {
            if (state !== 'CANCELLED' || reason !== 'REQUESTED') continue
            expect(now).toBeGreaterThanOrEqual(cancelledAt.get(id)! + changes.CANCEL_LATENCY_MS)
          }
          told = run.orders.length
        }
        oneEnd(run)
        return run
      }
      // And all of it is so again.
      expect(play().lines).toEqual(play().lines)
    }),
    { numRuns: 150 },
  )
})
