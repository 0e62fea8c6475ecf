import { EIGHTHS } from '../../../engines/domain/market/unit.ts'
import { randomUUID } from 'node:crypto'
import type { ServerIdentity } from '../../../server/store/servers.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { Fill } from '../../../engines/domain/trading/fill.ts'
import type { Metrics } from '../../../engines/domain/trading/metrics.ts'
import { amountOf, AMOUNT_ONE, type Amount } from '../../../engines/domain/money.ts'
import type { OrderUpdate } from '../../../engines/domain/trading/order.ts'
import type { Portfolio } from '../../../engines/domain/trading/portfolio.ts'
import type { RoundTrip } from '../../../engines/domain/trading/round-trip.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { Signal } from '../../../engines/domain/trading/signal.ts'

/** A moment with microseconds that a millisecond clock would lose. */
export const MOMENT = 1_788_335_050_104_427

/** A count of 1e-8, exactly. */
export const eighths = (count: number): Amount => amountOf(count, 8)

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
    unit: EIGHTHS,
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
    price: eighths(7_757_287_000_001),
    quantity: eighths(6_445_538),
    requested: eighths(6_445_539),
    notional: eighths(499_998_880_600),
    fee: eighths(499_998_881),
    realizedPnl: eighths(-1),
    positionAfter: eighths(-6_445_538),
    signalSequence: 1,
    orderId: 1,
    liquidity: 'TAKER',
    exitReason: 'SIGNAL',
    time: MOMENT + 1,
    ...changes,
  }
}

export function sampleOrder(changes: Partial<OrderUpdate> = {}): OrderUpdate {
  return {
    id: 1,
    product: 'BTC-USD',
    side: 'SELL',
    type: 'STOP',
    timeInForce: 'GTC',
    purpose: 'STOP_LOSS',
    state: 'RESTING',
    reason: null,
    detail: '',
    quantity: eighths(6_445_539),
    filled: 0n,
    averagePrice: 0n,
    limitPrice: null,
    stopPrice: eighths(7_602_141_260_000),
    postOnly: false,
    reduceOnly: true,
    expiresAt: null,
    group: 2,
    parent: 1,
    replaces: null,
    signalSequence: 0,
    ...changes,
  }
}

export function sampleRoundTrip(changes: Partial<RoundTrip> = {}): RoundTrip {
  return {
    number: 1,
    product: 'BTC-USD',
    direction: 'LONG',
    quantity: eighths(6_445_539),
    entryPrice: eighths(7_757_287_000_001),
    exitPrice: 77_572_870_000_010_000_000_001n,
    entryNotional: eighths(499_998_880_600),
    exitNotional: eighths(499_999_880_600),
    openedAt: MOMENT,
    closedAt: MOMENT + 1_500_000,
    grossPnl: eighths(1_000_000),
    fees: eighths(999_998_762),
    borrowCost: 0n,
    netPnl: eighths(-998_998_762),
    maxAdverse: eighths(-5_000),
    maxFavorable: eighths(2_000_000),
    maxAdverseShare: -0.01,
    maxFavorableShare: 0.4,
    exitReason: 'TAKE_PROFIT',
    fills: 3,
    entryOrderId: 1,
    exitOrderId: 3,
    entrySignalSequence: 1,
    ...changes,
  }
}

export function samplePortfolio(changes: Partial<Portfolio> = {}): Portfolio {
  return {
    cash: 99_999_999_999_999_999_990_000_000_000n,
    equity: 100_000n * AMOUNT_ONE,
    realizedPnl: eighths(-1),
    unrealizedPnl: eighths(12_345),
    feesPaid: eighths(499_998_881),
    borrowCost: 0n,
    drawdown: 0.012,
    maxDrawdown: 0.034,
    winRate: null,
    buyAndHoldReturn: -0.02,
    tradeCount: 1,
    positions: [
      {
        product: 'BTC-USD',
        quantity: eighths(-6_445_538),
        averagePrice: eighths(7_757_287_000_001),
        markPrice: eighths(1),
        unrealizedPnl: eighths(12_345),
      },
    ],
    ...changes,
  }
}

export const SAMPLE_METRICS: Metrics = {
  totalReturn: 0.01,
  netProfit: eighths(100_000_000_001),
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
  winRateByFill: 0.5,
  expectancyByFill: -1n,
  exposure: 0.25,
  turnover: 1n,
  feesPaid: 2n,
  tradeCount: 3,
  borrowCost: 0n,
  closedTradeCount: 2,
  roundTripCount: 2,
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
    return {
      ...envelope,
      type: 'signal',
      signal: sampleSignal(),
      decision: { accepted: true, quantity: eighths(6_445_539) },
    }
  if (turn === 2) return { ...envelope, type: 'fill', fill: sampleFill({ signalSequence: sequence - 1 }) }
  return { ...envelope, type: 'portfolio', portfolio: samplePortfolio() }
}

/** The events `from` to `to`, both included. */
export function sampleEvents(from: number, to: number): readonly SimulatorEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleEvent(from + index))
}
