import { SHARE_ONE, type Amount, type Fixed } from '../../domain/money.ts'
import type { OrderRefusal, OrderType } from '../../domain/trading/order.ts'
import type { BracketSpec, OrderRequest } from '../../domain/trading/order-request.ts'
import type { Side } from '../../domain/side.ts'
import { formatTime, type Micros } from '../../domain/time.ts'
import { formatAmount, formatCount } from '../../domain/money.ts'
import { worthOf } from '../account/ledger.ts'
import type { ProductMarket } from '../market/product-market.ts'
import { bracketOf, faultsOfBracket } from './bracket-spec.ts'

/** Why not. */
export interface Refusal {
  readonly reason: OrderRefusal
  readonly detail: string
}

/** An order's figures as the instrument allows them. */
export interface Figures {
  readonly quantity: Amount
  readonly limit: Fixed
  readonly stop: Fixed
  /** How much of it may open, beyond what it closes; absent: whatever the limits leave room for as it fills. */
  readonly mayOpen?: Amount
}

const WITH_LIMIT: readonly OrderType[] = ['LIMIT', 'STOP_LIMIT', 'TAKE_PROFIT']
const WITH_STOP: readonly OrderType[] = ['STOP', 'STOP_LIMIT']

/**
 * Whether an order is one at all.
 * @param now by which its time must not be over; null: it is not asked
 * @returns every fault at once; null: none
 */
export function malformed(request: OrderRequest, now: Micros | null): Refusal | null {
  const faults = [...faultsOfPrices(request), ...faultsOfTime(request, now)]
  if (request.quantity <= 0n) faults.unshift('the quantity must be above 0')
  return faults.length === 0 ? null : { reason: 'INVALID_ORDER', detail: `${request.type}: ${faults.join('; ')}` }
}

/** Whether a number can be a count of a price's unit; 0 is none. */
export function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0
}

function faultsOfPrices({ type, limit = 0, stop = 0, trail, bracket }: OrderRequest): string[] {
  const { amount = 0, share = 0, activation = 0 } = trail ?? {}
  const guard = bracketOf(bracket ?? {})
  const counts = { limit, stop, amount, share, activation }
  const odd = Object.entries({ ...counts, ...countsOfBracket(guard) }).filter(([, count]) => !isCount(count))
  if (odd.length > 0) return odd.map(([name, count]) => `${name}: ${count} is no count of a price's unit`)
  const faults: string[] = []
  if (WITH_LIMIT.includes(type) !== limit > 0)
    faults.push(limit > 0 ? 'takes no limit price' : 'a limit price is needed')
  if (WITH_STOP.includes(type) !== stop > 0) faults.push(stop > 0 ? 'takes no stop price' : 'a stop price is needed')
  if ((type === 'TRAILING_STOP') !== (trail !== undefined)) faults.push('only a trailing stop trails, and needs to')
  else if (trail !== undefined && amount > 0 === share > 0) faults.push('trails either by an amount or by a share')
  if (share >= SHARE_ONE) faults.push('a share to trail by is under the whole price')
  return [...faults, ...faultsOfBracket(guard)]
}

function countsOfBracket({ stop, target, stopShare, targetShare, trail }: BracketSpec): Record<string, number> {
  return {
    'bracket stop': stop,
    'bracket target': target,
    'share of the bracket stop': stopShare,
    'share of the bracket target': targetShare,
    'amount of the bracket trail': trail?.amount ?? 0,
    'share of the bracket trail': trail?.share ?? 0,
    'start of the bracket trail': trail?.after ?? 0,
  }
}

function faultsOfTime({ type, postOnly, timeInForce = 'GTC', expiresAt }: OrderRequest, now: Micros | null): string[] {
  const faults: string[] = []
  if (postOnly === true && (type !== 'LIMIT' || timeInForce === 'IOC' || timeInForce === 'FOK'))
    faults.push('only a limit order that may rest can be post-only')
  if ((timeInForce === 'GTD') !== (expiresAt !== undefined))
    faults.push('a time of expiry goes with GTD, and only with it')
  else if (expiresAt !== undefined && !Number.isSafeInteger(expiresAt)) faults.push('its time of expiry is none')
  else if (expiresAt !== undefined && now !== null && expiresAt <= now)
    faults.push(`its time, ${formatTime(expiresAt)}, is over`)
  return faults
}

/** Rounds to the instrument's increments: sizes down, limit prices to the passive side. What only closes is exempt. */
export function fitted(request: OrderRequest, market: ProductMarket, closing: Amount): Figures | Refusal {
  const { increments, unit } = market
  const { side, limit = 0, stop = 0, exactPrice = false } = request
  const rounded = toIncrement(limit, increments.price, side)
  if (exactPrice && rounded !== limit) {
    const [price, step] = [limit, increments.price].map((count) => formatCount(count, unit.price))
    return { reason: 'PRICE_OFF_TICK', detail: `${price} is no multiple of ${step}` }
  }
  if (limit > 0 && rounded === 0) {
    const [price, step] = [limit, increments.price].map((count) => formatCount(count, unit.price))
    return { reason: 'INVALID_ORDER', detail: `a limit of ${price} is under the price increment, ${step}` }
  }
  if (request.reduceOnly === true) return { quantity: request.quantity, limit: rounded, stop }
  const exempt = request.quantity < closing ? request.quantity : closing
  const opening = request.quantity - exempt
  const whole = opening - (opening % increments.size)
  const refusal = whole === 0n && exempt > 0n ? null : tooSmall(whole, rounded, stop, market)
  if (refusal !== null && exempt === 0n) return refusal
  const quantity = exempt + (refusal === null ? whole : 0n)
  const { maxSize } = increments
  if (maxSize === 0n || quantity <= maxSize) return { quantity, limit: rounded, stop }
  // What closes is let at any size; what it would open besides is not.
  if (exempt > 0n) return { quantity: exempt > maxSize ? exempt : maxSize, limit: rounded, stop }
  const [size, most] = [quantity, maxSize].map(formatAmount)
  return { reason: 'INVALID_ORDER', detail: `${size} is more than the instrument's largest order, ${most}` }
}

/** Whether a size is under what the instrument lets through. */
function tooSmall(quantity: Amount, limit: Fixed, stop: Fixed, market: ProductMarket): Refusal | null {
  const { increments } = market
  const text = formatAmount
  const small = (detail: string): Refusal => ({ reason: 'SIZE_TOO_SMALL', detail })
  if (quantity === 0n) return small(`less than the size increment, ${text(increments.size)}`)
  if (quantity < increments.minSize)
    return small(`${text(quantity)} is under the least size, ${text(increments.minSize)}`)
  const price = limit > 0 ? market.money(limit) : stop > 0 ? market.money(stop) : market.markPrice
  const value = worthOf(price, quantity)
  // What nobody knows the price of is not too small.
  if (price > 0n && value < increments.minValue)
    return small(`worth ${text(value)}, under the least, ${text(increments.minValue)}`)
  return null
}

/** A limit price as a multiple of the increment, of which there is at least one: a bid goes down, an offer up. */
export function toTarget(price: Fixed, increment: Fixed, side: Side): Fixed {
  return Math.max(increment, toIncrement(price, increment, side))
}

/** A limit price as a multiple of the increment: a bid goes down, an offer up. */
export function toIncrement(price: Fixed, increment: Fixed, side: Side): Fixed {
  const off = price % increment
  if (off === 0) return price
  return side === 'BUY' ? price - off : price - off + increment
}
