import type { Level } from '../../domain/market/market.ts'
import {
  type Fixed,
  amountOf,
  divideHalfEven,
  notional as notionalOf,
  SHARE_ONE,
  type Amount,
  type Money,
} from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import { MICROS_PER_SECOND } from '../../domain/time.ts'
import { worthOf } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import type { ProductMarket } from '../market/product-market.ts'
import type { Order } from '../orders/order.ts'
import type { ProductState } from '../product-state.ts'
import type { PricedLevel } from '../risk/sizing.ts'

/** Why a market cannot be taken from right now. */
export interface Obstacle {
  readonly reason: 'NO_MARKET' | 'STALE_MARKET'
  readonly detail: string
}

/** Whether quotes are there that can be taken from; null: they are. */
export function obstacle(desk: Desk, state: ProductState, side: Side): Obstacle | null {
  if (!state.closed && state.market.bestOf(side) === 0) return none(`no price, or no size, to ${side} is known`)
  return absence(desk, state)
}

const none = (detail: string): Obstacle => ({ reason: 'NO_MARKET', detail })

/** Whether there is a market at all, be it of one side; null: there is. */
export function absence(desk: Desk, state: ProductState): Obstacle | null {
  const { market, product } = state
  const { maxPriceAge } = desk.settings
  if (state.closed) return none(`the market of ${product} is closed to this run`)
  if (market.bestOf('BUY') === 0 && market.bestOf('SELL') === 0) return none('no quotes are known')
  if (market.crossed) return none('the quotes are crossed or locked')
  if (desk.now - market.quotedAt > maxPriceAge) {
    const [age, most] = [desk.now - market.quotedAt, maxPriceAge].map((micros) => micros / MICROS_PER_SECOND)
    return { reason: 'STALE_MARKET', detail: `the quotes are ${age} s old, ${most} s are allowed` }
  }
  return null
}

/** Levels as money. */
export function priced(market: ProductMarket, levels: readonly Level[]): readonly PricedLevel[] {
  const { unit } = market
  return levels.map(([price, size]) => ({
    price: amountOf(price, unit.price),
    size: size === Infinity ? null : amountOf(size, unit.size),
  }))
}

/** A price less (SELL) or plus (BUY) the slippage that is stated for where no book is known. */
export function slipped(price: Money, side: Side, slippage: number): Money {
  if (slippage === 0) return price
  return divideHalfEven(price * BigInt(SHARE_ONE + (side === 'BUY' ? slippage : -slippage)), BigInt(SHARE_ONE))
}

/** Takes what the quotes hold for an order, up to its limit. @returns whether it got anything. */
export function takeQuotes(desk: Desk, state: ProductState, order: Order): boolean {
  const { side, timeInForce } = order.terms
  const { market } = state
  const levels = within(market.levels(side), side, order.limit)
  if (levels.length === 0) return false
  const money = priced(market, levels)
  const want = desk.allowed(state, order, order.remaining, money)
  if (want === 0n) {
    desk.end(state, order, 'CANCELLED', order.onlyCloses ? 'FLAT' : 'LIMITS')
    return false
  }
  const there = money.some(({ size }) => size === null) ? want : least(want, money)
  if (timeInForce === 'FOK' && there < order.remaining) return false
  const notional = take(market, levels, side, there)
  if (notional === 0n) {
    desk.end(state, order, 'CANCELLED', 'WORTH_NOTHING')
    return false
  }
  const cut = want < order.remaining && there === want
  desk.execute(state, order, { quantity: there, notional, liquidity: 'TAKER' })
  if (cut) desk.end(state, order, 'CANCELLED', 'LIMITS')
  return true
}

/** Whether a price is one that an order takes: at its limit, or better. */
export function isWithin({ terms, limit }: Order, price: Fixed): boolean {
  return terms.side === 'BUY' ? price <= limit : price >= limit
}

/**
 * Takes where no quotes are known, at a price less slippage that stays within the order's limit, at most `most`.
 * @returns what it took
 */
export function takeAt(desk: Desk, state: ProductState, order: Order, price: Money, most: Amount | null): Amount {
  const { side } = order.terms
  const at = bounded(state, order, slipped(price, side, desk.settings.slippage))
  const want = desk.allowed(state, order, order.remaining, [{ price: at, size: null }])
  if (want === 0n) {
    desk.end(state, order, 'CANCELLED', order.onlyCloses ? 'FLAT' : 'LIMITS')
    return 0n
  }
  const quantity = most !== null && most < want ? most : want
  const unfilled = quantity <= 0n || (order.terms.timeInForce === 'FOK' && quantity < order.remaining)
  if (unfilled) {
    if (!order.mayRest) desk.end(state, order, 'CANCELLED', 'UNFILLED')
    return 0n
  }
  const notional = worthOf(at, quantity)
  if (notional === 0n) {
    desk.end(state, order, 'CANCELLED', 'WORTH_NOTHING')
    return 0n
  }
  const cut = want < order.remaining && quantity === want
  desk.execute(state, order, { quantity, notional, liquidity: 'TAKER' })
  if (cut) desk.end(state, order, 'CANCELLED', 'LIMITS')
  // It is the one trade, or the one bar, that it was for.
  if (!order.mayRest) desk.end(state, order, 'CANCELLED', 'UNFILLED')
  return quantity
}

function bounded({ market }: ProductState, { terms, limit }: Order, price: Money): Money {
  if (limit === 0) return price
  const worst = market.money(limit)
  return (terms.side === 'BUY' ? price > worst : price < worst) ? worst : price
}

function within(levels: readonly Level[], side: Side, limit: number): readonly Level[] {
  if (limit === 0) return levels
  return levels.filter(([price]) => (side === 'BUY' ? price <= limit : price >= limit))
}

function least(want: Amount, levels: readonly PricedLevel[]): Amount {
  const there = levels.reduce((sum, { size }) => sum + (size ?? 0n), 0n)
  return there < want ? there : want
}

/** Takes a quantity that the levels hold out of them. @returns exactly what it comes to. */
function take(market: ProductMarket, levels: readonly Level[], side: Side, quantity: Amount): Money {
  const { unit } = market
  const step = amountOf(1, unit.size)
  let left = quantity
  let notional = 0n
  for (const [price, size] of levels) {
    if (left === 0n) break
    const open = size === Infinity ? left : amountOf(size, unit.size)
    const part = left < open ? left : open
    left -= part
    const count = Number(part / step)
    // Dust that an old unit left may be no whole count of the present one.
    notional += BigInt(count) * step === part ? notionalOf(price, count, unit) : worthOf(market.money(price), part)
    // Where no size is known, nothing is used up.
    if (size !== Infinity) market.taken.add(side, price, count)
  }
  return notional
}
