import { AMOUNT_ONE, SHARE_ONE, share, type Amount, type Money, type Share } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import { notionalWithin } from '../account/fees.ts'
import { magnitude, worthOf } from '../account/ledger.ts'
import type { RiskLimits } from '../settings.ts'

/** What an order can take at a price, as money; a size of null is unlimited. */
export interface PricedLevel {
  readonly price: Money
  readonly size: Amount | null
}

/** What sizing an order needs to know. */
export interface SizingView {
  /** Signed quantity held of the product. */
  readonly position: Amount
  /** What positions are valued at, above 0. */
  readonly mark: Money
  /** Best first; not empty. */
  readonly levels: readonly PricedLevel[]
  readonly equity: Money
  /** Σ |worth| of the positions in all OTHER products. */
  readonly otherExposure: Money
  readonly feeRate: Share
}

/** What may still be opened; any of them may be negative. */
export interface Headroom {
  /** By the position's limit. */
  readonly room: Money
  /** By the limit on all positions together. */
  readonly gross: Money
  /** By the equity, fee included: no leverage, so a BUY needs its cash and a short its worth. */
  readonly free: Money
}

/** How much of a position an order of `side` would close. */
export function closable(side: Side, position: Amount): Amount {
  return (side === 'BUY' ? position < 0n : position > 0n) ? magnitude(position) : 0n
}

/** What may be opened once `closing` is closed. */
export function headroom(side: Side, view: SizingView, closing: Amount, limits: RiskLimits): Headroom {
  const { equity, otherExposure, feeRate, mark, position } = view
  if (closing === 0n) {
    const exposure = magnitude(worthOf(mark, position))
    const open = otherExposure + exposure
    return {
      room: limits.maxPosition - exposure,
      gross: share(equity, limits.maxGross) - open,
      free: notionalWithin(equity - open, feeRate),
    }
  }
  // Closing away from the mark, and its fee, change the equity that opening may use.
  const notional = notionalOf(view.levels, closing)
  if (notional === null) return { room: 0n, gross: 0n, free: 0n }
  const worth = worthOf(mark, closing)
  const gain = side === 'BUY' ? worth - notional : notional - worth
  const after = equity + gain - share(notional, feeRate)
  return {
    room: limits.maxPosition,
    gross: share(after, limits.maxGross) - otherExposure,
    free: notionalWithin(after - otherExposure, feeRate),
  }
}

/**
 * The largest quantity that `budget` opens after `skip` was taken from the levels. What the levels do not hold is sized at the
 * last one's price: the order asks for it, and fills partially.
 *
 * A level's unit is valued at its price, or, where the mark is above the price, as far above the mark as the price is below it:
 * then neither what is paid, nor what the position is worth at the mark, nor that worth plus the loss of selling under the mark
 * comes out above the budget.
 */
export function quantityWithin(levels: readonly PricedLevel[], budget: Money, skip: Amount, mark: Money): Amount {
  let left = budget * AMOUNT_ONE
  let skipped = skip
  let quantity = 0n
  let unit = 0n
  for (const { price, size } of levels) {
    unit = price >= mark ? price : 2n * mark - price
    if (size === null) return quantity + left / unit
    const passed = skipped < size ? skipped : size
    skipped -= passed
    const open = size - passed
    if (open * unit >= left) return quantity + left / unit
    quantity += open
    left -= open * unit
  }
  return unit === 0n ? 0n : quantity + left / unit
}

/** What a quantity comes to at the levels; null where they do not hold it. */
function notionalOf(levels: readonly PricedLevel[], quantity: Amount): Money | null {
  let left = quantity
  let notional = 0n
  for (const { price, size } of levels) {
    const taken = size === null || left < size ? left : size
    notional += worthOf(price, taken)
    left -= taken
    if (left === 0n) return notional
  }
  return null
}

/** A share of the whole as the least of several bounds. */
export function least(first: Money, ...others: readonly Money[]): Money {
  return others.reduce((low, each) => (each < low ? each : low), first)
}

/** No bound at all, as a share. */
export const UNBOUNDED: Share = SHARE_ONE * 1_000_000
