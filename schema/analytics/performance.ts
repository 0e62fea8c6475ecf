import { quoteOf } from '../../engines/domain/market/instrument.ts'
import { parseAmount, type Money } from '../../engines/domain/money.ts'
import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { SimulationFilter, simulationWhere } from '../simulation/filter.ts'
import { decodeMetrics, type StoredMetrics } from './stored-metrics.ts'
import { currencyOf, Group, type Totals } from './totals.ts'

/** How many runs are read at once. */
const PAGE = 500
/** What it costs to read something of all runs. */
const SUMMARY_COST = 1_000

interface ProductTotals {
  readonly product: string
  readonly runs: number
  readonly tradeCount: number
  readonly turnover: Money
  readonly feesPaid: Money
  readonly realizedPnl: Money
}

interface Summary {
  readonly all: Group
  readonly byCurrency: readonly { readonly currency: string; readonly group: Group }[]
  readonly byProduct: () => Promise<ProductTotals[]>
}

const OF_ONE_CURRENCY =
  'In `currency`; of runs that are in another one see `byCurrency`: what is in two currencies is never added.'
const WHICH =
  'What the money is in: the currency that most of these runs are in, of equals the first by name; null where there are none.'

const AlgorithmPerformance = builder
  .objectRef<{ readonly algorithm: string; readonly totals: Totals }>('AlgorithmPerformance')
  .implement({
    fields: (t) => ({
      algorithm: t.exposeString('algorithm'),
      runs: t.int({ resolve: ({ totals }) => totals.runs }),
      currency: t.string({
        nullable: true,
        description: WHICH,
        resolve: ({ totals }) => totals.money?.currency ?? null,
      }),
      tradeCount: t.int({ resolve: ({ totals }) => totals.tradeCount }),
      netProfit: t.field({
        type: 'Decimal',
        description: OF_ONE_CURRENCY,
        resolve: ({ totals }) => totals.money?.netProfit ?? 0n,
      }),
      turnover: t.field({
        type: 'Decimal',
        description: OF_ONE_CURRENCY,
        resolve: ({ totals }) => totals.money?.turnover ?? 0n,
      }),
      feesPaid: t.field({
        type: 'Decimal',
        description: OF_ONE_CURRENCY,
        resolve: ({ totals }) => totals.money?.feesPaid ?? 0n,
      }),
      meanReturn: t.float({ nullable: true, resolve: ({ totals }) => totals.meanReturn }),
      bestReturn: t.float({ nullable: true, resolve: ({ totals }) => totals.bestReturn }),
      worstReturn: t.float({ nullable: true, resolve: ({ totals }) => totals.worstReturn }),
      worstDrawdown: t.float({ nullable: true, resolve: ({ totals }) => totals.worstDrawdown }),
    }),
  })

const CurrencyPerformance = builder
  .objectRef<{ readonly currency: string; readonly group: Group }>('CurrencyPerformance')
  .implement({
    description: 'Of the runs whose products are quoted in one currency.',
    fields: (t) => ({
      currency: t.exposeString('currency', { description: 'What the money is in.' }),
      runs: t.int({ resolve: ({ group }) => group.total.runs }),
      runsWithFigures: t.int({ resolve: ({ group }) => group.total.measured }),
      tradeCount: t.int({ resolve: ({ group }) => group.total.tradeCount }),
      netProfit: t.field({ type: 'Decimal', resolve: ({ group }) => group.total.money?.netProfit ?? 0n }),
      turnover: t.field({ type: 'Decimal', resolve: ({ group }) => group.total.money?.turnover ?? 0n }),
      feesPaid: t.field({ type: 'Decimal', resolve: ({ group }) => group.total.money?.feesPaid ?? 0n }),
      meanReturn: t.float({ nullable: true, resolve: ({ group }) => group.total.meanReturn }),
      byAlgorithm: t.field({ type: [AlgorithmPerformance], resolve: ({ group }) => group.byAlgorithm }),
    }),
  })

