import { toAmount } from '../../domain/money.ts'
import { eighths } from '../../../tests/support/engines/events.ts'
import { describe, expect, it } from 'vitest'
import { firstCore, feedAll, MS, signal, tick } from '../../../tests/support/engines/simulator-run.ts'
import type { SimulatorInput } from '../core.ts'

describe('running statistics', () => {
  it('watch the drawdown at every tick, also between two reports', () => {
    const simulator = firstCore({ STATISTICS_INTERVAL_MS: 60_000 })
    feedAll(simulator, [tick(0, 100), signal(0, 'BUY'), tick(1, 40), tick(2, 100)])
    const { portfolio, metrics } = simulator.snapshot()
    expect(portfolio).toMatchObject({ drawdown: 0, maxDrawdown: expect.closeTo(0.03, 12) as number })
    expect(metrics).toMatchObject({ maxDrawdownStart: 0, maxDrawdownTrough: MS, maxDrawdownRecovery: 2 * MS })
  })

  it('measure exposure, holding times and buy-and-hold', () => {
    const simulator = firstCore({ ENABLE_SHORTING: false })
    const inputs = [
      tick(0, 100),
      tick(1000, 100),
      signal(1000, 'BUY'),
      tick(3000, 110),
      signal(3000, 'SELL'),
      tick(4000, 120),
    ]
    feedAll(simulator, inputs)
    expect(simulator.snapshot().metrics).toMatchObject({
      exposure: 0.5,
      averageHoldingSeconds: 2,
      winRate: 1,
      closedTradeCount: 1,
      buyAndHoldReturn: expect.closeTo(0.2, 12) as number,
      netProfit: eighths(50_000_000_000),
    })
  })

  it('give yearly ratios once the run is long enough', () => {
    const day = 86_400_000
    const simulator = firstCore()
    const inputs = Array.from({ length: 16 }, (_, at): SimulatorInput[] => [
      tick(at * day, 100 + (at % 3)),
      signal(at * day, at % 2 === 0 ? 'BUY' : 'SELL'),
    ]).flat()
    feedAll(simulator, inputs.slice(0, 26))
    expect(simulator.snapshot().metrics).toMatchObject({ sharpe: null, cagr: null })
    feedAll(simulator, inputs.slice(26))
    const { sharpe, cagr, beta } = simulator.snapshot().metrics
    for (const figure of [sharpe, cagr, beta]) expect(Number.isFinite(figure)).toBe(true)
  })

  it('take what a UTC day ends with, an event at midnight belonging to the new day', () => {
    const day = 86_400_000
    const simulator = firstCore()
    const flips = Array.from({ length: 11 }, (_, at) => signal(0, at % 2 === 0 ? 'BUY' : 'SELL'))
    const prices = Array.from({ length: 15 }, (_, at) => 100 + ((at * 7) % 5) - at / 10)
    feedAll(simulator, [tick(0, 100), ...flips, ...prices.map((price, at) => tick((at + 1) * day, price))])
    // 50 held since the first day: 95,000 in cash.
    const equities = [100_000, 100_000, ...prices.map((price) => 95_000 + 50 * price)]
    const returns = equities.slice(1).map((equity, at) => equity / equities[at]! - 1)
    const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length
    const squares = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0)
    const downside = returns.reduce((sum, each) => sum + Math.min(each, 0) ** 2, 0) / returns.length
    expect(simulator.snapshot().metrics).toMatchObject({
      sharpe: expect.closeTo((mean / Math.sqrt(squares / (returns.length - 1))) * Math.sqrt(365), 8) as number,
      sortino: expect.closeTo((mean / Math.sqrt(downside)) * Math.sqrt(365), 8) as number,
      closedTradeCount: 10,
    })
  })

  it('count a day without events as one that changed nothing', () => {
    const day = 86_400_000
    const flips = Array.from({ length: 11 }, (_, at) => signal(0, at % 2 === 0 ? 'BUY' : 'SELL'))
    const [sparse, dense] = [firstCore(), firstCore()]
    feedAll(sparse, [tick(0, 100), ...flips, tick(day, 110), tick(20 * day, 90)])
    const between = Array.from({ length: 18 }, (_, at) => tick((at + 2) * day, 110))
    feedAll(dense, [tick(0, 100), ...flips, tick(day, 110), ...between, tick(20 * day, 90)])
    expect(sparse.snapshot().metrics).toEqual(dense.snapshot().metrics)
    expect(sparse.snapshot().metrics.sharpe).not.toBeNull()
  })

  it('give ratios per minute to a run of half an hour, an event at its end belonging to the next', () => {
    const minute = 60_000
    const simulator = firstCore()
    const prices = Array.from({ length: 30 }, (_, at) => 100 + ((at * 7) % 5) - at / 10)
    // The first minute began 20 s before the run; the last price stands in a minute that has not ended.
    const ticks = prices.map((price, at) => tick((at + 1) * minute, price))
    feedAll(simulator, [tick(20_000, 100), signal(20_000, 'BUY'), ...ticks])
    // 50 held at 100: 95,000 in cash. The event at a minute's end is not of it.
    const equities = [100_000, ...[100, ...prices].slice(0, 30).map((price) => 95_000 + 50 * price)]
    const returns = equities.slice(1).map((equity, at) => equity / equities[at]! - 1)
    const mean = returns.reduce((sum, each) => sum + each, 0) / 30
    const squares = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0)
    const downside = returns.reduce((sum, each) => sum + Math.min(each, 0) ** 2, 0) / 30
    const { metrics } = simulator.snapshot()
    expect(metrics).toMatchObject({ periods: 30, periodSeconds: 60, sharpe: null, sortino: null })
    expect(metrics.sharpePerPeriod).toBeCloseTo(mean / Math.sqrt(squares / 29), 10)
    expect(metrics.sortinoPerPeriod).toBeCloseTo(mean / Math.sqrt(downside), 10)
  })

  it('count minutes without events, and subtract the risk-free rate per minute', () => {
    const [minute, rate] = [60_000, 0.5]
    const simulator = firstCore({ RISK_FREE_RATE: rate })
    feedAll(simulator, [tick(0, 100), signal(0, 'BUY'), tick(1, 104), tick(40 * minute, 90)])
    // 0.2 % in the first minute, then 39 of nothing.
    const mean = 0.002 / 40
    const free = rate / (365 * 24 * 60)
    const squares = (0.002 - mean) ** 2 + 39 * mean ** 2
    const { metrics } = simulator.snapshot()
    expect(metrics.periods).toBe(40)
    expect(metrics.sharpePerPeriod).toBeCloseTo((mean - free) / Math.sqrt(squares / 39), 10)
    expect(metrics.sortinoPerPeriod).toBeCloseTo((mean - free) / Math.sqrt((39 * free ** 2) / 40), 6)
  })

  it('keep several products in one portfolio, in order of their names', () => {
    const simulator = firstCore()
    const eth = { product: 'ETH-USD' }
    feedAll(simulator, [
      tick(0, 10, eth),
      signal(0, 'SELL', 1, 'ETH-USD'),
      tick(0, 100),
      signal(0, 'BUY'),
      tick(1, 9, eth),
    ])
    const { portfolio } = simulator.snapshot()
    expect(portfolio.positions).toEqual([
      {
        product: 'BTC-USD',
        quantity: toAmount(50),
        averagePrice: toAmount(100),
        markPrice: toAmount(100),
        unrealizedPnl: 0n,
      },
      {
        product: 'ETH-USD',
        quantity: toAmount(-500),
        averagePrice: toAmount(10),
        markPrice: toAmount(9),
        unrealizedPnl: eighths(50_000_000_000),
      },
    ])
    expect(portfolio).toMatchObject({
      equity: eighths(10_050_000_000_000),
      unrealizedPnl: eighths(50_000_000_000),
      cash: eighths(10_000_000_000_000),
    })
    // BTC-USD stands where it was first, ETH-USD a tenth under it.
    expect(portfolio.buyAndHoldReturn).toBeCloseTo(-0.05, 12)
  })
})
