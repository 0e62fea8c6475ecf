import * as fc from 'fast-check'
import { expect } from 'vitest'
import { AMOUNT_ONE, formatAmount } from '../../../engines/domain/money.ts'
import { FINAL_ORDER_STATES, TRADING_STATES, type TradingState } from '../../../engines/domain/trading/order.ts'
import type { Side } from '../../../engines/domain/side.ts'
import { TestMarket, type TestOrder } from './broker-run.ts'

export const side = fc.constantFrom<Side>('BUY', 'SELL')
/** Whole, so that they meet often. */
export const price = fc.integer({ min: 95, max: 105 })
/** Tenths. */
export const size = fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10)

const plain = fc.record({ side, quantity: size, reduceOnly: fc.boolean() })

/** An order of any type. */
export const order: fc.Arbitrary<TestOrder> = fc.oneof(
  fc
    .record({
      each: plain,
      timeInForce: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
    })
    .map(({ each, timeInForce }) => ({ ...each, type: 'MARKET' as const, timeInForce })),
  fc
    .record({ each: plain, limit: price, timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const) })
    .map(({ each, limit, timeInForce }) => ({ ...each, type: 'LIMIT' as const, limit, timeInForce })),
  fc
    .record({ each: plain, limit: price, expiresAt: fc.integer({ min: 1, max: 80 }) })
    .map(({ each, limit, expiresAt }) => ({
      ...each,
      type: 'LIMIT' as const,
      limit,
      timeInForce: 'GTD' as const,
      expiresAt: expiresAt * 1_000,
    })),
  fc
    .record({ each: plain, limit: price })
    .map(({ each, limit }) => ({ ...each, type: 'LIMIT' as const, limit, postOnly: true })),
  fc.record({ each: plain, limit: price }).map(({ each, limit }) => ({ ...each, type: 'TAKE_PROFIT' as const, limit })),
  fc
    .record({ each: plain, stop: price, limit: price })
    .map(({ each, stop, limit }) => ({ ...each, type: 'STOP_LIMIT' as const, stop, limit })),
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

/** What its author does to a broker. */
export type Wish =
  | { readonly kind: 'order'; readonly order: TestOrder }
  | { readonly kind: 'cancel' | 'replace'; readonly id: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'switch'; readonly to: TradingState }

export const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order' as const), order }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'replace' as const),
      id: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('switch' as const),
      to: fc.constantFrom(...TRADING_STATES, 'ACTIVE' as const),
    }),
  },
)

/** A broker of which random things are asked. */
export class RandomRun extends TestMarket {
  /** The order that was to close all, of the last wish; null: none was. */
  asked: number | null = null

  wish(next: Wish): void {
    this.asked = null
    if (next.kind === 'order') this.order(next.order)
    else if (next.kind === 'cancel') this.broker.cancel(next.id)
    else if (next.kind === 'switch') this.broker.setTrading(next.to)
    else if (next.kind === 'replace') this.broker.replace(next.id, { quantity: AMOUNT_ONE })
    else this.asked = this.close()
  }

  /** Asks to close all that is held. */
  private close(): number | null {
    const held = this.position()
    if (held === 0n) return null
    const quantity = Number(formatAmount(held < 0n ? -held : held))
    return this.order({ side: held < 0n ? 'BUY' : 'SELL', type: 'MARKET', quantity, reduceOnly: true })
  }
}

/** Cash and positions are the equity, from the side of the postings and from that of the P&L. */
export function booksAgree({ broker }: TestMarket): void {
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

/** What only closes never turns a position around, and a group never fills beyond it. */
export function closingOnlyCloses(run: TestMarket, before: bigint, fresh: TestMarket['fills']): void {
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

/** Whoever wants to close is let: either it is on its way already, or the order is taken in. */
export function closeIsTaken(run: RandomRun): void {
  const refused = run.orders.findLast((each) => each.id === run.asked)
  if (refused?.state !== 'REFUSED' || refused.reason === 'HALTED') return
  // Whether or not it may do more than close.
  const onTheWay = run.broker.openOrders.filter((each) => each.isMarket && each.terms.side === refused.side)
  expect(onTheWay.length).toBeGreaterThan(0)
}

/** Every order comes to exactly one end, once the run has. */
export function oneEnd(run: TestMarket): void {
  run.broker.end()
  expect(run.broker.openOrders).toEqual([])
  const { orders } = run
  const ends = orders.filter(({ state }) => FINAL_ORDER_STATES.includes(state))
  expect(new Set(ends.map(({ id }) => id)).size).toBe(ends.length)
  expect(ends.length).toBe(new Set(orders.map(({ id }) => id)).size)
}
