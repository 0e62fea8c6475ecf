import { amountToNumber, type Amount, type Money } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { ExitReason, RoundTrip } from '../../domain/trading/round-trip.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'
import { priceOf, worthOf, type Booked } from './ledger.ts'

/** A fill, as far as round trips go by it. */
export interface TripFill {
  readonly side: Side
  readonly quantity: Amount
  readonly notional: Money
  readonly fee: Money
  readonly time: Micros
  readonly orderId: number
  readonly signalSequence: number
  readonly reason: ExitReason
}

/** Where a product's position on its way is kept. */
export interface TripSlot {
  readonly product: Product
  /** null: the product is flat. */
  trip: OpenTrip | null
}

/** A position on its way from flat to flat. */
export class OpenTrip {
  readonly side: Side
  readonly opener: TripFill
  quantity: Amount = 0n
  entry: Money = 0n
  exit: Money = 0n
  fees: Money = 0n
  borrowed: Money = 0n
  fills = 0
  worst: Money = 0n
  best: Money = 0n
  held: Amount = 0n
  /** The lowest and the highest mark since the last fill, between which the profit is a straight line. */
  private low = Infinity
  private high = Number.NEGATIVE_INFINITY

  constructor(opener: TripFill) {
    this.side = opener.side
    this.opener = opener
  }

  /** A new mark, a count of the product's unit. The hot path. */
  see(mark: number): void {
    if (mark < this.low) this.low = mark
    if (mark > this.high) this.high = mark
  }

  /** Reckons with the marks seen, before the next fill, or before these are counted in another unit. */
  settle(money: (mark: number) => Money): void {
    if (this.low === Infinity) return
    this.stand(this.profitAt(money(this.low)))
    this.stand(this.profitAt(money(this.high)))
    this.low = Infinity
    this.high = Number.NEGATIVE_INFINITY
  }

  /** Takes in how the position stands at a price. */
  standAt(price: Money): void {
    this.stand(this.profitAt(price))
  }

  /** Profit before costs, were what is held closed at a price. */
  private profitAt(price: Money): Money {
    const flow = this.side === 'BUY' ? this.exit - this.entry : this.entry - this.exit
    return flow + worthOf(price, this.side === 'BUY' ? this.held : -this.held)
  }

  private stand(profit: Money): void {
    if (profit < this.worst) this.worst = profit
    if (profit > this.best) this.best = profit
  }
}

/** Follows each product's position from flat to flat. */
export class RoundTrips {
  private count = 0

  /** Takes a fill that was booked. @returns the trip that it ends; null: none. */
  fill(slot: TripSlot, fill: TripFill, booked: Booked): RoundTrip | null {
    const ended = booked.closed > 0n ? this.close(slot, fill, booked) : null
    if (fill.quantity > booked.closed) enter(slot, fill, booked)
    return ended
  }

  private close(slot: TripSlot, fill: TripFill, booked: Booked): RoundTrip | null {
    const { trip, product } = slot
    if (trip === null) throw new Error(`a fill closes a position in ${product} that was never opened`)
    trip.standAt(priceOf(fill.notional, fill.quantity))
    trip.held -= booked.closed
    trip.exit += booked.closedNotional
    trip.fees += booked.closedFee
    trip.fills += 1
    if (trip.held > 0n) return null
    slot.trip = null
    this.count += 1
    return told(this.count, product, trip, fill)
  }
}

function enter(slot: TripSlot, fill: TripFill, booked: Booked): void {
  const trip = slot.trip ?? new OpenTrip(fill)
  slot.trip = trip
  const quantity = fill.quantity - booked.closed
  trip.quantity += quantity
  trip.held += quantity
  trip.entry += fill.notional - booked.closedNotional
  trip.fees += fill.fee - booked.closedFee
  trip.fills += 1
}

function told(number: number, product: Product, trip: OpenTrip, last: TripFill): RoundTrip {
  const long = trip.side === 'BUY'
  const grossPnl = long ? trip.exit - trip.entry : trip.entry - trip.exit
  const share = (profit: Money) => (trip.entry === 0n ? null : amountToNumber(profit) / amountToNumber(trip.entry))
  return {
    number,
    product,
    direction: long ? 'LONG' : 'SHORT',
    quantity: trip.quantity,
    entryPrice: priceOf(trip.entry, trip.quantity),
    exitPrice: priceOf(trip.exit, trip.quantity),
    entryNotional: trip.entry,
    exitNotional: trip.exit,
    openedAt: trip.opener.time,
    closedAt: last.time,
    grossPnl,
    fees: trip.fees,
    borrowCost: trip.borrowed,
    netPnl: grossPnl - trip.fees - trip.borrowed,
    maxAdverse: trip.worst,
    maxFavorable: trip.best,
    maxAdverseShare: share(trip.worst),
    maxFavorableShare: share(trip.best),
    exitReason: last.reason,
    fills: trip.fills,
    entryOrderId: trip.opener.orderId,
    exitOrderId: last.orderId,
    entrySignalSequence: trip.opener.signalSequence,
  }
}
