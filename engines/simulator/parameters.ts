import * as z from 'zod'
import { toAmount, type Money } from '../domain/money.ts'
import type { Parameters } from '../domain/simulation.ts'
import { exitParameters } from './parameters/exits.ts'
import { fillingParameters } from './parameters/filling.ts'
import { limitParameters } from './parameters/limits.ts'
import { protectionParameters } from './parameters/protections.ts'
import { repeatingParameters } from './parameters/repeating.ts'
import { statisticsParameters } from './parameters/statistics.ts'

/**
 * The simulator's parameters; keys are its environment variables. All money is in the quote currency, and all products
 * of a run are taken to share one.
 */
export const simulatorParameters = z.object({
  INITIAL_CAPITAL: z.number().min(0.0001).max(1e12).default(100_000).meta({
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
  ...fillingParameters,
  ...exitParameters,
  ...limitParameters,
  ...protectionParameters,
  ...statisticsParameters,
  ...repeatingParameters,
})

/** What a run of these parameters starts with. @throws ZodError where they are not right; check them first with `checkParameters`. */
export function initialCapitalOf(parameters: Parameters): Money {
  return toAmount(simulatorParameters.parse(parameters).INITIAL_CAPITAL)
}
