import * as z from 'zod'

const share = (most: number) => z.number().min(0).max(most).default(0)
const seconds = (fallback: number) => z.number().min(0).max(31_536_000).default(fallback)

/** What keeps losses small: exits that every position has, bounds, and locks on new entries. */
export const riskParameters = {
  STOP_LOSS_PCT: share(0.99).meta({
    title: 'Stop loss',
    description: 'How far the price may go against a position, from its average price, before it is closed. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.1, step: 0.005 },
  }),
  TAKE_PROFIT_PCT: share(10).meta({
    title: 'Take profit',
    description: 'How far in favour of a position a limit order waits to close it. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.2, step: 0.005 },
  }),
  TRAILING_STOP_PCT: share(0.99).meta({
    title: 'Trailing stop',
    description: 'How far behind the best price a stop follows. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.1, step: 0.005 },
  }),
  TRAILING_ACTIVATION_PCT: share(10).meta({
    title: 'Trailing stop, from',
    description: 'How far in favour of the position the price must have come before the trailing stop lives.',
    unit: 'share',
  }),
  MAX_HOLD_SECONDS: seconds(0).meta({
    title: 'Longest holding',
    description: 'Market time after which a position is closed at the market. 0: none.',
    unit: 's',
  }),
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
}
