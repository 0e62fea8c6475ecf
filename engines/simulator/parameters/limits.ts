import * as z from 'zod'
import { inGroup } from './group.ts'
import { share } from './measures.ts'

/** What a run may hold, owe and order. */
export const limitParameters = inGroup('Limits and margin', {
  MAX_OPEN_POSITIONS: z.number().int().min(0).max(64).default(0).meta({
    title: 'Most positions',
    description: 'How many products may be held at a time. 0: all.',
  }),
  MAX_GROSS_EXPOSURE_PCT: z.number().gt(0).max(1).default(1).meta({
    title: 'Largest exposure',
    description: 'The most that all positions together, long and short, may be worth, as a share of the equity.',
    unit: 'share',
  }),
  DAILY_LOSS_PCT: share(1).meta({
    title: 'Daily loss limit',
    description:
      'With equity so far under the UTC day’s first, only closing is let through until the next day. 0: none.',
    unit: 'share',
  }),
  MAINTENANCE_MARGIN: z.number().min(0).max(1).default(0.25).meta({
    title: 'Maintenance margin',
    description: 'With less equity than this share of what all shorts are worth, they are bought back at the market.',
    unit: 'share',
  }),
  TRADE_COOLDOWN_MS: z.number().min(0).max(86_400_000).default(0).meta({
    title: 'Trade cooldown',
    description: 'The least market time between two orders of a product. What closes a position does not wait for it.',
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
})
