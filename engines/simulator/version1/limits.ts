import type { Parameters } from '../../domain/simulation.ts'
import { MICROS_PER_MILLISECOND } from '../../domain/time.ts'
import { toAmount } from '../../domain/money.ts'
import { simulatorParameters } from '../parameters.ts'
import { maxPositionOf, minOrderOf } from '../settings.ts'
import { fromAmount, toFixed, type Fixed, type Money } from './money.ts'

/** The parameters in the units that the simulator computes with. */
export interface SimulatorLimits {
  readonly initialCapital: Money
  readonly positionShare: Fixed
  readonly maxPosition: Money
  readonly feeRate: Fixed
  readonly minConfidence: number
  readonly shorting: boolean
  /** Microseconds. */
  readonly latency: number
  /** Microseconds. */
  readonly cooldown: number
  readonly minOrder: Money
  /** Microseconds. */
  readonly statisticsInterval: number
  /** Per day: a 365th of the yearly rate. */
  readonly riskFreeDaily: number
}

/** @throws ZodError where the parameters are not right; check them first with `checkParameters`. */
export function limitsOf(parameters: Parameters): SimulatorLimits {
  const given = simulatorParameters.parse(parameters)
  return {
    initialCapital: moneyOf(given.INITIAL_CAPITAL),
    positionShare: toFixed(given.POSITION_SIZE_PCT),
    maxPosition: fromAmount(maxPositionOf(given, toAmount(given.INITIAL_CAPITAL))),
    feeRate: toFixed(given.TRADING_FEE_PCT),
    minConfidence: given.MIN_CONFIDENCE,
    shorting: given.ENABLE_SHORTING,
    latency: Math.round(given.ORDER_LATENCY_MS * MICROS_PER_MILLISECOND),
    cooldown: Math.round(given.TRADE_COOLDOWN_MS * MICROS_PER_MILLISECOND),
    minOrder: fromAmount(minOrderOf(given, toAmount(given.INITIAL_CAPITAL))),
    statisticsInterval: Math.max(1, Math.round(given.STATISTICS_INTERVAL_MS * MICROS_PER_MILLISECOND)),
    riskFreeDaily: given.RISK_FREE_RATE / 365,
  }
}

/** Whole and broken part by themselves: `value × 1e8` would lose digits above 9e7. */
function moneyOf(value: number): Money {
  const whole = Math.trunc(value)
  return BigInt(whole) * 100_000_000n + BigInt(toFixed(value - whole))
}
