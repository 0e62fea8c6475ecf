import type * as z from 'zod'

/** In which part of a form each parameter stands, in the order of the parts; those of none stand in the first. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Fees and filling': [
    'MAKER_FEE_PCT',
    'FEE_TIERS',
    'BORROW_RATE',
    'QUEUE_MODEL',
    'MARK',
    'MAX_PRICE_AGE_MS',
    'CANDLE_FILL',
    'MAX_PARTICIPATION',
    'SLIPPAGE_BPS',
    'ORDER_LATENCY_MS',
    'CANCEL_LATENCY_MS',
    'LATENCY_DISTRIBUTION',
    'LATENCY_SEED',
  ],
  'Stops and targets': [
    'STOP_LOSS_PCT',
    'TAKE_PROFIT_PCT',
    'TRAILING_STOP_PCT',
    'TRAILING_ACTIVATION_PCT',
    'MAX_HOLD_SECONDS',
  ],
  'Limits and margin': [
    'MAX_OPEN_POSITIONS',
    'MAX_GROSS_EXPOSURE_PCT',
    'DAILY_LOSS_PCT',
    'MAINTENANCE_MARGIN',
    'TRADE_COOLDOWN_MS',
    'MIN_ORDER_VALUE',
    'MIN_ORDER_PCT',
  ],
  Protections: [
    'COOLDOWN_AFTER_CLOSE_SECONDS',
    'STOP_GUARD_COUNT',
    'STOP_GUARD_LOOKBACK_SECONDS',
    'STOP_GUARD_LOCK_SECONDS',
    'STOP_GUARD_SCOPE',
    'DRAWDOWN_LOCK_PCT',
    'DRAWDOWN_LOCK_LOOKBACK_SECONDS',
    'DRAWDOWN_LOCK_SECONDS',
    'LOW_PROFIT_TRADES',
    'LOW_PROFIT_PCT',
    'LOW_PROFIT_LOOKBACK_SECONDS',
    'LOW_PROFIT_LOCK_SECONDS',
  ],
  Statistics: ['STATISTICS_INTERVAL_MS', 'RISK_FREE_RATE'],
}

/** The same parameters, each with the `group` that a form shows it in. */
export function inGroups<Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape): Shape {
  const groupOf = new Map(Object.entries(GROUPS).flatMap(([group, keys]) => keys.map((key) => [key, group] as const)))
  const grouped = Object.entries(shape).map(([key, parameter]) => {
    const group = groupOf.get(key)
    return [key, group === undefined ? parameter : parameter.meta({ ...parameter.meta(), group })] as const
  })
  return Object.fromEntries(grouped) as Shape
}
