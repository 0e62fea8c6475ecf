import type * as z from 'zod'
import type { FeeTier } from '../broker/account/fees.ts'
import type { LatencyModel } from '../broker/latency.ts'
import type { ProtectionSettings } from '../broker/risk/protections.ts'
import { UNBOUNDED } from '../broker/risk/sizing.ts'
import type { BrokerSettings, ExitPolicy, MarkRule, QueueModel, RiskLimits } from '../broker/settings.ts'
import { countOf, share, toAmount, type Money, type Share } from '../domain/money.ts'
import type { Parameters } from '../domain/simulation.ts'
import { MICROS_PER_MILLISECOND, MICROS_PER_SECOND, type Micros } from '../domain/time.ts'
import { simulatorParameters } from './parameters.ts'
import { pointsOf, tiersOf } from './parameters/filling.ts'

type Given = z.output<typeof simulatorParameters>

/** The parameters in the units that are computed with. */
export interface SimulatorSettings {
  readonly broker: BrokerSettings
  /** A 365th of the yearly rate. */
  readonly riskFreeDaily: number
  readonly statisticsInterval: Micros
}

/** @throws ZodError where the parameters are not right; check them first with `checkParameters`. */
export function simulatorSettings(parameters: Parameters): SimulatorSettings {
  const given = simulatorParameters.parse(parameters)
  const initialCapital = toAmount(given.INITIAL_CAPITAL)
  return {
    broker: {
      initialCapital,
      makerFee: shareOf(given.MAKER_FEE_PCT ?? given.TRADING_FEE_PCT),
      takerFee: shareOf(given.TRADING_FEE_PCT),
      feeTiers: feeTiersOf(given.FEE_TIERS),
      borrowRate: shareOf(given.BORROW_RATE),
      maintenanceMargin: shareOf(given.MAINTENANCE_MARGIN),
      queueModel: given.QUEUE_MODEL.toUpperCase() as QueueModel,
      mark: given.MARK.toUpperCase() as MarkRule,
      maxPriceAge: given.MAX_PRICE_AGE_MS === 0 ? Infinity : ms(given.MAX_PRICE_AGE_MS),
      fillAtClose: given.CANDLE_FILL === 'close',
      maxParticipation: shareOf(given.MAX_PARTICIPATION),
      slippage: shareOf(given.SLIPPAGE_BPS / 10_000),
      entryLatency: latencyOf(given.LATENCY_DISTRIBUTION, given.ORDER_LATENCY_MS, given.LATENCY_SEED),
      // Draws of its own: how often something is cancelled does not change how long orders take.
      cancelLatency: latencyOf(given.CANCEL_LATENCY_DISTRIBUTION, given.CANCEL_LATENCY_MS, ~given.LATENCY_SEED >>> 0),
      exits: exitsOf(given),
      limits: limitsOf(given, initialCapital),
      protections: protectionsOf(given),
    },
    riskFreeDaily: given.RISK_FREE_RATE / 365,
    statisticsInterval: Math.max(1, ms(given.STATISTICS_INTERVAL_MS)),
  }
}

/** The least that an order may open. */
export function minOrderOf(given: Given, initialCapital: Money): Money {
  if (given.MIN_ORDER_VALUE > 0) return toAmount(given.MIN_ORDER_VALUE)
  return share(initialCapital, shareOf(given.MIN_ORDER_PCT))
}

/** The most that a position may be worth. */
export function maxPositionOf(given: Given, initialCapital: Money): Money {
  const amount = toAmount(given.MAX_POSITION_SIZE)
  const part = given.MAX_POSITION_PCT === 1 ? amount : share(initialCapital, shareOf(given.MAX_POSITION_PCT))
  return part < amount ? part : amount
}

function limitsOf(given: Given, initialCapital: Money): RiskLimits {
  return {
    positionShare: shareOf(given.POSITION_SIZE_PCT),
    maxPosition: maxPositionOf(given, initialCapital),
    maxGross: given.MAX_GROSS_EXPOSURE_PCT === 1 ? UNBOUNDED : shareOf(given.MAX_GROSS_EXPOSURE_PCT),
    maxPositions: given.MAX_OPEN_POSITIONS,
    minOrder: minOrderOf(given, initialCapital),
    shorting: given.ENABLE_SHORTING,
    minConfidence: given.MIN_CONFIDENCE,
    cooldown: ms(given.TRADE_COOLDOWN_MS),
  }
}

function exitsOf(given: Given): ExitPolicy {
  return {
    stopLoss: shareOf(given.STOP_LOSS_PCT),
    takeProfit: shareOf(given.TAKE_PROFIT_PCT),
    trailing: shareOf(given.TRAILING_STOP_PCT),
    activation: shareOf(given.TRAILING_ACTIVATION_PCT),
    maxHold: seconds(given.MAX_HOLD_SECONDS),
  }
}

function protectionsOf(given: Given): ProtectionSettings {
  return {
    cooldownAfterClose: seconds(given.COOLDOWN_AFTER_CLOSE_SECONDS),
    stopGuard: {
      closes: given.STOP_GUARD_COUNT,
      lookBack: seconds(given.STOP_GUARD_LOOKBACK_SECONDS),
      lock: seconds(given.STOP_GUARD_LOCK_SECONDS),
      all: given.STOP_GUARD_SCOPE === 'all',
    },
    drawdown: {
      share: shareOf(given.DRAWDOWN_LOCK_PCT),
      lookBack: seconds(given.DRAWDOWN_LOCK_LOOKBACK_SECONDS),
      lock: seconds(given.DRAWDOWN_LOCK_SECONDS),
    },
    lowProfit: {
      trips: given.LOW_PROFIT_TRADES,
      share: shareOf(given.LOW_PROFIT_PCT),
      lookBack: seconds(given.LOW_PROFIT_LOOKBACK_SECONDS),
      lock: seconds(given.LOW_PROFIT_LOCK_SECONDS),
    },
    dailyLoss: shareOf(given.DAILY_LOSS_PCT),
  }
}

function latencyOf(distribution: string, constantMs: number, seed: number): LatencyModel {
  if (distribution === '') return { kind: 'CONSTANT', micros: ms(constantMs) }
  const points = pointsOf(distribution).map(([part, milliseconds]) => ({ share: part, micros: ms(milliseconds) }))
  return { kind: 'DRAWN', points, seed }
}

function feeTiersOf(text: string): readonly FeeTier[] {
  return tiersOf(text)
    .map(([from, maker, taker]) => ({ from: toAmount(from), maker: shareOf(maker), taker: shareOf(taker) }))
    .sort((one, other) => (one.from < other.from ? -1 : 1))
}

function shareOf(value: number): Share {
  return countOf(value, 8)
}

function ms(milliseconds: number): Micros {
  return Math.round(milliseconds * MICROS_PER_MILLISECOND)
}

function seconds(count: number): Micros {
  return Math.round(count * MICROS_PER_SECOND)
}
