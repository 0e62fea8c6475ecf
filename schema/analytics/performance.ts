import { parseAmount, type Money } from '../../engines/domain/money.ts'
import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { SimulationFilter, simulationWhere } from '../simulation/filter.ts'
import { decodeMetrics, type StoredMetrics } from './stored-metrics.ts'

/** How many runs are read at once. */
const PAGE = 500
/** What it costs to read something of all runs. */
const SUMMARY_COST = 1_000

/** Sums over the runs of one algorithm, or of all. */
interface Totals {
  algorithm: string
  runs: number
  /** Runs that have figures. */
  measured: number
  tradeCount: number
  netProfit: Money
  turnover: Money
  feesPaid: Money
  returns: number[]
  worstDrawdown: number | null
}

interface ProductTotals {
  readonly product: string
  readonly runs: number
  readonly tradeCount: number
  readonly turnover: Money
  readonly feesPaid: Money
  readonly realizedPnl: Money
}

interface Summary {
  readonly total: Totals
  readonly byAlgorithm: readonly Totals[]
  readonly byProduct: () => Promise<ProductTotals[]>
}

const AlgorithmPerformance = builder.objectRef<Totals>('AlgorithmPerformance').implement({
  fields: (t) => ({
    algorithm: t.exposeString('algorithm'),
    runs: t.exposeInt('runs'),
    tradeCount: t.exposeInt('tradeCount'),
    netProfit: t.expose('netProfit', { type: 'Decimal' }),
    turnover: t.expose('turnover', { type: 'Decimal' }),
    feesPaid: t.expose('feesPaid', { type: 'Decimal' }),
    meanReturn: t.float({ nullable: true, resolve: ({ returns }) => mean(returns) }),
    bestReturn: t.float({
      nullable: true,
      resolve: ({ returns }) => (returns.length === 0 ? null : returns.reduce((a, b) => Math.max(a, b))),
    }),
    worstReturn: t.float({
      nullable: true,
      resolve: ({ returns }) => (returns.length === 0 ? null : returns.reduce((a, b) => Math.min(a, b))),
    }),
    worstDrawdown: t.exposeFloat('worstDrawdown', { nullable: true }),
  }),
})

const ProductPerformance = builder.objectRef<ProductTotals>('ProductPerformance').implement({
  fields: (t) => ({
    product: t.exposeString('product'),
    runs: t.exposeInt('runs', { description: 'Runs that traded it.' }),
    tradeCount: t.exposeInt('tradeCount'),
    turnover: t.expose('turnover', { type: 'Decimal' }),
    feesPaid: t.expose('feesPaid', { type: 'Decimal' }),
    realizedPnl: t.expose('realizedPnl', { type: 'Decimal', description: 'Before fees.' }),
  }),
})

const PerformanceSummary = builder.objectRef<Summary>('PerformanceSummary').implement({
  description: 'Across runs. Money is summed over runs with figures; returns are of each run on its own capital.',
  fields: (t) => ({
    runs: t.int({ resolve: ({ total }) => total.runs }),
    runsWithFigures: t.int({ resolve: ({ total }) => total.measured }),
    tradeCount: t.int({ resolve: ({ total }) => total.tradeCount }),
    netProfit: t.field({ type: 'Decimal', resolve: ({ total }) => total.netProfit }),
    turnover: t.field({ type: 'Decimal', resolve: ({ total }) => total.turnover }),
    feesPaid: t.field({ type: 'Decimal', resolve: ({ total }) => total.feesPaid }),
    meanReturn: t.float({ nullable: true, resolve: ({ total }) => mean(total.returns) }),
    byAlgorithm: t.field({ type: [AlgorithmPerformance], resolve: ({ byAlgorithm }) => [...byAlgorithm] }),
    byProduct: t.field({
      type: [ProductPerformance],
      complexity: { field: SUMMARY_COST, multiplier: 5 },
      resolve: ({ byProduct }) => byProduct(),
    }),
  }),
})

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function newTotals(algorithm: string): Totals {
  const money = { netProfit: 0n, turnover: 0n, feesPaid: 0n }
  return { algorithm, runs: 0, measured: 0, tradeCount: 0, ...money, returns: [], worstDrawdown: null }
}

function add(totals: Totals, stored: StoredMetrics | null): void {
  totals.runs++
  if (stored === null) return
  const metrics = decodeMetrics(stored)
  totals.measured++
  totals.tradeCount += metrics.tradeCount
  totals.netProfit += metrics.netProfit
  totals.turnover += metrics.turnover
  totals.feesPaid += metrics.feesPaid
  if (metrics.totalReturn !== null) totals.returns.push(metrics.totalReturn)
  totals.worstDrawdown = Math.max(totals.worstDrawdown ?? 0, metrics.maxDrawdown)
}

async function summarise(prisma: PrismaClient, where: Prisma.SimulationWhereInput): Promise<Summary> {
  const total = newTotals('')
  const byAlgorithm = new Map<string, Totals>()
  for (let cursor: string | null = null; ;) {
    const rows: { id: string; algorithm: string; metrics: Prisma.JsonValue }[] = await prisma.simulation.findMany({
      where,
      select: { id: true, algorithm: true, metrics: true },
      orderBy: { id: 'asc' },
      take: PAGE,
      ...(cursor === null ? {} : { cursor: { id: cursor }, skip: 1 }),
    })
    for (const { algorithm, metrics } of rows) {
      const totals = byAlgorithm.get(algorithm) ?? newTotals(algorithm)
      byAlgorithm.set(algorithm, totals)
      add(totals, metrics as unknown as StoredMetrics | null)
      add(total, metrics as unknown as StoredMetrics | null)
    }
    cursor = rows.at(-1)?.id ?? null
    if (rows.length < PAGE) break
  }
  const sorted = [...byAlgorithm.values()].sort((left, right) => (left.algorithm < right.algorithm ? -1 : 1))
  return { total, byAlgorithm: sorted, byProduct: () => productTotals(prisma, where) }
}

async function productTotals(prisma: PrismaClient, simulation: Prisma.SimulationWhereInput): Promise<ProductTotals[]> {
  const groups = await prisma.trade.groupBy({
    by: ['product', 'simulationId'],
    where: { simulation },
    _count: true,
    _sum: { notional: true, fee: true, realizedPnl: true },
    orderBy: { product: 'asc' },
  })
  const products = new Map<string, ProductTotals>()
  for (const { product, _count, _sum } of groups) {
    const sum = (value: { toFixed(digits: number): string } | null) => parseAmount(value?.toFixed(18) ?? '0')
    const before = products.get(product)
    products.set(product, {
      product,
      runs: (before?.runs ?? 0) + 1,
      tradeCount: (before?.tradeCount ?? 0) + _count,
      turnover: (before?.turnover ?? 0n) + sum(_sum.notional),
      feesPaid: (before?.feesPaid ?? 0n) + sum(_sum.fee),
      realizedPnl: (before?.realizedPnl ?? 0n) + sum(_sum.realizedPnl),
    })
  }
  return [...products.values()]
}

builder.queryField('performance', (t) =>
  t.field({
    type: PerformanceSummary,
    // It reads all runs that there are.
    complexity: { field: SUMMARY_COST },
    args: { filter: t.arg({ type: SimulationFilter }) },
    resolve: (_root, args, context) => summarise(context.heavy, simulationWhere(args.filter)),
  }),
)
