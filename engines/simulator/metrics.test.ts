import { describe, expect, it } from 'vitest'
import { parseAmount } from '../domain/money.ts'
import { computeMetrics, type MetricsInput } from './metrics.ts'
import { DailyReturns, Drawdown, MICROS_PER_DAY, PeriodReturns, TradeStatistics } from './statistics.ts'

function drawdownOf(equities: readonly number[]): Drawdown {
  const drawdown = new Drawdown(equities[0]!, 0, Infinity)
  equities.forEach((equity, time) => drawdown.update(equity, time))
  return drawdown
}

function tradesOf(results: readonly string[]): TradeStatistics {
  const trades = new TradeStatistics()
  results.forEach((result, at) => {
    trades.add({ netPnl: parseAmount(result), heldFor: (at + 1) * 1_000_000 })
  })
  return trades
}

/** A run whose days end with these equities, starting from 100, beside a benchmark starting from 1. */
function daysOf(equities: readonly number[], benchmark?: readonly number[], riskFree = 0): DailyReturns {
  const daily = new DailyReturns(100, 1, riskFree)
  equities.forEach((equity, day) => daily.add(equity, benchmark?.[day] ?? 1))
  return daily
}

/** Periods that end with these equities, starting from 100. */
function periodsOf(equities: readonly number[], riskFree = 0): PeriodReturns {
  const periods = new PeriodReturns(100, riskFree)
  for (const equity of equities) periods.add(equity, 1)
  return periods
}

/** 30 periods of which every third gains 1 %, every third loses 1 %, and every third stays. */
const THIRTY = Array.from({ length: 30 }).reduce<number[]>((equities, _, at) => {
  return [...equities, (equities.at(-1) ?? 100) * [1.01, 0.99, 1][at % 3]!]
}, [])

const TEN_TRADES = ['3', '-1', '-1', '2', '-1', '-1', '-2', '4', '0', '1']

function input(changes: Partial<MetricsInput> = {}): MetricsInput {
  return {
    initial: parseAmount('100'),
    equity: parseAmount('104'),
    feesPaid: parseAmount('1'),
    turnover: parseAmount('500'),
    fills: 12,
    drawdown: drawdownOf([100, 102, 96.9, 104]),
    daily: daysOf([101]).figuresWith(104, 1),
    periods: periodsOf([101, 99]).figures(),
    closingFills: tradesOf(TEN_TRADES),
    roundTrips: tradesOf(TEN_TRADES),
    borrowCost: 0n,
    elapsed: 20 * MICROS_PER_DAY,
    inPosition: 5 * MICROS_PER_DAY,
    benchmark: 1.1,
    riskFreeDaily: 0,
    riskFreePerPeriod: 0,
    ...changes,
  }
}

describe('Drawdown', () => {
  it.each([
    ['a series that only rises', [100, 101, 102], 0, null, null, null],
    ['one dip that recovers', [100, 120, 90, 110, 120, 130], 0.25, 1, 2, 4],
    ['a dip that does not', [100, 80, 90], 0.2, 0, 1, null],
    ['a deeper second dip', [100, 90, 100, 200, 100, 150], 0.5, 3, 4, null],
    ['a shallower second dip', [100, 50, 100, 200, 180, 200], 0.5, 0, 1, 2],
    ['a dip that deepens', [100, 90, 95, 80, 100], 0.2, 0, 3, 4],
    ['equity under zero', [100, -50], 1.5, 0, 1, null],
  ])('of %s', (_, equities, max, start, trough, recovery) => {
    expect(drawdownOf(equities)).toMatchObject({ max: expect.closeTo(max, 12), start, trough, recovery })
  })
})

describe('DailyReturns', () => {
  it('sums returns, downside and covariance as they would be by hand', () => {
    // Returns 10 %, −10 %, 20 %; benchmark 5 %, −10 %, 10 %.
    const benchmark = [1.05, 0.945, 1.0395]
    const figures = daysOf([110, 99], benchmark).figuresWith(118.8, benchmark[2]!)
    const mean = 0.2 / 3
    const reference = 0.05 / 3
    expect(figures.days).toBe(3)
    expect(figures.mean).toBeCloseTo(mean, 12)
    expect(figures.squares).toBeCloseTo((0.1 - mean) ** 2 + (-0.1 - mean) ** 2 + (0.2 - mean) ** 2, 12)
    expect(figures.downside).toBeCloseTo(0.01, 12)
    expect(figures.benchmarkMean).toBeCloseTo(reference, 12)
    const covariance =
      (0.1 - mean) * (0.05 - reference) + (-0.1 - mean) * (-0.1 - reference) + (0.2 - mean) * (0.1 - reference)
    expect(figures.covariance).toBeCloseTo(covariance, 12)
  })

  it('does not count the present day twice', () => {
    const daily = daysOf([110])
    daily.figuresWith(120, 1)
    expect(daily.figuresWith(120, 1).days).toBe(2)
  })
})

