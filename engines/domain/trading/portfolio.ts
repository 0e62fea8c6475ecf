import type { Amount, Money } from '../money.ts'
import type { Product } from '../market/product.ts'

/** What is held of one product. */
export interface Position {
  readonly product: Product
  /** Signed; negative is short. */
  readonly quantity: Amount
  /** Average entry price of what is held; 0 where nothing is. */
  readonly averagePrice: Money
  /** The price the position is valued at. */
  readonly markPrice: Money
  readonly unrealizedPnl: Money
}

/**
 * The ledger and its running statistics at one moment. `equity = cash + Σ quantity × markPrice`, exactly, and the same as
 * `initial + realizedPnl + unrealizedPnl − feesPaid − borrowCost`.
 */
export interface Portfolio {
  readonly cash: Money
  readonly equity: Money
  readonly realizedPnl: Money
  readonly unrealizedPnl: Money
  readonly feesPaid: Money
  /** What borrowing for shorts cost. */
  readonly borrowCost: Money
  /** `1 − equity/peak`, in [0, 1]: with no equity left, all is lost. */
  readonly drawdown: number
  /** The largest drawdown so far. */
  readonly maxDrawdown: number
  /** Winning share of the round trips, or null before the first. */
  readonly winRate: number | null
  /** What holding all products in equal shares, each in cash until its first price, has returned; null before any price. */
  readonly buyAndHoldReturn: number | null
  /** Number of fills. */
  readonly tradeCount: number
  /** Only products with a position, in order of product id. */
  readonly positions: readonly Position[]
}
