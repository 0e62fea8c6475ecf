import type { Metrics } from '../domain/trading/metrics.ts'
import { amountToNumber, type Money } from '../domain/money.ts'
import type { RoundTrip } from '../domain/trading/round-trip.ts'
import type { Micros } from '../domain/time.ts'
import { computeMetrics } from './metrics.ts'
import {
  DailyReturns,
  Drawdown,
  MICROS_PER_DAY,
  MICROS_PER_PERIOD,
  PeriodReturns,
  TradeStatistics,
} from './statistics.ts'

/** What a run's figures are of, besides what {@link Performance} gathers. */
export interface Books {
  readonly initial: Money
  readonly equity: Money
  readonly feesPaid: Money
  readonly borrowCost: Money
  readonly turnover: Money
}

/** The running statistics of a run, in constant memory: how its equity went, how long it held, what became of its trades. */
export class Performance {
  readonly drawdown: Drawdown
  fills = 0
  /** The next end of a minute of market time, which a day's end is too; 0: nothing has begun. */
  nextEnd: Micros = 0
  private readonly daily: DailyReturns
  private readonly periods: PeriodReturns
  private readonly closingFills = new TradeStatistics()
  private readonly roundTrips = new TradeStatistics()
  private readonly riskFreeDaily: number
  private readonly riskFreePerPeriod: number
  private startedAt: Micros = 0
  private dayEnd: Micros = 0
  private inPosition = 0
  /** Since when something is held; null: nothing is. */
  private heldSince: Micros | null = null

  /** @param riskFreeDaily a day's part of the yearly rate. */
  constructor(initial: Money, riskFreeDaily: number) {
    const capital = amountToNumber(initial)
    this.riskFreeDaily = riskFreeDaily
    this.riskFreePerPeriod = (riskFreeDaily * MICROS_PER_PERIOD) / MICROS_PER_DAY
    this.drawdown = new Drawdown(capital, 0, 1)
    this.daily = new DailyReturns(capital, 1, riskFreeDaily)
    this.periods = new PeriodReturns(capital, this.riskFreePerPeriod)
  }

  /** Winning share of the round trips; null before the first. */
  get winRate(): number | null {
    return this.roundTrips.closed === 0 ? null : this.roundTrips.wins / this.roundTrips.closed
  }

  /** The first event, or one at or behind {@link nextEnd}, with the values that stood before it. */
  pass(time: Micros, equity: number, benchmark: number): void {
    if (this.nextEnd === 0) {
      this.startedAt = time
      this.drawdown.update(equity, time)
      this.dayEnd = (Math.floor(time / MICROS_PER_DAY) + 1) * MICROS_PER_DAY
      this.nextEnd = (Math.floor(time / MICROS_PER_PERIOD) + 1) * MICROS_PER_PERIOD
      return
    }
    const ended = Math.floor((time - this.nextEnd) / MICROS_PER_PERIOD) + 1
    this.periods.add(equity, ended)
    this.nextEnd += ended * MICROS_PER_PERIOD
    for (; this.dayEnd <= time; this.dayEnd += MICROS_PER_DAY) this.daily.add(equity, benchmark)
  }

  /** @param closed what the fill closed; null: nothing */
  onFill(closed: { readonly netPnl: Money; readonly heldFor: Micros } | null, holds: boolean, now: Micros): void {
    this.fills += 1
    if (closed !== null) this.closingFills.add(closed)
    if (holds) this.heldSince ??= now
    else if (this.heldSince !== null) {
      this.inPosition += now - this.heldSince
      this.heldSince = null
    }
  }

  onRoundTrip({ netPnl, openedAt, closedAt }: RoundTrip): void {
    this.roundTrips.add({ netPnl, heldFor: closedAt - openedAt })
  }

  metrics(books: Books, equity: number, benchmark: number | null, now: Micros): Metrics {
    return computeMetrics({
      ...books,
      fills: this.fills,
      drawdown: this.drawdown,
      daily: this.daily.figuresWith(equity, benchmark ?? 1),
      periods: this.periods.figures(),
      closingFills: this.closingFills,
      roundTrips: this.roundTrips,
      elapsed: now - this.startedAt,
      inPosition: this.inPosition + (this.heldSince === null ? 0 : now - this.heldSince),
      benchmark,
      riskFreeDaily: this.riskFreeDaily,
      riskFreePerPeriod: this.riskFreePerPeriod,
    })
  }
}