describe('PeriodReturns', () => {
  it('sums returns and downside as they would be by hand', () => {
    // Returns 10 %, −10 %, 20 %, against 1 % without risk.
    const mean = 0.2 / 3
    expect(periodsOf([110, 99, 118.8], 0.01).figures()).toMatchObject({
      periods: 3,
      mean: expect.closeTo(mean, 12) as number,
      squares: expect.closeTo((0.1 - mean) ** 2 + (-0.1 - mean) ** 2 + (0.2 - mean) ** 2, 12) as number,
      downside: expect.closeTo(0.11 ** 2, 12) as number,
      valid: true,
    })
  })

  it('takes a quiet stretch as so many periods that returned nothing', () => {
    const [atOnce, singly] = [periodsOf([110], 0.001), periodsOf([110], 0.001)]
    atOnce.add(99, 5)
    for (let count = 0; count < 5; count++) singly.add(99, 1)
    atOnce.add(105, 1)
    singly.add(105, 1)
    expect(atOnce.figures()).toEqual(singly.figures())
    // Returns 10 %, −10 %, four times nothing, 105/99 − 1, against 0.1 % without risk.
    const returns = [0.1, -0.1, 0, 0, 0, 0, 105 / 99 - 1]
    const mean = returns.reduce((sum, each) => sum + each, 0) / 7
    const { periods, squares, downside } = atOnce.figures()
    expect(periods).toBe(7)
    expect(squares).toBeCloseTo(
      returns.reduce((sum, each) => sum + (each - mean) ** 2, 0),
      12,
    )
    expect(downside).toBeCloseTo(0.101 ** 2 + 4 * 0.001 ** 2, 12)
  })

  it('stays exact over a million periods of tiny returns beside a large equity', () => {
    const periods = new PeriodReturns(1e9, 0)
    for (let count = 0; count < 500_000; count++) {
      periods.add(1e9 + 1, 1)
      periods.add(1e9, 1)
    }
    // Returns of about ±1e-9: a sum of squares less a square of sums would have no digit left of 1e-18.
    const figures = periods.figures()
    expect(Math.sqrt(figures.squares / figures.periods) / 1e-9).toBeCloseTo(1, 6)
  })
})

