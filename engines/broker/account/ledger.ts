import { AMOUNT_ONE, amountToNumber, divideHalfEven, type Amount, type Money } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'

/** What a quantity is worth at a price: exact where eighteen digits hold it, else rounded half even. */
export function worthOf(price: Money, quantity: Amount): Money {
  return divideHalfEven(price * quantity, AMOUNT_ONE)
}

/** The price at which a quantity comes to a notional, rounded half even; 0 of nothing. */
export function priceOf(notional: Money, quantity: Amount): Money {
  return quantity === 0n ? 0n : divideHalfEven(notional * AMOUNT_ONE, quantity)
}

/** The size of an amount, without its sign. */
export function magnitude(amount: Amount): Amount {
  return amount < 0n ? -amount : amount
}

/** What the ledger keeps of a product. Only {@link Ledger} changes it. */
export class Holding {
  readonly product: Product
  /** Signed; negative is short. */
  quantity: Amount = 0n
  /** The ordinary number nearest to {@link quantity}, for what is watched at every tick. */
  size = 0
  /** What was paid (long) or received (short) for what is held, never negative. */
  cost: Money = 0n
  /** The part of the fees paid so far that belongs to what is held. */
  entryFees: Money = 0n
  /** When the position was opened in its present direction. */
  openedAt: Micros = 0

  constructor(product: Product) {
    this.product = product
  }

  /** Average entry price, rounded half even; 0 where nothing is held. */
  get averagePrice(): Money {
    return priceOf(this.cost, magnitude(this.quantity))
  }

  /** What the position is worth at a price; negative for a short. */
  value(mark: Money): Money {
    return this.quantity === 0n ? 0n : worthOf(mark, this.quantity)
  }

  /** What closing at `mark` would realise, before fees. */
  unrealized(mark: Money): Money {
    return this.value(mark) - (this.quantity < 0n ? -this.cost : this.cost)
  }
}

/** An execution to be booked. */
export interface Booking {
  readonly side: Side
  /** Above 0. */
  readonly quantity: Amount
  readonly notional: Money
  readonly fee: Money
  readonly time: Micros
}

/** What a booking did to a position. */
export interface Booked {
  /** The part that closed; 0: it only opened. */
  readonly closed: Amount
  readonly closedNotional: Money
  readonly closedFee: Money
  /** Of the closed part, before fees. */
  readonly realizedPnl: Money
  /** After the closed part's share of the fees, of the entry and of the exit. */
  readonly netPnl: Money
  /** How long the position had been open. */
  readonly heldFor: Micros
}

/**
 * Cash and positions, exact.
 *
 * A fill posts ∓notional and −fee to the cash, so `cash = initial + Σ postings` without any error. The cost of what is held is
 * kept as money; closing a part takes its share of the cost, rounded once, half even, at 1e-18, and closing all takes all. A
 * reversal splits its notional between the closed and the opened part (the closed share rounded once, the opened part the rest)
 * and realises P&L on the closed part only.
 * So `cash + Σ value = initial + realizedPnl + Σ unrealized − feesPaid − borrowCost` holds exactly at any marks.
 */
export class Ledger {
  readonly initial: Money
  cash: Money
  realizedPnl: Money = 0n
  feesPaid: Money = 0n
  borrowCost: Money = 0n
  /** Sum of all notionals. */
  turnover: Money = 0n

  constructor(initial: Money) {
    this.initial = initial
    this.cash = initial
  }

  /** Books an execution. */
  apply(holding: Holding, booking: Booking): Booked {
    const { side, quantity, notional, fee, time } = booking
    this.cash += (side === 'BUY' ? -notional : notional) - fee
    this.feesPaid += fee
    this.turnover += notional

    const against = side === 'BUY' ? holding.quantity < 0n : holding.quantity > 0n
    const held = magnitude(holding.quantity)
    const closed = !against ? 0n : quantity < held ? quantity : held
    const closedNotional = part(notional, closed, quantity)
    const closedFee = part(fee, closed, quantity)
    const heldFor = time - holding.openedAt
    const result = closed === 0n ? NOTHING : this.close(holding, closed, closedNotional, closedFee)

    const opening = quantity - closed
    if (opening > 0n) {
      if (holding.quantity === 0n) holding.openedAt = time
      holding.quantity += side === 'BUY' ? opening : -opening
      holding.cost += notional - closedNotional
      holding.entryFees += fee - closedFee
    }
    holding.size = amountToNumber(holding.quantity)
    return { closed, closedNotional, closedFee, heldFor: closed === 0n ? 0 : heldFor, ...result }
  }

  /** Takes a cost that belongs to no fill. */
  charge(cost: Money): void {
    this.cash -= cost
    this.borrowCost += cost
  }

  private close(holding: Holding, quantity: Amount, notional: Money, fee: Money): Result {
    const held = magnitude(holding.quantity)
    const long = holding.quantity > 0n
    const cost = part(holding.cost, quantity, held)
    const entryFees = part(holding.entryFees, quantity, held)
    const realizedPnl = long ? notional - cost : cost - notional
    holding.quantity += long ? -quantity : quantity
    holding.cost -= cost
    holding.entryFees -= entryFees
    this.realizedPnl += realizedPnl
    return { realizedPnl, netPnl: realizedPnl - entryFees - fee }
  }
}

type Result = Pick<Booked, 'realizedPnl' | 'netPnl'>

const NOTHING: Result = { realizedPnl: 0n, netPnl: 0n }

/** `amount × some/all`, rounded once, half even; exactly `amount` where some is all. */
function part(amount: Money, some: Amount, all: Amount): Money {
  if (some === 0n) return 0n
  return some === all ? amount : divideHalfEven(amount * some, all)
}
