import { divideHalfEven, notional as valueOf, type Fixed, type Money } from './money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'

/** What the ledger keeps of a product. Only {@link Ledger.apply} changes it. */
export class Holding {
  readonly product: Product
  /** Signed; negative is short. */
  quantity: Fixed = 0
  /** What was paid (long) or received (short) for what is held, never negative. Exact: the average price follows. */
  cost: Money = 0n
  /** The part of the fees paid so far that belongs to what is held. */
  entryFees: Money = 0n
  /** When the position was opened in its present direction. */
  openedAt: Micros = 0

  constructor(product: Product) {
    this.product = product
  }

  /** Average entry price, rounded half even; 0 where nothing is held. */
  get averagePrice(): Fixed {
    if (this.quantity === 0) return 0
    return Number(divideHalfEven(this.cost * 100_000_000n, BigInt(Math.abs(this.quantity))))
  }

  /** What the position is worth at a price; negative for a short. */
  value(mark: Fixed): Money {
    return this.quantity === 0 ? 0n : valueOf(mark, this.quantity)
  }

  /** What closing at `mark` would realise, before fees. */
  unrealized(mark: Fixed): Money {
    return this.value(mark) - (this.quantity < 0 ? -this.cost : this.cost)
  }
}

/** An execution to be booked. */
export interface Booking {
  readonly side: Side
  /** Above 0. */
  readonly quantity: Fixed
  readonly notional: Money
  readonly fee: Money
  readonly time: Micros
}

/** What a booking closed. */
export interface ClosedTrade {
  readonly quantity: Fixed
  /** Before fees. */
  readonly realizedPnl: Money
  /** After the closed part's share of the fees, of the entry and of the exit. */
  readonly netPnl: Money
  /** How long the position had been open. */
  readonly heldFor: Micros
}

/**
 * Cash and positions, exact.
 *
 * Each posting is rounded once, half even, to 1e-8: a fill posts ∓notional and −fee to the cash, so
 * `cash = initial + Σ postings` without any error. The cost of what is held is kept as money; closing a part takes its
 * share of the cost, rounded once, and closing all takes all. A reversal splits its notional between the closed and the
 * opened part (the closed share rounded once, the opened part the rest) and realises P&L on the closed part only.
 * So `cash + Σ value = initial + realizedPnl + Σ unrealized − feesPaid` holds exactly at any marks.
 */
export class Ledger {
  readonly initial: Money
  cash: Money
  realizedPnl: Money = 0n
  feesPaid: Money = 0n
  /** Sum of all notionals. */
  turnover: Money = 0n

  constructor(initial: Money) {
    this.initial = initial
    this.cash = initial
  }

  /** Books an execution. @returns what it closed, or null where it only opened. */
  apply(holding: Holding, booking: Booking): ClosedTrade | null {
    const { side, quantity, notional, fee } = booking
    this.cash += (side === 'BUY' ? -notional : notional) - fee
    this.feesPaid += fee
    this.turnover += notional

    const against = side === 'BUY' ? holding.quantity < 0 : holding.quantity > 0
    const closing = against ? Math.min(quantity, Math.abs(holding.quantity)) : 0
    const closedNotional = part(notional, closing, quantity)
    const closedFee = part(fee, closing, quantity)
    const closed = closing === 0 ? null : this.close(holding, closing, closedNotional, closedFee, booking.time)

    const opening = quantity - closing
    if (opening > 0) {
      if (holding.quantity === 0) holding.openedAt = booking.time
      holding.quantity += side === 'BUY' ? opening : -opening
      holding.cost += notional - closedNotional
      holding.entryFees += fee - closedFee
    }
    return closed
  }

  private close(holding: Holding, quantity: Fixed, notional: Money, fee: Money, time: Micros): ClosedTrade {
    const held = Math.abs(holding.quantity)
    const long = holding.quantity > 0
    const cost = part(holding.cost, quantity, held)
    const entryFees = part(holding.entryFees, quantity, held)
    const realizedPnl = long ? notional - cost : cost - notional
    holding.quantity += long ? -quantity : quantity
    holding.cost -= cost
    holding.entryFees -= entryFees
    this.realizedPnl += realizedPnl
    return { quantity, realizedPnl, netPnl: realizedPnl - entryFees - fee, heldFor: time - holding.openedAt }
  }
}

/** `amount × some/all`, rounded once, half even; exactly `amount` where some is all. */
function part(amount: Money, some: Fixed, all: Fixed): Money {
  if (some === 0) return 0n
  return some === all ? amount : divideHalfEven(amount * BigInt(some), BigInt(all))
}
