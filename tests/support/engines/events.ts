import { randomUUID } from 'node:crypto'
import type { ServerIdentity } from '../../../server/store/servers.ts'
import type { SimulatorEvent } from '../../../engines/domain/event.ts'
import type { Fill } from '../../../engines/domain/fill.ts'
import type { Metrics } from '../../../engines/domain/metrics.ts'
import { FIXED_ONE } from '../../../engines/domain/money.ts'
import type { Portfolio } from '../../../engines/domain/portfolio.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { Signal } from '../../../engines/domain/signal.ts'

/** A moment with microseconds that a millisecond clock would lose. */
export const MOMENT = 1_788_335_050_104_427

/** A server of its own. */
export function sampleServer(): ServerIdentity {
  return { id: randomUUID(), installation: randomUUID(), host: 'here', pid: 1 }
}

/** A run's spec with nothing remarkable about it. */
export function sampleSpec(id: string, changes: Partial<SimulationSpec> = {}): SimulationSpec {
  return {
    id,
    mode: 'LIVE',
    algorithm: 'rsi',
    algorithmParameters: { RSI_PERIOD: 14 },
    simulatorParameters: { INITIAL_CAPITAL: 100_000 },
    source: 'sandbox',
    products: ['BTC-USD'],
    durationSeconds: null,
    speed: 1,
    seed: 7,
    ...changes,
  }
}

export function sampleSignal(changes: Partial<Signal> = {}): Signal {
  return {
    type: 'signal',
    product: 'BTC-USD',
    side: 'BUY',
    confidence: 0.5,
    price: 7_757_287_000_001,
    indicator: 28.4,
    reason: 'RSI 28.4 under 30',
    time: MOMENT,
    cause: 41,
    ...changes,
  }
}

export function sampleFill(changes: Partial<Fill> = {}): Fill {
  return {
    product: 'BTC-USD',
    side: 'BUY',
    price: 7_757_287_000_001,
    quantity: 6_445_538,
    requested: 6_445_539,
    notional: 499_998_880_600n,
    fee: 499_998_881n,
    realizedPnl: -1n,
    positionAfter: -6_445_538,
    signalSequence: 1,
    time: MOMENT + 1,
    ...changes,
  }
}

export function samplePortfolio(changes: Partial<Portfolio> = {}): Portfolio {
  return {
    cash: 9_999_999_999_999_999_999n,
    equity: 100_000n * BigInt(FIXED_ONE),
    realizedPnl: -1n,
    unrealizedPnl: 12_345n,
    feesPaid: 499_998_881n,
    drawdown: 0.012,
    maxDrawdown: 0.034,
    winRate: null,
    buyAndHoldReturn: -0.02,
    tradeCount: 1,
    positions: [
      {
        product: 'BTC-USD',
        quantity: -6_445_538,
        averagePrice: 7_757_287_000_001,
        markPrice: 1,
        unrealizedPnl: 12_345n,
      },
    ],
    ...changes,
  }
}

export const SAMPLE_METRICS: Metrics = {
  totalReturn: 0.01,
  netProfit: 100_000_000_001n,
  sharpe: null,
  sortino: null,
  calmar: null,
  cagr: null,
  maxDrawdown: 0.034,
  maxDrawdownStart: MOMENT,
  maxDrawdownTrough: MOMENT + 1,
  maxDrawdownRecovery: null,
  winRate: 0.5,
  profitFactor: null,
  expectancy: -1n,
  exposure: 0.25,
  turnover: 1n,
  feesPaid: 2n,
  tradeCount: 3,
  closedTradeCount: 2,
  averageHoldingSeconds: 1.5,
  longestHoldingSeconds: 2,
  longestLosingStreak: 1,
  bestTrade: 3n,
  worstTrade: null,
  buyAndHoldReturn: 0.02,
  alpha: null,
  beta: null,
  periodSeconds: 60,
  periods: 31,
  sharpePerPeriod: 0.02,
  sortinoPerPeriod: null,
}

/** The event with this sequence of a run in which signals, fills and portfolios take turns. */
export function sampleEvent(sequence: number): SimulatorEvent {
  const envelope = { sequence, time: MOMENT + sequence }
  const turn = sequence % 3
  if (turn === 1)
    return { ...envelope, type: 'signal', signal: sampleSignal(), decision: { accepted: true, quantity: 6_445_539 } }
  if (turn === 2) return { ...envelope, type: 'fill', fill: sampleFill({ signalSequence: sequence - 1 }) }
  return { ...envelope, type: 'portfolio', portfolio: samplePortfolio() }
}

/** The events `from` to `to`, both included. */
export function sampleEvents(from: number, to: number): readonly SimulatorEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleEvent(from + index))
}