describe('computeMetrics', () => {
  it('computes the plain figures as they would be by hand', () => {
    expect(computeMetrics(input())).toMatchObject({
      totalReturn: 104 / 100 - 1,
      netProfit: parseAmount('4'),
      maxDrawdown: 1 - 96.9 / 102,
      winRate: 0.4,
      profitFactor: 10 / 6,
      expectancy: parseAmount('0.4'),
      exposure: 0.25,
      turnover: parseAmount('500'),
      feesPaid: parseAmount('1'),
      tradeCount: 12,
      closedTradeCount: 10,
      averageHoldingSeconds: 5.5,
      longestHoldingSeconds: 10,
      longestLosingStreak: 3,
      bestTrade: parseAmount('4'),
      worstTrade: parseAmount('-2'),
      buyAndHoldReturn: 1.1 - 1,
    })
  })

  it('computes the yearly ratios as they would be by hand', () => {
    // Returns 1 %, −1 %, 2 %, each a day; benchmark 2 %, −2 %, 1 %.
    const equities = [101, 99.99, 101.9898]
    const benchmark = [1.02, 0.9996, 1.009596]
    const daily = daysOf(equities.slice(0, 2), benchmark).figuresWith(equities[2]!, benchmark[2]!)
    const metrics = computeMetrics(input({ daily }))
    const mean = 0.02 / 3
    const squares = (0.01 - mean) ** 2 + (-0.01 - mean) ** 2 + (0.02 - mean) ** 2
    expect(metrics.sharpe).toBeCloseTo((mean / Math.sqrt(squares / 2)) * Math.sqrt(365), 9)
    expect(metrics.sortino).toBeCloseTo((mean / Math.sqrt(0.0001 / 3)) * Math.sqrt(365), 9)
    expect(metrics.cagr).toBeCloseTo(1.04 ** (365 / 20) - 1, 9)
    expect(metrics.calmar).toBeCloseTo((1.04 ** (365 / 20) - 1) / (1 - 96.9 / 102), 9)
    const reference = 0.01 / 3
    const covariance =
      (0.01 - mean) * (0.02 - reference) + (-0.01 - mean) * (-0.02 - reference) + (0.02 - mean) * (0.01 - reference)
    const variance = (0.02 - reference) ** 2 + (-0.02 - reference) ** 2 + (0.01 - reference) ** 2
    expect(metrics.beta).toBeCloseTo(covariance / variance, 9)
    expect(metrics.alpha).toBeCloseTo((mean - (covariance / variance) * reference) * 365, 9)
  })

  it('subtracts the risk-free rate', () => {
    const daily = daysOf([101], undefined, 0.005).figuresWith(102.01 * 0.99, 1)
    const excess = (0.01 - 0.0001) / 2 - 0.005
    const deviation = Math.abs(0.01 + 0.0001) / Math.SQRT2
    const metrics = computeMetrics(input({ daily, riskFreeDaily: 0.005 }))
    expect(metrics.sharpe).toBeCloseTo((excess / deviation) * Math.sqrt(365), 9)
    expect(metrics.sortino).toBeCloseTo((excess / Math.sqrt(0.0051 ** 2 / 2)) * Math.sqrt(365), 9)
  })

  it('computes the ratios per period as they would be by hand', () => {
    const input30 = input({ periods: periodsOf([...THIRTY, THIRTY.at(-1)! * 1.03]).figures(), elapsed: 1 })
    const mean = 0.03 / 31
    const squares = 10 * (0.01 - mean) ** 2 + 10 * (-0.01 - mean) ** 2 + 10 * mean ** 2 + (0.03 - mean) ** 2
    expect(computeMetrics(input30)).toMatchObject({
      periodSeconds: 60,
      periods: 31,
      sharpePerPeriod: expect.closeTo(mean / Math.sqrt(squares / 30), 10) as number,
      sortinoPerPeriod: expect.closeTo(mean / Math.sqrt((10 * 0.01 ** 2) / 31), 10) as number,
      sharpe: null,
    })
    const costly = computeMetrics({ ...input30, riskFreePerPeriod: 0.001 })
    expect(costly.sharpePerPeriod).toBeCloseTo((mean - 0.001) / Math.sqrt(squares / 30), 10)
  })

  const YEARLY = { sharpe: null, sortino: null, cagr: null, calmar: null, alpha: null, beta: null }

  it.each<[what: string, changes: Partial<MetricsInput>, expected: object]>([
    ['under 14 days, yearly ratios', { elapsed: 14 * MICROS_PER_DAY - 1 }, YEARLY],
    ['under 10 round trips, yearly ratios', { roundTrips: tradesOf(TEN_TRADES.slice(1)) }, YEARLY],
    ['without closed trades, ratios of trades', { roundTrips: tradesOf([]) },
      { winRate: null, profitFactor: null, expectancy: null, averageHoldingSeconds: null, longestHoldingSeconds: null, bestTrade: null, worstTrade: null }], // prettier-ignore
    [
      'without losing trades, the profit factor',
      { roundTrips: tradesOf(['1', '2']) },
      { profitFactor: null, winRate: 1 },
    ],
    ['without time, exposure', { elapsed: 0, inPosition: 0 }, { exposure: null }],
    ['without drawdown, Calmar', { drawdown: drawdownOf([100, 104]) }, { calmar: null }],
    [
      'without variation, Sharpe and Sortino',
      { daily: daysOf([100]).figuresWith(100, 1) },
      { sharpe: null, sortino: null },
    ],
    ['without a losing day, Sortino', { daily: daysOf([101]).figuresWith(103, 1) }, { sortino: null }],
    ['with a benchmark that stands still, alpha and beta', {}, { alpha: null, beta: null }],
    ['without a trade on the tape, buy-and-hold', { benchmark: null }, { buyAndHoldReturn: null }],
    ['with less than nothing left, CAGR', { equity: parseAmount('-5') }, { cagr: null, calmar: null }],
    [
      'with a day that began with nothing, ratios of returns',
      { daily: daysOf([0]).figuresWith(5, 1) },
      { sharpe: null, sortino: null, beta: null },
    ],
    [
      'under 30 periods, ratios per period',
      { periods: periodsOf(THIRTY.slice(1)).figures() },
      { periods: 29, sharpePerPeriod: null, sortinoPerPeriod: null },
    ],
    [
      'without variation, ratios per period',
      { periods: periodsOf(THIRTY.map(() => 100)).figures() },
      { periods: 30, sharpePerPeriod: null, sortinoPerPeriod: null },
    ],
    [
      'without a losing period, Sortino per period',
      { periods: periodsOf(THIRTY.map((_, at) => 100 + at)).figures() },
      { sortinoPerPeriod: null },
    ],
    [
      'with a period that began with nothing, ratios per period',
      { periods: periodsOf([...THIRTY, 0, 5]).figures() },
      { periods: 32, sharpePerPeriod: null, sortinoPerPeriod: null },
    ],
    ['with one day only, Sharpe', { daily: new DailyReturns(100, 1, 0).figuresWith(104, 1) }, { sharpe: null }],
  ])('says nothing rather than nonsense: %s', (_, changes, expected) => {
    expect(computeMetrics(input(changes))).toMatchObject(expected)
  })
})
