import * as z from 'zod'
import { toFixed, type Fixed, type Money } from '../domain/money.ts'
import type { Parameters } from '../domain/simulation.ts'
import { MICROS_PER_MILLISECOND } from '../domain/time.ts'

/**
 * The simulator's parameters; keys are its environment variables. All money is in the quote currency, and all products
 * of a run are taken to share one.
 */
export const simulatorParameters = z.object({
  INITIAL_CAPITAL: z.number().min(1).max(1e12).default(100_000).meta({
    title: 'Initial capital',
    description: 'What the portfolio starts with.',
    unit: 'quote currency',
  }),
  POSITION_SIZE_PCT: z
    .number()
    .gt(0)
    .max(1)
    .default(0.05)
    .meta({
      title: 'Position size',
      description: 'Share of the equity that one order opens: 0.05 is 5 %.',
      unit: 'share',
      sweep: { min: 0.01, max: 0.25, step: 0.01 },
    }),
  MAX_POSITION_SIZE: z.number().gt(0).max(1e12).default(10_000).meta({
    title: 'Largest position',
    description: 'The most a position in one product may be worth, long or short.',
    unit: 'quote currency',
  }),
  TRADING_FEE_PCT: z.number().min(0).max(0.1).default(0.001).meta({
    title: 'Fee',
    description: 'Share of the traded value that each fill costs: 0.001 is 0.1 %. All orders are taker orders.',
    unit: 'share',
  }),
  MIN_CONFIDENCE: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .meta({
      title: 'Least confidence',
      description: 'Signals of less confidence are refused.',
      sweep: { min: 0, max: 0.9, step: 0.1 },
    }),
  ENABLE_SHORTING: z.boolean().default(true).meta({
    title: 'Shorting',
    description: 'Whether a position may be negative.',
  }),
  ORDER_LATENCY_MS: z.number().min(0).max(60_000).default(0).meta({
    title: 'Order latency',
    description: 'Market time from a signal to the moment its order reaches the market.',
    unit: 'ms',
  }),
  TRADE_COOLDOWN_MS: z.number().min(0).max(86_400_000).default(0).meta({
    title: 'Trade cooldown',
    description: 'The least market time between two orders of a product.',
    unit: 'ms',
  }),
  MIN_ORDER_VALUE: z.number().min(0).max(1e6).default(10).meta({
    title: 'Smallest order',
    description: 'No order opens less than this; without it, a position at its limit would trade dust.',
    unit: 'quote currency',
  }),
  STATISTICS_INTERVAL_MS: z.number().min(1).max(86_400_000).default(1000).meta({
    title: 'Statistics interval',
    description:
      'Market time between two snapshots of the portfolio while something changes, and in a candle of prices.',
    unit: 'ms',
  }),
  RISK_FREE_RATE: z.number().min(-1).max(1).default(0).meta({
    title: 'Risk-free rate',
    description: 'Yearly rate that Sharpe, Sortino and alpha subtract: 0.04 is 4 %.',
    unit: 'share per year',
  }),
})

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
    maxPosition: moneyOf(given.MAX_POSITION_SIZE),
    feeRate: toFixed(given.TRADING_FEE_PCT),
    minConfidence: given.MIN_CONFIDENCE,
    shorting: given.ENABLE_SHORTING,
    latency: Math.round(given.ORDER_LATENCY_MS * MICROS_PER_MILLISECOND),
    cooldown: Math.round(given.TRADE_COOLDOWN_MS * MICROS_PER_MILLISECOND),
    minOrder: moneyOf(given.MIN_ORDER_VALUE),
    statisticsInterval: Math.max(1, Math.round(given.STATISTICS_INTERVAL_MS * MICROS_PER_MILLISECOND)),
    riskFreeDaily: given.RISK_FREE_RATE / 365,
  }
}

/** Whole and broken part by themselves: `value × 1e8` would lose digits above 9e7. */
function moneyOf(value: number): Money {
  const whole = Math.trunc(value)
  return BigInt(whole) * 100_000_000n + BigInt(toFixed(value - whole))
}
