import { PERIOD_SECONDS } from '../domain/trading/metrics.ts'
import { divideHalfEven, type Money } from '../domain/money.ts'
import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'

export const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND
export const MICROS_PER_PERIOD = PERIOD_SECONDS * MICROS_PER_SECOND

/** The drawdown `1 − equity/peak` of a series of equities, and the deepest so far, in constant memory. */
export class Drawdown {
  peak: number
  max = 0
  start: Micros | null = null
  trough: Micros | null = null
  recovery: Micros | null = null
  private peakAt: Micros
  private low: number
  private readonly most: number

  /**
   * @param equity above 0
   * @param most 1: with no equity left all is lost, and no more than that. Infinity: it goes on under 0.
   */
  constructor(equity: number, time: Micros, most: number) {
    this.most = most
    this.peak = equity
    this.low = equity
    this.peakAt = time
  }

  update(equity: number, time: Micros): void {
    if (equity >= this.peak) {
      if (this.start !== null && this.recovery === null) this.recovery = time
      this.peak = equity
      this.peakAt = time
      this.low = equity
    } else if (equity < this.low) {
      this.low = equity
      const depth = Math.min(this.most, 1 - equity / this.peak)
      if (depth > this.max) {
        this.max = depth
        this.start = this.peakAt
        this.trough = time
        this.recovery = null
      }
    }
  }

  /** The drawdown at an equity; 0 at or above the peak. */
  at(equity: number): number {
    return equity >= this.peak ? 0 : Math.min(this.most, 1 - equity / this.peak)
  }
}

/** What {@link DailyReturns} knows; sums over all days. */
export interface DailyFigures {
  readonly days: number
  readonly mean: number
  /** Σ (r − mean)². */
  readonly squares: number
  /** Σ min(r − riskFree, 0)². */
  readonly downside: number
  readonly benchmarkMean: number
  readonly benchmarkSquares: number
  /** Σ (r − mean)(b − benchmarkMean). */
  readonly covariance: number
  /** false where a day began with no equity, so that returns mean nothing. */
  readonly valid: boolean
}

/**
 * Returns from one UTC day's last equity to the next one's, the first from the initial capital, beside those of a
 * benchmark. Summed as they come (Welford), so that a run of any length takes constant memory. A day without events
 * has the equity of the day before.
 */
export class DailyReturns {
  private readonly riskFree: number
  private equity: number
  private benchmark: number
  private days = 0
  private mean = 0
  private squares = 0
  private downside = 0
  private benchmarkMean = 0
  private benchmarkSquares = 0
  private covariance = 0
  private valid = true

  /** @param riskFree rate per day. */
  constructor(equity: number, benchmark: number, riskFree: number) {
    this.equity = equity
    this.benchmark = benchmark
    this.riskFree = riskFree
  }

  /** Takes a day's last values. */
  add(equity: number, benchmark: number): void {
    if (this.equity <= 0 || this.benchmark <= 0) this.valid = false
    const change = equity / this.equity - 1
    const reference = benchmark / this.benchmark - 1
    this.equity = equity
    this.benchmark = benchmark
    this.days += 1
    const off = change - this.mean
    this.mean += off / this.days
    this.squares += off * (change - this.mean)
    const benchmarkOff = reference - this.benchmarkMean
    this.benchmarkMean += benchmarkOff / this.days
    this.benchmarkSquares += benchmarkOff * (reference - this.benchmarkMean)
    this.covariance += off * (reference - this.benchmarkMean)
    const below = Math.min(change - this.riskFree, 0)
    this.downside += below * below
  }

  /** The figures as they would be if the present day ended with these values; changes nothing. */
  figuresWith(equity: number, benchmark: number): DailyFigures {
    const copy = Object.assign(new DailyReturns(this.equity, this.benchmark, this.riskFree), this)
    copy.add(equity, benchmark)
    const { days, mean, squares, downside, benchmarkMean, benchmarkSquares, covariance, valid } = copy
    return { days, mean, squares, downside, benchmarkMean, benchmarkSquares, covariance, valid }
  }
}

