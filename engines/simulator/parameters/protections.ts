import * as z from 'zod'
import { inGroup } from './group.ts'
import { seconds, share } from './measures.ts'

/** Locks on new entries, as freqtrade has them. */
export const protectionParameters = inGroup('Protections', {
  COOLDOWN_AFTER_CLOSE_SECONDS: seconds(0).meta({
    title: 'Cooldown after a close',
    description: 'How long a product is not entered again after its position was closed.',
    unit: 's',
  }),
  STOP_GUARD_COUNT: z.number().int().min(0).max(1_000).default(0).meta({
    title: 'Stop guard',
    description: 'After so many closes by a stop or a liquidation within the look-back nothing is entered. 0: off.',
  }),
  STOP_GUARD_LOOKBACK_SECONDS: seconds(86_400).meta({
    title: 'Stop guard, look-back',
    description: 'How far back the closes count.',
    unit: 's',
  }),
  STOP_GUARD_LOCK_SECONDS: seconds(3_600).meta({
    title: 'Stop guard, lock',
    description: 'How long nothing is entered.',
    unit: 's',
  }),
  STOP_GUARD_SCOPE: z.enum(['product', 'all']).default('all').meta({
    title: 'Stop guard, scope',
    description: 'Whether closes are counted, and entries locked, by product or all together.',
  }),
  DRAWDOWN_LOCK_PCT: share(1).meta({
    title: 'Drawdown lock',
    description: 'With the equity so far under its highest within the look-back nothing is entered. 0: off.',
    unit: 'share',
  }),
  DRAWDOWN_LOCK_LOOKBACK_SECONDS: seconds(86_400).meta({
    title: 'Drawdown lock, look-back',
    description: 'How far back the highest equity counts.',
    unit: 's',
  }),
  DRAWDOWN_LOCK_SECONDS: seconds(3_600).meta({
    title: 'Drawdown lock, length',
    description: 'How long nothing is entered.',
    unit: 's',
  }),
  LOW_PROFIT_TRADES: z.number().int().min(0).max(1_000).default(0).meta({
    title: 'Low-profit lock',
    description: 'From so many round trips of a product within the look-back on, their sum is looked at. 0: off.',
  }),
  LOW_PROFIT_PCT: z.number().min(-1).max(1).default(0).meta({
    title: 'Low-profit lock, least',
    description: 'With a sum of results under this share of the initial capital the product is not entered.',
    unit: 'share',
  }),
  LOW_PROFIT_LOOKBACK_SECONDS: seconds(86_400).meta({
    title: 'Low-profit lock, look-back',
    description: 'How far back round trips count.',
    unit: 's',
  }),
  LOW_PROFIT_LOCK_SECONDS: seconds(3_600).meta({
    title: 'Low-profit lock, length',
    description: 'How long the product is not entered.',
    unit: 's',
  }),
})
