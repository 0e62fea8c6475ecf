import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { TestMarket, type TestOrder } from '../../tests/support/engines/broker-run.ts'
import { AMOUNT_ONE, formatAmount } from '../domain/money.ts'
import type { Side } from '../domain/side.ts'

type Step =
  | { readonly kind: 'quotes'; readonly bid: number; readonly gap: number; readonly size: number }
  | { readonly kind: 'trade'; readonly taker: Side; readonly price: number; readonly size: number }
  | { readonly kind: 'order'; readonly order: TestOrder }
  | { readonly kind: 'cancel' | 'replace'; readonly id: number }
  | { readonly kind: 'close' }

const side = fc.constantFrom<Side>('BUY', 'SELL')
const price = fc.integer({ min: 95, max: 105 })
const size = fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10)
const plain = fc.record({ side, quantity: size, reduceOnly: fc.boolean() })
const order: fc.Arbitrary<TestOrder> = fc.oneof(
  plain.map((each) => ({ ...each, type: 'MARKET' as const })),
  fc
    .record({ each: plain, limit: price, timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const) })
    .map(({ each, limit, timeInForce }) => ({ ...each, type: 'LIMIT' as const, limit, timeInForce })),
  fc.record({ each: plain, stop: price }).map(({ each, stop }) => ({ ...each, type: 'STOP' as const, stop })),
  plain.map((each) => ({ ...each, type: 'TRAILING_STOP' as const, trail: { share: 0.02 } })),
  fc.record({ each: plain, limit: price }).map(({ each, limit }) => ({
    ...each,
    reduceOnly: false,
    type: 'LIMIT' as const,
    limit,
    bracket: { stop: 95, target: 105 },
  })),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('quotes' as const),
      bid: price,
      gap: fc.integer({ min: 0, max: 2 }),
      size,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('trade' as const), taker: side, price, size }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order' as const), order }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'replace' as const),
      id: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
)

/** The market of a random run, with what it last showed. */
class RandomRun extends TestMarket {
  now = 0
  /** The order that was to close all; null: none was. */
  asked: number | null = null
  quotes = { bid: [99, 1], ask: [100, 1] } as { bid: readonly [number, number]; ask: readonly [number, number] }

  take(next: Step): void {
    this.now += 1
    this.asked = null
    if (next.kind === 'quotes') {
      this.quotes = { bid: [next.bid, next.size], ask: [next.bid + next.gap, next.size] }
      this.tick(this.now, this.quotes)
    } else if (next.kind === 'trade')
      this.tick(this.now, { ...this.quotes, trade: [next.taker, next.price, next.size] })
    else if (next.kind === 'order') this.order(next.order)
    else if (next.kind === 'cancel') this.broker.cancel(next.id)
    else if (next.kind === 'replace') this.broker.replace(next.id, { quantity: AMOUNT_ONE })
    else this.asked = this.close()
  }

  /** Asks to close all that is held. */
  close(): number | null {
    const held = this.position()
    if (held === 0n) return null
    const quantity = Number(formatAmount(held < 0n ? -held : held))
    return this.order({ side: held < 0n ? 'BUY' : 'SELL', type: 'MARKET', quantity, reduceOnly: true })
  }
}

it('keeps its books, its limits and its word whatever comes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, costly) => {
      const run = new RandomRun(costly ? { TRADING_FEE_PCT: 0.001, INITIAL_CAPITAL: 500, BORROW_RATE: 1 } : {})
      run.take({ kind: 'quotes', bid: 99, gap: 1, size: 2 })
      let seen = 0
      for (const next of steps) {
        const before = run.position()
        const working = new Map(run.broker.openOrders.map((each) => [each.terms.id, each.remaining]))
        run.take(next)
        const fresh = run.fills.slice(seen)
        seen = run.fills.length
        booksAgree(run)
        takenIsDisplayed(run, fresh)
        closingOnlyCloses(run, before, fresh)
        filledThrough(run, next, working)
        closeIsTaken(run)
      }
      run.broker.end()
      expect(run.broker.openOrders).toEqual([])
      oneEnd(run)
    }),
    { numRuns: 300, seed: 12 },
  )
})

/** Cash and positions are the equity, from the side of the postings and from that of the P&L. */
function booksAgree({ broker }: RandomRun): void {
  const { ledger } = broker.desk
  const { equity } = broker.desk.worth(null)
  const unrealized = broker.desk.held.reduce(
    (sum, { holding, market }) => sum + holding.unrealized(market.markPrice),
    0n,
  )
  expect(equity).toBe(ledger.initial + ledger.realizedPnl + unrealized - ledger.feesPaid - ledger.borrowCost)
  const held = broker.desk.held.reduce((sum, { holding, market }) => sum + holding.value(market.markPrice), 0n)
  expect(equity).toBe(ledger.cash + held)
}

/** Takers get no more than was displayed, at prices that were, and nothing of locked quotes. */
function takenIsDisplayed({ quotes }: RandomRun, fresh: RandomRun['fills']): void {
  for (const each of ['BUY', 'SELL'] as const) {
    const [best, shown] = each === 'BUY' ? quotes.ask : quotes.bid
    const takers = fresh.filter((fill) => fill.side === each && fill.liquidity === 'TAKER')
    const sum = takers.reduce((total, { quantity }) => total + quantity, 0n)
    expect(sum <= BigInt(Math.round(shown * 10)) * 10n ** 17n).toBe(true)
    for (const { price: at } of takers) expect(at).toBe(BigInt(best) * AMOUNT_ONE)
    if (quotes.bid[0] >= quotes.ask[0]) expect(takers).toEqual([])
  }
}

/** What only closes never turns a position around, and a group never fills beyond it. */
function closingOnlyCloses(run: RandomRun, before: bigint, fresh: RandomRun['fills']): void {
  let position = before
  for (const { side: way, quantity, orderId, positionAfter } of fresh) {
    const { reduceOnly } = run.orders.find(({ id }) => id === orderId)!
    if (reduceOnly) {
      expect(position === 0n || position > 0n === (way === 'BUY')).toBe(false)
      expect(positionAfter === 0n || positionAfter > 0n === position > 0n).toBe(true)
    }
    position += way === 'BUY' ? quantity : -quantity
    expect(positionAfter).toBe(position)
  }
}

/** A trade through its price fills a resting order whole, where the account bears it. */
function filledThrough(run: RandomRun, next: Step, working: ReadonlyMap<number, bigint>): void {
  if (next.kind !== 'trade' || run.broker.ruin !== null) return
  for (const each of run.broker.openOrders) {
    const { side: way, type, reduceOnly } = each.terms
    if (type !== 'LIMIT' || reduceOnly || !working.has(each.terms.id)) continue
    const limit = each.limit / 100
    expect(way === 'BUY' ? next.price < limit : next.price > limit).toBe(false)
  }
}

/** Whoever wants to close is let: either it is on its way already, or the order is taken in. */
function closeIsTaken(run: RandomRun): void {
  const refused = run.orders.findLast((each) => each.id === run.asked)
  if (refused?.state !== 'REFUSED') return
  const closes = run.broker.openOrders.filter((each) => each.isMarket && each.terms.reduceOnly)
  expect(closes.length).toBeGreaterThan(0)
}

/** Every order comes to exactly one end. */
function oneEnd({ orders }: RandomRun): void {
  const ends = orders.filter(({ state }) => ['REFUSED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REPLACED'].includes(state))
  expect(new Set(ends.map(({ id }) => id)).size).toBe(ends.length)
  expect(ends.length).toBe(new Set(orders.map(({ id }) => id)).size)
}