/** What {@link PeriodReturns} knows; sums over all periods. */
export interface PeriodFigures {
  readonly periods: number
  readonly mean: number
  /** Σ (r − mean)². */
  readonly squares: number
  /** Σ min(r − riskFree, 0)². */
  readonly downside: number
  /** false where a period began with no equity, so that returns mean nothing. */
  readonly valid: boolean
}

/**
 * Returns from one period's last equity to the next one's, the first from the initial capital. Summed as they come
 * (Welford), so that a run of any length takes constant memory. Periods that changed nothing are only counted, and
 * joined with the others at the end (Chan), so that a gap of years in a tape costs no time, and how it is cut up makes
 * no difference.
 */
export class PeriodReturns {
  private readonly riskFree: number
  private equity: number
  /** Periods with a return of 0. */
  private quiet = 0
  /** Those with another one; the sums are over them. */
  private moved = 0
  private mean = 0
  private squares = 0
  private downside = 0
  private valid = true

  /** @param riskFree rate per period. */
  constructor(equity: number, riskFree: number) {
    this.equity = equity
    this.riskFree = riskFree
  }

  /** Takes the equity that `count` (at least 1) periods in a row end with; where it changed, it did in the first. */
  add(equity: number, count: number): void {
    if (this.equity <= 0) this.valid = false
    if (equity === this.equity) {
      this.quiet += count
      return
    }
    const change = equity / this.equity - 1
    this.equity = equity
    this.moved += 1
    this.quiet += count - 1
    const off = change - this.mean
    this.mean += off / this.moved
    this.squares += off * (change - this.mean)
    this.downside += squareUnder(change, this.riskFree)
  }

  figures(): PeriodFigures {
    const { quiet, moved, mean, squares, downside, riskFree, valid } = this
    const periods = quiet + moved
    if (periods === 0) return { periods, mean, squares, downside, valid }
    return {
      periods,
      mean: (mean * moved) / periods,
      squares: squares + (mean * mean * moved * quiet) / periods,
      downside: downside + squareUnder(0, riskFree) * quiet,
      valid,
    }
  }
}

function squareUnder(change: number, riskFree: number): number {
  const below = Math.min(change - riskFree, 0)
  return below * below
}

/** What {@link TradeStatistics} counts of a trade. */
export interface TradeResult {
  /** After fees. */
  readonly netPnl: Money
  /** How long the position had been open. */
  readonly heldFor: Micros
}

/** What became of trades: of closing fills, or of round trips. */
export class TradeStatistics {
  closed = 0
  wins = 0
  /** Σ of the results above 0. */
  won: Money = 0n
  /** Σ of the results under 0; not positive. */
  lost: Money = 0n
  best: Money | null = null
  worst: Money | null = null
  longestLosingStreak = 0
  /** Microseconds, over all closed trades. */
  heldFor = 0
  longestHeldFor = 0
  private losingStreak = 0

  /** The mean result; null before the first. */
  mean(): Money | null {
    return this.closed === 0 ? null : divideHalfEven(this.won + this.lost, BigInt(this.closed))
  }

  add(trade: TradeResult): void {
    const result = trade.netPnl
    this.closed += 1
    if (result > 0n) {
      this.wins += 1
      this.won += result
    } else if (result < 0n) this.lost += result
    this.losingStreak = result < 0n ? this.losingStreak + 1 : 0
    this.longestLosingStreak = Math.max(this.longestLosingStreak, this.losingStreak)
    if (this.best === null || result > this.best) this.best = result
    if (this.worst === null || result < this.worst) this.worst = result
    this.heldFor += trade.heldFor
    this.longestHeldFor = Math.max(this.longestHeldFor, trade.heldFor)
  }
}
