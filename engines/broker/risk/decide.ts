import { formatAmount, share, type Amount, type Money } from '../../domain/money.ts'
import type { OrderRefusal } from '../../domain/trading/order.ts'
import type { RiskDecision, Signal } from '../../domain/trading/signal.ts'
import { MICROS_PER_MILLISECOND } from '../../domain/time.ts'
import { worthOf } from '../account/ledger.ts'
import type { Desk } from '../desk.ts'
import { obstacle, priced, slipped, type Obstacle } from '../matching/taker.ts'
import type { Refusal } from '../orders/request.ts'
import type { ProductState } from '../product-state.ts'
import { entryRefusal, type Gates } from './entry.ts'
import { headroom, least, quantityWithin, type PricedLevel } from './sizing.ts'

/**
 * What risk says to a signal.
 *
 * 1. A position of the other direction, less what is already on its way to close it, is closed whole. That is never refused but by
 *    a halt: it lowers the risk.
 * 2. Beyond that (and always where nothing is to be closed) the order opens a share of the equity, within all limits, rounded down
 *    to the instrument's increment.
 * 3. An opening part that is too small is left out; where nothing remains, the narrowest limit is the reason.
 *
 * @param closing what the signal would close
 */
export function decide(desk: Desk, state: ProductState, signal: Signal, closing: Amount, gates: Gates): RiskDecision {
  if (gates.switched === 'HALTED') return refuse('HALTED', 'trading is halted')
  if (state.closed) return refuse('NO_MARKET', `the market of ${state.product} is closed to this run`)
  const onlyClose: RiskDecision | null = closing > 0n ? { accepted: true, quantity: closing } : null
  const entry = screen(desk, state, signal) ?? entryRefusal(desk, state, signal.side, gates)
  if (entry !== null) return onlyClose ?? refuse(entry.reason, entry.detail)
  const levels = takable(desk, state, signal)
  if ('reason' in levels) return onlyClose ?? refuse(levels.reason, levels.detail)
  const opening = open(desk, state, signal, closing, levels)
  if (typeof opening === 'bigint') return { accepted: true, quantity: closing + opening }
  return onlyClose ?? refuse(opening.reason, opening.detail)
}

function refuse(reason: OrderRefusal, detail: string): RiskDecision {
  return { accepted: false, reason, detail }
}

/** The checks that need no market: confidence, then cooldown. */
function screen(desk: Desk, state: ProductState, signal: Signal): Refusal | null {
  const { minConfidence, cooldown } = desk.settings.limits
  // Written so that NaN is refused too.
  if (!(signal.confidence >= minConfidence)) {
    const detail = `confidence ${signal.confidence.toFixed(3)} is under ${minConfidence}`
    return { reason: 'LOW_CONFIDENCE', detail }
  }
  if (state.onTheWay > 0) return { reason: 'COOLDOWN', detail: 'an earlier order of the product is still on its way' }
  const since = signal.time - state.lastOrderAt
  if (since >= cooldown) return null
  const [passed, needed] = [since / MICROS_PER_MILLISECOND, cooldown / MICROS_PER_MILLISECOND]
  return { reason: 'COOLDOWN', detail: `${passed} ms since the last order, ${needed} ms are required` }
}

/** What an order of the signal could take, as far as it can be known now. */
function takable(desk: Desk, state: ProductState, { side }: Signal): readonly PricedLevel[] | Obstacle {
  const { market } = state
  if (market.quoted) {
    const found = obstacle(desk, state, side)
    if (found !== null) return found
    const levels = market.levels(side)
    if (levels.length > 0 && market.mark > 0) return priced(market, levels)
  } else if (market.last > 0) {
    return [{ price: slipped(market.money(market.last), side, desk.settings.slippage), size: null }]
  }
  return { reason: 'NO_MARKET', detail: `no price, or no size, to ${side} is known` }
}

/** How much may be opened, or why nothing. */
function open(
  desk: Desk,
  state: ProductState,
  { side }: Signal,
  closing: Amount,
  levels: readonly PricedLevel[],
): Amount | Refusal {
  const { limits } = desk.settings
  const view = desk.viewOf(state, levels)
  const wanted = share(view.equity, limits.positionShare)
  const { room, gross, free } = headroom(side, view, closing, limits)
  const budget = least(wanted, room, gross, free)
  const { increments } = state.market
  const most = budget <= 0n ? 0n : quantityWithin(levels, budget, closing, view.mark)
  const capped = increments.maxSize > 0n && most > increments.maxSize ? increments.maxSize : most
  const quantity = capped - (capped % increments.size)
  const worth = worthOf(view.mark, quantity)
  if (quantity > 0n && budget >= limits.minOrder && quantity >= increments.minSize && worth >= increments.minValue)
    return quantity
  return narrowest({ wanted, room, gross, free }, desk, state, most)
}

interface Bounds {
  readonly wanted: Money
  readonly room: Money
  readonly gross: Money
  readonly free: Money
}

function narrowest({ wanted, room, gross, free }: Bounds, desk: Desk, state: ProductState, most: Amount): Refusal {
  const { limits } = desk.settings
  const { increments } = state.market
  const text = formatAmount
  if (free <= room && free <= gross && free < wanted) {
    return { reason: 'INSUFFICIENT_CASH', detail: `${text(free)} is free, ${text(wanted)} was to be used` }
  }
  if (room <= gross && room < wanted) {
    const held = text(limits.maxPosition - room)
    return { reason: 'POSITION_LIMIT', detail: `the position is worth ${held} of at most ${text(limits.maxPosition)}` }
  }
  if (gross < wanted) {
    return { reason: 'EXPOSURE_LIMIT', detail: `all positions together leave room for ${text(gross)}` }
  }
  const least = [
    `size ${text(increments.minSize > increments.size ? increments.minSize : increments.size)}`,
    ...(limits.minOrder > 0n ? [`worth ${text(limits.minOrder)}`] : []),
    ...(increments.minValue > 0n ? [`worth ${text(increments.minValue)} at the venue`] : []),
  ].join(', ')
  const detail = `${text(wanted)} buys ${text(most)}; the least is ${least}`
  return { reason: 'SIZE_TOO_SMALL', detail }
}
