import type { Tick } from '../../domain/market/market.ts'
import { amountOf, type Amount, type Fixed } from '../../domain/money.ts'
import type { Micros } from '../../domain/time.ts'
import { worthOf } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'
import { meet, trigger, work } from './arrival.ts'
import { isReached } from './stops.ts'
import { obstacle, takeAt } from './taker.ts'

/** What a trade still has for the run's own orders at its price. */
interface Leftover {
  /** What own orders got of it. */
  given: Fixed
}

/** A tick has come: stops first, then what waits and rests. Orders that this raises are not met by the same tick. */
export function onTick(desk: Desk, state: ProductState, tick: Tick): void {
  const { orders, market } = state
  const count = orders.length
  /** What the trade has triggered was not at the market when it was made. */
  let fresh: Order[] | null = null
  for (let at = 0; at < count; at += 1) {
    const order = orders[at]!
    if (order.over || !order.dormant || !watches(state, order) || !isReached(state, order)) continue
    trigger(desk, state, order)
    ;(fresh ??= []).push(order)
  }
  const leftover: Leftover = { given: 0 }
  const tradedAt = tick.tradedAt ?? desk.now
  for (let at = 0; at < count; at += 1) {
    const order = orders[at]!
    if (order.over || order.dormant) continue
    const trade = market.traded && fresh?.includes(order) !== true ? tick : null
    if (order.isMarket) waiting(desk, state, order, trade, leftover)
    else resting(desk, state, order, trade, tradedAt, leftover)
  }
}

/** A book has come. */
export function onBook(desk: Desk, state: ProductState): void {
  const { orders } = state
  const count = orders.length
  for (let at = 0; at < count; at += 1) {
    const order = orders[at]!
    if (order.over) continue
    if (order.dormant) {
      if (order.terms.trigger !== 'LAST' && isReached(state, order)) trigger(desk, state, order)
    } else if (order.isMarket) waiting(desk, state, order, null, { given: 0 })
    else if (!order.awaits || meet(desk, state, order)) quotes(desk, state, order)
  }
}

/** Whether something was told that a stop watches. */
function watches({ market }: ProductState, order: Order): boolean {
  return market.traded || order.terms.trigger !== 'LAST'
}

/** A market order that found no price. */
function waiting(desk: Desk, state: ProductState, order: Order, trade: Tick | null, leftover: Leftover): void {
  const { market } = state
  if (market.quoted) {
    const { side } = order.terms
    if (obstacle(desk, state, side) === null && market.bestSizeOf(side) > 0) work(desk, state, order)
    return
  }
  if (trade === null || (trade.tradedAt ?? desk.now) < order.since) return
  const most = trade.size === 0 ? null : participation(desk, state, trade.size)
  const open = most === null ? null : most - amountOf(leftover.given, market.unit.size)
  const taken = takeAt(desk, state, order, market.money(trade.price), open)
  leftover.given += Number(taken / amountOf(1, market.unit.size))
}

/** The share of a size that the run may have, in whole steps of its unit. */
export function participation(desk: Desk, { market }: ProductState, size: Fixed): Amount {
  const step = amountOf(1, market.unit.size)
  const most = (amountOf(size, market.unit.size) * BigInt(desk.settings.maxParticipation)) / 100_000_000n
  return most - (most % step)
}

/** A limit order in its queue. */
function resting(
  desk: Desk,
  state: ProductState,
  order: Order,
  trade: Tick | null,
  tradedAt: Micros,
  leftover: Leftover,
): void {
  if (order.awaits && state.market.quoted && !meet(desk, state, order)) return
  if (trade !== null && tradedAt >= order.since) {
    onTrade(desk, state, order, trade, tradedAt, leftover)
    // It is the one trade that it was for.
    if (!order.over && !order.mayRest) desk.end(state, order, 'CANCELLED', 'UNFILLED')
  }
  if (!order.over && state.market.quoted) quotes(desk, state, order)
}

function onTrade(
  desk: Desk,
  state: ProductState,
  order: Order,
  trade: Tick,
  tradedAt: Micros,
  leftover: Leftover,
): void {
  const { market } = state
  const { side } = order.terms
  const buys = side === 'BUY'
  const through = buys ? trade.price < order.limit : trade.price > order.limit
  if (through) {
    if (market.quoted) {
      // After a cut nothing is known of where the market is: a bare trade fills nothing until it is quoted again.
      if (market.bestOf('BUY') > 0 || market.bestOf('SELL') > 0) make(desk, state, order, order.remaining)
      return
    }
    const open = Math.max(0, trade.size - leftover.given)
    leftover.given += make(desk, state, order, amountOf(open, market.unit.size))
    return
  }
  if (trade.price !== order.limit || !market.quoted) return
  if (desk.settings.queueModel !== 'OPTIMISTIC' && (trade.takerSide === 'BUY') === buys) return
  // By its share of cancellations a place may stand between two counts.
  const left = Math.floor(order.queue.trade(trade.size, tradedAt)) - leftover.given
  if (left > 0) leftover.given += make(desk, state, order, amountOf(left, market.unit.size))
}

/** What the quotes say of a resting order: how long its queue may be, and whether the other side has come to it. */
function quotes(desk: Desk, state: ProductState, order: Order): void {
  const { market } = state
  const { side } = order.terms
  const own = market.displayed(side, order.limit)
  order.queue.show(own, desk.now)
  const best = market.bestOf(side)
  if (best === 0 || (side === 'BUY' ? best > order.limit : best < order.limit)) return
  if (obstacle(desk, state, side) !== null || order.queue.ahead > 0) return
  const size = market.bestSizeOf(side)
  if (size <= 0) return
  const most = size === Infinity ? order.remaining : amountOf(size, market.unit.size)
  const made = make(desk, state, order, most)
  if (size !== Infinity && made > 0) market.taken.add(side, best, made)
}

/** Fills a resting order at its own price. @returns how much, as a count. */
function make(desk: Desk, state: ProductState, order: Order, most: Amount): Fixed {
  return Number(fillResting(desk, state, order, most, order.limit) / amountOf(1, state.market.unit.size))
}

/** Fills a resting order with at most so much, at a price. @returns how much */
export function fillResting(desk: Desk, state: ProductState, order: Order, most: Amount, at: Fixed): Amount {
  const price = state.market.money(at)
  const open = order.remaining < most ? order.remaining : most
  const want = desk.allowed(state, order, open, [{ price, size: null }])
  if (want === 0n) {
    if (most > 0n) desk.end(state, order, 'CANCELLED', order.onlyCloses ? 'FLAT' : 'LIMITS')
    return 0n
  }
  desk.execute(state, order, { quantity: want, notional: worthOf(price, want), liquidity: 'MAKER' })
  if (want < open) desk.end(state, order, 'CANCELLED', 'LIMITS')
  return want
}
