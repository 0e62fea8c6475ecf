import type { Amount, Fixed, Share } from '../money.ts'
import type { Product } from '../market/product.ts'
import type { Side } from '../side.ts'
import type { Micros } from '../time.ts'
import type { OrderPurpose, OrderType, StopTrigger, TimeInForce } from './order.ts'

/**
 * What an entry brings once it fills: orders that guard what it filled, from its first fill on. Prices are counts of the product's unit;
 * shares are of the entry's average price, towards gain or loss. 0: none.
 */
export interface BracketSpec {
  readonly stop: Fixed
  readonly target: Fixed
  readonly stopShare: Share
  readonly targetShare: Share
  /** A trailing stop at an amount or a share of the best price, from `after` on: so far towards gain. */
  readonly trail: { readonly amount: Fixed; readonly share: Share; readonly after: Share } | null
  /** How long after its first fill the position is closed at the market. */
  readonly hold: Micros
}

/** A bracket as it is asked for: what is left out is none. */
export type BracketRequest = Partial<Omit<BracketSpec, 'trail'>> & {
  readonly trail?: { readonly amount?: Fixed; readonly share?: Share; readonly after?: Share } | null
}

/** An order that somebody wants. Prices are counts of the product's unit. */
export interface OrderRequest {
  readonly product: Product
  readonly side: Side
  readonly type: OrderType
  readonly quantity: Amount
  readonly limit?: Fixed
  readonly stop?: Fixed
  readonly trail?: { readonly amount?: Fixed; readonly share?: Share; readonly activation?: Fixed }
  readonly trigger?: StopTrigger
  /** GTC unless told otherwise. */
  readonly timeInForce?: TimeInForce
  /** GTD only. */
  readonly expiresAt?: Micros
  readonly postOnly?: boolean
  readonly reduceOnly?: boolean
  /** Refuse a price between two increments instead of rounding it. */
  readonly exactPrice?: boolean
  readonly purpose?: OrderPurpose
  /** Orders of one group: what one fills is taken off the others. */
  readonly group?: number
  /** What guards what it fills. */
  readonly bracket?: BracketRequest
  readonly signalSequence?: number
}

/** What is to be other of an order; what is left out stays. Prices are counts of its product's unit. */
export interface OrderChange {
  /** What is still to be filled, as things stand at the request: what is filled before it arrives is taken off. */
  readonly quantity?: Amount
  readonly limit?: Fixed
  readonly stop?: Fixed
}
