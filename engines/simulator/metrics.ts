import { PERIOD_SECONDS, type Metrics } from '../domain/trading/metrics.ts'
import { amountToNumber, type Money } from '../domain/money.ts'
import { MICROS_PER_SECOND } from '../domain/time.ts'
import {
  MICROS_PER_DAY,
  type DailyFigures,
  type Drawdown,
  type PeriodFigures,
  type TradeStatistics,
} from './statistics.ts'

/** Days a year: the market never closes. */
export const DAYS_PER_YEAR = 365

/** Under so many days, or so many round trips, yearly ratios are null: they would be noise times √365. */
export const LEAST_DAYS = 14
export const LEAST_CLOSED_TRADES = 10

/** Under so many periods, ratios per period are null. */
export const LEAST_PERIODS = 30

/** What a run's metrics are computed from. */
export interface MetricsInput {
  readonly initial: Money
  readonly equity: Money
  readonly feesPaid: Money
  readonly turnover: Money
  readonly fills: number
  readonly drawdown: Drawdown
  readonly daily: DailyFigures
  readonly periods: PeriodFigures
  readonly closingFills: TradeStatistics
  readonly roundTrips: TradeStatistics
  readonly borrowCost: Money
  /** Market time from the first event to the last, microseconds. */
  readonly elapsed: number
  /** The part of it with any position, microseconds. */
  readonly inPosition: number
  /** Mean over the products of `last price / first price`; null before any trade. */
  readonly benchmark: number | null
  /** Rate per day. */
  readonly riskFreeDaily: number
  /** Rate per period. */
  readonly riskFreePerPeriod: number
}

/**
 * The metrics of a run, on marked-to-market equity and UTC-daily last values, 365 days a year.
 *
 * - Sharpe = mean(r − f)/standard deviation(r, ddof 1)·√365, f the daily risk-free rate
 * - Sortino = mean(r − f)/√(Σ min(r − f, 0)²/N over ALL N)·√365
 * - CAGR = (end/start)^(365/days) − 1 · Calmar = CAGR/max drawdown
 * - beta = covariance(r, b)/variance(b), b the daily returns of buy-and-hold (the run's products in equal shares, each
 *   from its first price); alpha = ((mean r − f) − beta·(mean b − f))·365
 * - profit factor = Σ winning/|Σ losing| · win rate = wins/round trips · expectancy = p·avgWin − (1−p)·avgLoss, which
 *   is the mean result; all on results of round trips after their costs, and of closing fills where they are named so
 * - exposure = time in position/total time
 * - Sharpe and Sortino per period: as above, over the ends of the minutes of market time, without √365
 *
 * null where a denominator is zero. Sharpe, Sortino, CAGR, Calmar, alpha and beta are null under 14 days or 10 closed
 * trades too, the ratios per period under 30 periods.
 */
export function computeMetrics(input: MetricsInput): Metrics {
  const { roundTrips: trades, closingFills, drawdown } = input
  const growth = amountToNumber(input.equity) / amountToNumber(input.initial)
  const lost = amountToNumber(-trades.lost)
  return {
    totalReturn: growth - 1,
    netProfit: input.equity - input.initial,
    ...yearly(input, growth),
    maxDrawdown: drawdown.max,
    maxDrawdownStart: drawdown.start,
    maxDrawdownTrough: drawdown.trough,
    maxDrawdownRecovery: drawdown.recovery,
    winRate: ratio(trades.wins, trades.closed),
    profitFactor: ratio(amountToNumber(trades.won), lost),
    expectancy: trades.mean(),
    winRateByFill: ratio(closingFills.wins, closingFills.closed),
    expectancyByFill: closingFills.mean(),
    exposure: ratio(input.inPosition, input.elapsed),
    turnover: input.turnover,
    feesPaid: input.feesPaid,
    tradeCount: input.fills,
    borrowCost: input.borrowCost,
    closedTradeCount: closingFills.closed,
    roundTripCount: trades.closed,
    averageHoldingSeconds: ratio(trades.heldFor / MICROS_PER_SECOND, trades.closed),
    longestHoldingSeconds: trades.closed === 0 ? null : trades.longestHeldFor / MICROS_PER_SECOND,
    longestLosingStreak: trades.longestLosingStreak,
    bestTrade: trades.best,
    worstTrade: trades.worst,
    buyAndHoldReturn: input.benchmark === null ? null : input.benchmark - 1,
    ...perPeriod(input),
  }
}

type PerPeriod = Pick<Metrics, 'periodSeconds' | 'periods' | 'sharpePerPeriod' | 'sortinoPerPeriod'>

function perPeriod({ periods: figures, riskFreePerPeriod }: MetricsInput): PerPeriod {
  const { periods, mean, squares, downside, valid } = figures
  const known = { periodSeconds: PERIOD_SECONDS, periods }
  if (periods < LEAST_PERIODS || !valid) return { ...known, sharpePerPeriod: null, sortinoPerPeriod: null }
  const excess = mean - riskFreePerPeriod
  return {
    ...known,
    sharpePerPeriod: ratio(excess, Math.sqrt(squares / (periods - 1))),
    sortinoPerPeriod: ratio(excess, Math.sqrt(downside / periods)),
  }
}

type Yearly = Pick<Metrics, 'sharpe' | 'sortino' | 'cagr' | 'calmar' | 'alpha' | 'beta'>

function yearly(input: MetricsInput, growth: number): Yearly {
  const none: Yearly = { sharpe: null, sortino: null, cagr: null, calmar: null, alpha: null, beta: null }
  const days = input.elapsed / MICROS_PER_DAY
  const { daily, riskFreeDaily } = input
  if (days < LEAST_DAYS || input.roundTrips.closed < LEAST_CLOSED_TRADES) return none
  const cagr = growth > 0 ? finite(growth ** (DAYS_PER_YEAR / days) - 1) : null
  const calmar = cagr === null ? null : ratio(cagr, input.drawdown.max)
  if (!daily.valid) return { ...none, cagr, calmar }
  const excess = daily.mean - riskFreeDaily
  const deviation = Math.sqrt(daily.squares / (daily.days - 1))
  const downside = Math.sqrt(daily.downside / daily.days)
  const beta = ratio(daily.covariance, daily.benchmarkSquares)
  const alpha = beta === null ? null : (excess - beta * (daily.benchmarkMean - riskFreeDaily)) * DAYS_PER_YEAR
  return {
    sharpe: ratio(excess * Math.sqrt(DAYS_PER_YEAR), deviation),
    sortino: ratio(excess * Math.sqrt(DAYS_PER_YEAR), downside),
    cagr,
    calmar,
    alpha,
    beta,
  }
}

/** A quotient that says nothing rather than nonsense. */
function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : finite(numerator / denominator)
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
