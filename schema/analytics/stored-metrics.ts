import type { Metrics } from '../../engines/domain/trading/metrics.ts'
import { formatAmount, parseAmount, type Money } from '../../engines/domain/money.ts'

/** The fields of {@link Metrics} that are money; JSON keeps them as exact decimal strings. */
const MONEY_FIELDS = [
  'netProfit',
  'expectancy',
  'expectancyByFill',
  'turnover',
  'feesPaid',
  'borrowCost',
  'bestTrade',
  'worstTrade',
] as const

type MoneyField = (typeof MONEY_FIELDS)[number]

/** {@link Metrics} as the database keeps them. */
export type StoredMetrics = Omit<Metrics, MoneyField> & Readonly<Record<MoneyField, string | null>>

/** Metrics as JSON without loss. */
export function encodeMetrics(metrics: Metrics): StoredMetrics {
  const money = MONEY_FIELDS.map((field) => {
    const value = metrics[field]
    return [field, value === null ? null : formatAmount(value)] as const
  })
  return { ...metrics, ...(Object.fromEntries(money) as Record<MoneyField, string | null>) }
}

/** The reverse of {@link encodeMetrics}. */
export function decodeMetrics(stored: StoredMetrics): Metrics {
  // What was stored before there were round trips has none of their fields.
  const nullable = (text: string | null | undefined): Money | null =>
    typeof text === 'string' ? parseAmount(text) : null
  return {
    ...stored,
    netProfit: parseAmount(stored.netProfit ?? '0'),
    expectancy: nullable(stored.expectancy),
    expectancyByFill: nullable(stored.expectancyByFill),
    turnover: parseAmount(stored.turnover ?? '0'),
    feesPaid: parseAmount(stored.feesPaid ?? '0'),
    borrowCost: parseAmount(stored.borrowCost ?? '0'),
    bestTrade: nullable(stored.bestTrade),
    worstTrade: nullable(stored.worstTrade),
  }
}
