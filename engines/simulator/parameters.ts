import * as z from 'zod'
import { toAmount, type Money } from '../domain/money.ts'
import type { Parameters } from '../domain/simulation.ts'
import { executionParameters } from './parameters/execution.ts'
import { inGroups } from './parameters/groups.ts'
import { riskParameters } from './parameters/risk.ts'

/**
 * The simulator's parameters; keys are its environment variables. All money is in the quote currency, and all products
 * of a run are taken to share one.
 */
export const simulatorParameters = z.object(
  inGroups({
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
    MAX_POSITION_PCT: z.number().gt(0).max(1).default(1).meta({
      title: 'Largest position, as a share',
      description:
        'The same as a share of the initial capital, whatever currency that is in. The smaller of the two holds.',
      unit: 'share',
    }),
    TRADING_FEE_PCT: z.number().min(0).max(0.1).default(0.001).meta({
      title: 'Fee',
      description: 'Share of the traded value that each fill costs: 0.001 is 0.1 %.',
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
    ...executionParameters,
    ORDER_LATENCY_MS: z.number().min(0).max(60_000).default(0).meta({
      title: 'Order latency',
      description: 'Market time from a signal to the moment its order reaches the market.',
      unit: 'ms',
    }),
    TRADE_COOLDOWN_MS: z.number().min(0).max(86_400_000).default(0).meta({
      title: 'Trade cooldown',
      description:
        'The least market time between two orders of a product. What closes a position does not wait for it.',
      unit: 'ms',
    }),
    MIN_ORDER_VALUE: z.number().min(0).max(1e6).default(0).meta({
      title: 'Smallest order',
      description:
        'No order opens less than this; without it, a position at its limit would trade dust. 0: MIN_ORDER_PCT decides.',
      unit: 'quote currency',
    }),
    MIN_ORDER_PCT: z.number().min(0).max(0.1).default(0.0001).meta({
      title: 'Smallest order, as a share',
      description:
        'The same as a share of the initial capital, whatever currency that is in; where MIN_ORDER_VALUE is 0.',
      unit: 'share',
    }),
    ...riskParameters,
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
  }),
)

/** What a run of these parameters starts with. @throws ZodError where they are not right; check them first with `checkParameters`. */
export function initialCapitalOf(parameters: Parameters): Money {
  return toAmount(simulatorParameters.parse(parameters).INITIAL_CAPITAL)
}
