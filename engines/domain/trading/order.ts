import type { Amount, Money } from '../money.ts'
import type { Product } from '../market/product.ts'
import type { Side } from '../side.ts'
import type { Micros } from '../time.ts'

/**
 * What an order waits for.
 * - `MARKET`: takes what is there. - `LIMIT`: at its price or better; what is not there rests.
 * - `STOP`: a market order once its trigger is reached. - `STOP_LIMIT`: a limit order then.
 * - `TRAILING_STOP`: a stop that follows the price at a distance and never goes back.
 * - `TAKE_PROFIT`: a limit order that closes.
 */
export type OrderType = 'MARKET' | 'LIMIT' | 'STOP' | 'STOP_LIMIT' | 'TRAILING_STOP' | 'TAKE_PROFIT'

export const ORDER_TYPES: readonly OrderType[] = [
  'MARKET',
  'LIMIT',
  'STOP',
  'STOP_LIMIT',
  'TRAILING_STOP',
  'TAKE_PROFIT',
]

/** `GTC`: until cancelled. `IOC`: what is there at once, no more. `FOK`: all at once, or nothing. `GTD`: until a time. */
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD'

export const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'IOC', 'FOK', 'GTD']

/**
 * Where an order stands. `ACCEPTED`: on its way to the market. `RESTING`: at the market, waiting; also a market order that finds no
 * price. `TRIGGERED`: its stop was reached. From `REFUSED`, `FILLED`, `CANCELLED`, `EXPIRED` and `REPLACED` nothing follows;
 * `REPLACED`: another order, which names it, is in its place.
 */
export type OrderState =
  | 'ACCEPTED'
  | 'REFUSED'
  | 'RESTING'
  | 'TRIGGERED'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'REPLACED'

export const ORDER_STATES: readonly OrderState[] = [
  'ACCEPTED',
  'REFUSED',
  'RESTING',
  'TRIGGERED',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELLED',
  'EXPIRED',
  'REPLACED',
]

/** States from which nothing follows. */
export const FINAL_ORDER_STATES: readonly OrderState[] = ['REFUSED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REPLACED']

/**
 * What an order is for; of one that closes, the reason of the exit. `SIGNAL`: an algorithm's signal. `STRATEGY`: an order that an
 * author made by hand. `STOP_LOSS`, `TAKE_PROFIT`, `TRAILING_STOP` and `MAX_HOLD` guard a position. `LIQUIDATION`: too little
 * equity for the shorts. `RUIN`: none left.
 */
export type OrderPurpose =
  'SIGNAL' | 'STRATEGY' | 'STOP_LOSS' | 'TAKE_PROFIT' | 'TRAILING_STOP' | 'MAX_HOLD' | 'LIQUIDATION' | 'RUIN'

export const ORDER_PURPOSES: readonly OrderPurpose[] = [
  'SIGNAL',
  'STRATEGY',
  'STOP_LOSS',
  'TAKE_PROFIT',
  'TRAILING_STOP',
  'MAX_HOLD',
  'LIQUIDATION',
  'RUIN',
]

/** Which price a stop watches: the last trade, the opposing best price, or what positions are valued at. */
export type StopTrigger = 'LAST' | 'QUOTE' | 'MARK'

/** Why an order was refused. Codes are stable. */
export type OrderRefusal =
  | 'LOW_CONFIDENCE'
  | 'COOLDOWN'
  | 'SHORTING_DISABLED'
  | 'INSUFFICIENT_CASH'
  | 'POSITION_LIMIT'
  | 'EXPOSURE_LIMIT'
  | 'MAX_POSITIONS'
  | 'DAILY_LOSS'
  | 'LOCKED'
  | 'HALTED'
  | 'REDUCING'
  | 'SIZE_TOO_SMALL'
  | 'PRICE_OFF_TICK'
  | 'WOULD_CROSS'
  | 'NO_MARKET'
  | 'STALE_MARKET'
  | 'INVALID_ORDER'
  | 'RUINED'

/**
 * Why an order is as it is, beside the refusals. `NO_MARKET` and `STALE_MARKET` of one that rests: what it waits for.
 * - `REQUESTED`: who made it asked for it. - `UNFILLED`: its time in force let it wait no longer.
 * - `GROUP`: another of its group was filled. - `FLAT`: nothing is left that it could close. - `TIME`: GTD, its time is over.
 * - `LIMITS`: on arrival the limits had no room for it.
 * - `WORTH_NOTHING`: what was there is worth no 1e-18. - `RUN_ENDED`: the run ended first.
 */
export type OrderReason =
  OrderRefusal | 'REQUESTED' | 'UNFILLED' | 'TIME' | 'GROUP' | 'FLAT' | 'LIMITS' | 'WORTH_NOTHING' | 'RUN_ENDED'

/** An order as it stands after a change of its life. */
export interface OrderUpdate {
  /** Rises by one from 1 over all orders of a run. */
  readonly id: number
  readonly product: Product
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly purpose: OrderPurpose
  readonly state: OrderState
  /** Why; null where the state says all. */
  readonly reason: OrderReason | null
  /** For a person, at most 200 characters; empty where there is nothing to add. */
  readonly detail: string
  /** What was asked for; that of a reduce-only order shrinks with the position. */
  readonly quantity: Amount
  readonly filled: Amount
  /** Average price of what is filled; 0 where nothing is. */
  readonly averagePrice: Money
  /** null where it has none. */
  readonly limitPrice: Money | null
  /** Where it triggers; of a trailing stop as it is now. null where it has none, or is not active yet. */
  readonly stopPrice: Money | null
  readonly postOnly: boolean
  readonly reduceOnly: boolean
  /** GTD only. */
  readonly expiresAt: Micros | null
  /** Orders of one group: what one fills is taken off the others. */
  readonly group: number | null
  /** The entry that it guards the position of. */
  readonly parent: number | null
  /** The order that it took the place of. */
  readonly replaces: number | null
  /** Event sequence of the signal that raised it; 0: none did. */
  readonly signalSequence: number
}

/**
 * `ACTIVE`: all goes on. `REDUCING`: only what closes is let through. `HALTED`: no order of the algorithm is; stops and liquidation
 * go on.
 */
export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED'

export const TRADING_STATES: readonly TradingState[] = ['ACTIVE', 'REDUCING', 'HALTED']

/** A request to change what a run may do, with its place in the stream. */
export interface TradingSwitch {
  readonly type: 'trading'
  readonly state: TradingState
}

/** Positions that were closed for want of equity. */
export interface Liquidation {
  /** `MAINTENANCE`: too little equity for the shorts, which are bought back. `RUIN`: none left, so all is closed. */
  readonly reason: 'MAINTENANCE' | 'RUIN'
  /** Equity when it was noticed, which a gap may have taken under 0. */
  readonly equity: Money
  /** What would have had to be there. */
  readonly required: Money
  /** In order of name. */
  readonly products: readonly Product[]
}

/** How a run lost everything. */
export interface Ruin {
  readonly at: Micros
  /** Equity after all was closed; under 0 by as much as a gap took. */
  readonly equity: Money
}
