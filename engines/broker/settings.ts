import type { Money, Share } from '../domain/money.ts'
import type { Micros } from '../domain/time.ts'
import type { FeeTier } from './account/fees.ts'
import type { LatencyModel } from './latency.ts'
import type { ProtectionSettings } from './risk/protections.ts'

/**
 * How far a resting order is moved up by cancellations in front of it. `CONSERVATIVE`: only as far as the displayed size caps it.
 * `PROPORTIONAL`: by its share. `OPTIMISTIC`: there is no queue, what is touched fills.
 */
export type QueueModel = 'CONSERVATIVE' | 'PROPORTIONAL' | 'OPTIMISTIC'

/** What positions are valued at: the last trade, the middle of the quotes, or whichever of both was told last. */
export type MarkRule = 'LAST' | 'MID' | 'NEWEST'

/** Orders that every position has from its first fill on, by its average price; shares of it, 0: none. */
export interface ExitPolicy {
  readonly stopLoss: Share
  readonly takeProfit: Share
  readonly trailing: Share
  /** How far the price has to come before the trailing stop lives. */
  readonly activation: Share
  /** Microseconds from the opening to the close at the market; 0: none. */
  readonly maxHold: Micros
}

/** Bounds on what may be opened; amounts of 0: none. */
export interface RiskLimits {
  /** Share of the equity that a signal opens. */
  readonly positionShare: Share
  /** The most that a position may be worth. */
  readonly maxPosition: Money
  /** The most that all positions may be worth together, as a share of the equity. */
  readonly maxGross: Share
  readonly maxPositions: number
  readonly minOrder: Money
  readonly shorting: boolean
  readonly minConfidence: number
  /** The least between two orders of a product. */
  readonly cooldown: Micros
}

/** What a broker goes by, in the units that it computes with. */
export interface BrokerSettings {
  readonly initialCapital: Money
  readonly makerFee: Share
  readonly takerFee: Share
  /** Rising by the turnover from which they hold. */
  readonly feeTiers: readonly FeeTier[]
  /** Of a short's worth, a year. */
  readonly borrowRate: Share
  /** Of the shorts' worth: with less equity they are bought back. */
  readonly maintenanceMargin: Share
  readonly queueModel: QueueModel
  readonly mark: MarkRule
  /** Older quotes fill nothing. Infinity: they never are too old. */
  readonly maxPriceAge: Micros
  /** Whether an order that a bar raised fills at that bar's close, not at the next one's open. */
  readonly fillAtClose: boolean
  /** Of what a bar, or a trade in a product without quotes, shows. */
  readonly maxParticipation: Share
  /** Off the price where no book is known. */
  readonly slippage: Share
  readonly entryLatency: LatencyModel
  readonly cancelLatency: LatencyModel
  readonly exits: ExitPolicy
  readonly limits: RiskLimits
  readonly protections: ProtectionSettings
}

/** The most orders of a run that are neither filled nor ended. */
export const MAX_OPEN_ORDERS = 1_000
