import type { Money } from '../money.ts'
import type { Micros } from '../time.ts'

/** The length of a period of {@link Metrics.sharpePerPeriod}, in seconds of market time. */
export const PERIOD_SECONDS = 60

/**
 * How a run performed; definitions in `engines/simulator/metrics.ts`.
 * null wherever a denominator is zero or the sample is too short (annualised ratios: under 14 days or 10 round
 * trips), never infinity or a sentinel.
 */
export interface Metrics {
  readonly totalReturn: number | null
  readonly netProfit: Money
  readonly sharpe: number | null
  readonly sortino: number | null
  readonly calmar: number | null
  readonly cagr: number | null
  readonly maxDrawdown: number
  readonly maxDrawdownStart: Micros | null
  readonly maxDrawdownTrough: Micros | null
  readonly maxDrawdownRecovery: Micros | null
  /** By round trip, as all that follows but what says otherwise. */
  readonly winRate: number | null
  readonly profitFactor: number | null
  readonly expectancy: Money | null
  /** Winning share of the closing fills. */
  readonly winRateByFill: number | null
  /** Mean result of the closing fills. */
  readonly expectancyByFill: Money | null
  /** Share of the time with any position, in [0, 1]. */
  readonly exposure: number | null
  /** Sum of all notionals. */
  readonly turnover: Money
  readonly feesPaid: Money
  /** What borrowing for shorts cost. */
  readonly borrowCost: Money
  /** Number of fills. */
  readonly tradeCount: number
  /** Number of closing fills. */
  readonly closedTradeCount: number
  /** Number of positions that were opened and are flat again. */
  readonly roundTripCount: number
  readonly averageHoldingSeconds: number | null
  readonly longestHoldingSeconds: number | null
  readonly longestLosingStreak: number
  readonly bestTrade: Money | null
  readonly worstTrade: Money | null
  readonly buyAndHoldReturn: number | null
  readonly alpha: number | null
  readonly beta: number | null
  /** Length of a period, in seconds of market time: {@link PERIOD_SECONDS}. */
  readonly periodSeconds: number
  /** Periods that have ended, those without an event among them. */
  readonly periods: number
  /** Over the returns from one period's end to the next one's, not annualised; null under 30 periods. */
  readonly sharpePerPeriod: number | null
  /** As {@link sharpePerPeriod}. */
  readonly sortinoPerPeriod: number | null
}
