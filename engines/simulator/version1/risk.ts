import type { Level } from '../../domain/market/market.ts'
import { formatDecimal, notional, share, type Fixed, type Money } from './money.ts'
import type { Side } from '../../domain/side.ts'
import type { RefusalReason, Signal } from '../../domain/trading/signal.ts'
import { MICROS_PER_MILLISECOND, type Micros } from '../../domain/time.ts'
import { notionalWithin, takerFee } from './fees.ts'
import { quantityWithin, walk } from './matching.ts'
import type { SimulatorLimits } from './limits.ts'
import type { RiskDecision } from './vocabulary.ts'

/** What sizing an order needs to know. */
export interface RiskView {
  /** Signed quantity held of the product. */
  readonly position: Fixed
  /** Last trade's price, above 0. */
  readonly mark: Fixed
  /** What the order can take, best first; not empty. */
  readonly levels: readonly Level[]
  /** Cash plus the worth of all positions. */
  readonly equity: Money
  /** Σ |worth| of the positions in all OTHER products. */
  readonly otherExposure: Money
}

/** When the product's last order was accepted, and whether it is still on its way. */
export interface OrderHistory {
  readonly lastOrderAt: Micros
  readonly orderPending: boolean
}

/** The checks that need no market: confidence, then cooldown. null where both let the signal pass. */
export function screen(signal: Signal, history: OrderHistory, limits: SimulatorLimits): RiskDecision | null {
  // Written so that NaN is refused too.
  if (!(signal.confidence >= limits.minConfidence)) {
    return refuse('LOW_CONFIDENCE', `confidence ${signal.confidence.toFixed(3)} is under ${limits.minConfidence}`)
  }
  if (history.orderPending) return refuse('COOLDOWN', 'an earlier order of the product is still on its way')
  const since = signal.time - history.lastOrderAt
  if (since < limits.cooldown) {
    const [passed, needed] = [since / MICROS_PER_MILLISECOND, limits.cooldown / MICROS_PER_MILLISECOND]
    return refuse('COOLDOWN', `${passed} ms since the last order, ${needed} ms are required`)
  }
  return null
}

/**
 * Sizes an order, or refuses it.
 *
 * 1. A position of the other direction is closed whole. Closing is never refused: it lowers the risk.
 * 2. Beyond that (and always where nothing is to be closed) the order opens `POSITION_SIZE_PCT` of the equity, reduced
 *    so that the position at the mark stays within `MAX_POSITION_SIZE`, and all positions together, fee included,
 *    within the equity: no leverage, so a BUY needs its cash and a short its margin. SELL opens only with shorting.
 * 3. An opening part under `MIN_ORDER_VALUE` is left out; where nothing remains, the narrowest limit is the reason.
 */
export function sizeOrder(side: Side, view: RiskView, limits: SimulatorLimits): RiskDecision {
  const closing = closingQuantity(side, view.position)
  if (side === 'SELL' && !limits.shorting) {
    if (closing > 0) return { accepted: true, quantity: closing }
    return refuse('SHORTING_DISABLED', 'nothing is held that could be sold, and shorting is disabled')
  }
  const wanted = share(view.equity, limits.positionShare)
  const { room, free } = headroom(side, view, limits)
  const budget = least(wanted, room, free)
  const opening = budget < limits.minOrder || budget <= 0n ? 0 : openingQuantity(view, closing, budget)
  const quantity = Math.min(closing + opening, Number.MAX_SAFE_INTEGER - Math.abs(view.position))
  if (quantity > 0) return { accepted: true, quantity }
  if (free <= room && free <= wanted) {
    return refuse('INSUFFICIENT_CASH', `${formatDecimal(free)} is free, ${formatDecimal(wanted)} was to be used`)
  }
  if (room <= wanted) {
    const held = formatDecimal(limits.maxPosition - room)
    return refuse('POSITION_LIMIT', `the position is worth ${held} of at most ${formatDecimal(limits.maxPosition)}`)
  }
  return refuse('SIZE_TOO_SMALL', `${formatDecimal(wanted)} is too small an order`)
}

/**
 * How much of an accepted order the limits still allow when it reaches the market some time later, at other prices.
 * At most `quantity`; 0 where nothing is left of it.
 */
export function allowedLater(side: Side, quantity: Fixed, view: RiskView, limits: SimulatorLimits): Fixed {
  const closing = Math.min(quantity, closingQuantity(side, view.position))
  if (closing === quantity) return quantity
  const { room, free } = headroom(side, view, limits)
  const budget = least(room, free)
  return budget <= 0n ? closing : Math.min(quantity, closing + openingQuantity(view, closing, budget))
}

export function refuse(reason: RefusalReason, detail: string): RiskDecision {
  return { accepted: false, reason, detail }
}

function closingQuantity(side: Side, position: Fixed): Fixed {
  const against = side === 'BUY' ? position < 0 : position > 0
  return against ? Math.abs(position) : 0
}

/** What may still be opened: by the position's limit (`room`) and by the equity (`free`); either may be negative. */
function headroom(side: Side, view: RiskView, limits: SimulatorLimits): { room: Money; free: Money } {
  const closing = closingQuantity(side, view.position)
  if (closing === 0) {
    const exposure = notional(view.mark, Math.abs(view.position))
    const free = notionalWithin(view.equity - view.otherExposure - exposure, limits.feeRate)
    return { room: limits.maxPosition - exposure, free }
  }
  // Closing away from the mark, and its fee, change the equity that opening may use.
  const execution = walk(view.levels, closing)
  if (execution === null || execution.quantity < closing) return { room: 0n, free: 0n }
  const worth = notional(view.mark, closing)
  const gain = side === 'BUY' ? worth - execution.notional : execution.notional - worth
  const equity = view.equity + gain - takerFee(execution.notional, limits.feeRate)
  return { room: limits.maxPosition, free: notionalWithin(equity - view.otherExposure, limits.feeRate) }
}

function openingQuantity(view: RiskView, closing: Fixed, budget: Money): Fixed {
  return quantityWithin(view.levels, budget, closing, view.mark)
}

function least(first: Money, ...others: readonly Money[]): Money {
  return others.reduce((low, each) => (each < low ? each : low), first)
}
