import * as z from 'zod'
import { inGroup } from './group.ts'

/** How a run is measured. */
export const statisticsParameters = inGroup('Statistics', {
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
