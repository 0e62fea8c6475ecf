import type { Amount, Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import type { Micros } from '../domain/time.ts'
import { Holding } from './account/ledger.ts'
import type { OpenTrip, TripSlot } from './account/round-trips.ts'
import { ProductMarket } from './market/product-market.ts'
import type { Order } from './orders/order.ts'
import type { MarkRule } from './settings.ts'

/** The orders that the exit policy keeps for a position. */
export interface PolicyExits {
  stop: Order | null
  target: Order | null
  trail: Order | null
}

/** All that a broker keeps of a product. */
export class ProductState implements TripSlot {
  readonly product: Product
  readonly market: ProductMarket
  readonly holding: Holding
  trip: OpenTrip | null = null
  /** What the position is worth, as an ordinary number. */
  worth = 0
  /** At the market, in order of arrival; those that are over are swept out between two events. */
  orders: Order[] = []
  /** The price at which a bar stands while its orders are filled; 0: no bar is gone through. */
  path: Fixed = 0
  /** What of the newest bar's share is used up. */
  barUsed: Amount = 0n
  /** Of the orders, those that are not over. */
  live = 0
  /** Market time of the last accepted signal. */
  lastOrderAt: Micros = Number.NEGATIVE_INFINITY
  /** Orders of signals that have not come to the market yet. */
  onTheWay = 0
  /** Whether anything of its market was ever told. */
  seen = false
  /** Its market is closed to this run: nothing more of it is taken. */
  closed = false
  /** When the position has been held long enough. */
  holdUntil: Micros = Infinity
  /** It has been held long enough, and something else is on its way to close it. */
  overdue = false
  readonly exits: PolicyExits = { stop: null, target: null, trail: null }
  /** What is closed for want of equity, until it is. */
  liquidation: Order | null = null

  constructor(product: Product, mark: MarkRule) {
    this.product = product
    this.market = new ProductMarket(mark)
    this.holding = new Holding(product)
  }

  /** An order of a signal is not on its way any more: it has arrived, or ended before. */
  arrived(order: Order): void {
    if (order.onTheWay) this.onTheWay -= 1
    order.onTheWay = false
  }

  /** Lets go of the orders that are over. */
  sweep(): void {
    if (this.live !== this.orders.length) this.orders = this.orders.filter((order) => !order.over)
  }
}