const ProductPerformance = builder.objectRef<ProductTotals>('ProductPerformance').implement({
  fields: (t) => ({
    product: t.exposeString('product'),
    currency: t.string({ description: 'What the money is in.', resolve: ({ product }) => quoteOf(product) }),
    runs: t.exposeInt('runs', { description: 'Runs that traded it.' }),
    tradeCount: t.exposeInt('tradeCount'),
    turnover: t.expose('turnover', { type: 'Decimal' }),
    feesPaid: t.expose('feesPaid', { type: 'Decimal' }),
    realizedPnl: t.expose('realizedPnl', { type: 'Decimal', description: 'Before fees.' }),
  }),
})

const PerformanceSummary = builder.objectRef<Summary>('PerformanceSummary').implement({
  description:
    'Across runs. Money is summed over runs with figures that are in one currency; returns are of each run on its own capital.',
  fields: (t) => ({
    runs: t.int({ resolve: ({ all }) => all.total.runs }),
    runsWithFigures: t.int({ resolve: ({ all }) => all.total.measured }),
    currency: t.string({ nullable: true, description: WHICH, resolve: ({ all }) => all.total.money?.currency ?? null }),
    tradeCount: t.int({ resolve: ({ all }) => all.total.tradeCount }),
    netProfit: t.field({
      type: 'Decimal',
      description: OF_ONE_CURRENCY,
      resolve: ({ all }) => all.total.money?.netProfit ?? 0n,
    }),
    turnover: t.field({
      type: 'Decimal',
      description: OF_ONE_CURRENCY,
      resolve: ({ all }) => all.total.money?.turnover ?? 0n,
    }),
    feesPaid: t.field({
      type: 'Decimal',
      description: OF_ONE_CURRENCY,
      resolve: ({ all }) => all.total.money?.feesPaid ?? 0n,
    }),
    meanReturn: t.float({ nullable: true, resolve: ({ all }) => all.total.meanReturn }),
    byCurrency: t.field({
      type: [CurrencyPerformance],
      description: 'The same for each currency by itself, in order of name.',
      resolve: ({ byCurrency }) => [...byCurrency],
    }),
    byAlgorithm: t.field({ type: [AlgorithmPerformance], resolve: ({ all }) => all.byAlgorithm }),
    byProduct: t.field({
      type: [ProductPerformance],
      complexity: { field: SUMMARY_COST, multiplier: 5 },
      resolve: ({ byProduct }) => byProduct(),
    }),
  }),
})

async function summarise(prisma: PrismaClient, where: Prisma.SimulationWhereInput): Promise<Summary> {
  const all = new Group()
  const currencies = new Map<string, Group>()
  for (let cursor: string | null = null; ;) {
    const rows: { id: string; algorithm: string; products: string[]; metrics: Prisma.JsonValue }[] =
      await prisma.simulation.findMany({
        where,
        select: { id: true, algorithm: true, products: true, metrics: true },
        orderBy: { id: 'asc' },
        take: PAGE,
        ...(cursor === null ? {} : { cursor: { id: cursor }, skip: 1 }),
      })
    for (const { algorithm, products, metrics: stored } of rows) {
      const metrics = stored === null ? null : decodeMetrics(stored as unknown as StoredMetrics)
      const run = { algorithm, products, metrics }
      const currency = currencyOf(run)
      const group = currencies.get(currency) ?? new Group()
      currencies.set(currency, group)
      group.add(run)
      all.add(run)
    }
    cursor = rows.at(-1)?.id ?? null
    if (rows.length < PAGE) break
  }
  const byCurrency = [...currencies].map(([currency, group]) => ({ currency, group }))
  byCurrency.sort((one, other) => (one.currency < other.currency ? -1 : 1))
  return { all, byCurrency, byProduct: () => productTotals(prisma, where) }
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
