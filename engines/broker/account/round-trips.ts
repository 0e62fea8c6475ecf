import { amountToNumber, type Amount, type Money } from '../../domain/money.ts'
import type { Product } from '../../domain/product.ts'
import type { ExitReason, RoundTrip } from '../../domain/round-trip.ts'
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

/** What knows the price that positions are valued at. */
interface Priced {
  readonly markPrice: Money
}

/** A position on its way from flat to flat. */
class OpenTrip {
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
  /** What closing at a price comes to, in ordinary numbers: `flow + size × price`. */
  flow = 0
  size = 0
  low = 0
  high = 0
  held: Amount = 0n

  constructor(opener: TripFill) {
    this.side = opener.side
    this.opener = opener
  }

  /** Profit before costs, were what is held closed at a price. */
  profitAt(price: Money): Money {
    const flow = this.side === 'BUY' ? this.exit - this.entry : this.entry - this.exit
    return flow + worthOf(price, this.side === 'BUY' ? this.held : -this.held)
  }

  /** Takes in how the position stands; money only where it stands as never before. */
  see(number: number, market: Priced): void {
    const profit = this.flow + this.size * number
    if (profit >= this.low && profit <= this.high) return
    this.stand(this.profitAt(market.markPrice))
  }

  stand(profit: Money): void {
    if (profit < this.worst) this.worst = profit
    if (profit > this.best) this.best = profit
    this.low = amountToNumber(this.worst)
    this.high = amountToNumber(this.best)
  }

  count(): void {
    const long = this.side === 'BUY'
    this.flow = amountToNumber(long ? this.exit - this.entry : this.entry - this.exit)
    this.size = amountToNumber(long ? this.held : -this.held)
  }
}

/** Follows each product's position from flat to flat. */
export class RoundTrips {
  private readonly open = new Map<Product, OpenTrip>()
  private count = 0

  /** Takes a fill that was booked. @returns the trip that it ends; null: none. */
  fill(product: Product, fill: TripFill, booked: Booked): RoundTrip | null {
    const ended = booked.closed > 0n ? this.close(product, fill, booked) : null
    if (fill.quantity > booked.closed) this.enter(product, fill, booked)
    return ended
  }

  /** Takes in a new valuation. The hot path: nothing is allocated but where the position stands as never before. */
  mark(product: Product, number: number, market: Priced): void {
    this.open.get(product)?.see(number, market)
  }

  charge(product: Product, cost: Money): void {
    const trip = this.open.get(product)
    if (trip !== undefined) trip.borrowed += cost
  }

  private enter(product: Product, fill: TripFill, booked: Booked): void {
    const trip = this.open.get(product) ?? new OpenTrip(fill)
    this.open.set(product, trip)
    const quantity = fill.quantity - booked.closed
    trip.quantity += quantity
    trip.held += quantity
    trip.entry += fill.notional - booked.closedNotional
    trip.fees += fill.fee - booked.closedFee
    trip.fills += 1
    trip.count()
  }

  private close(product: Product, fill: TripFill, booked: Booked): RoundTrip | null {
    const trip = this.open.get(product)
    if (trip === undefined) throw new Error(`a fill closes a position in ${product} that was never opened`)
    trip.stand(trip.profitAt(priceOf(fill.notional, fill.quantity)))
    trip.held -= booked.closed
    trip.exit += booked.closedNotional
    trip.fees += booked.closedFee
    trip.fills += 1
    trip.count()
    if (trip.held > 0n) return null
    this.open.delete(product)
    this.count += 1
    return told(this.count, product, trip, fill)
  }
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
