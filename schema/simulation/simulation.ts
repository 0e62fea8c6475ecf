import { MAX_SWITCHES } from '../../engines/domain/trading/switches.ts'
import { parseAmount } from '../../engines/domain/money.ts'
import { NO_DATA_YET, type DataQuality as DataQualityShape } from '../../engines/domain/quality.ts'
import { FINAL_STATUSES, type KernelVersion, type Parameters } from '../../engines/domain/simulation.ts'
import type { Simulation as SimulationRow } from '../../prisma/generated/client.ts'
import { Algorithm, algorithmOf } from '../algorithm/algorithm.ts'
import { CausalTrace, causalTrace } from '../analytics/causal-trace.ts'
import { DataQuality, LatencySummary, type LatencySummaryShape } from '../analytics/latency.ts'
import { PerformanceMetrics } from '../analytics/performance-metrics.ts'
import { decodeMetrics, type StoredMetrics } from '../analytics/stored-metrics.ts'
import { builder } from '../builder.ts'
import { sequenceConnection } from '../cursor.ts'
import { LauncherKindEnum, SimulationModeEnum, SimulationStatusEnum } from '../enums.ts'
import { decodeEngines, Engine } from '../health/engine.ts'
import { FeedEvent } from '../market/feed-event.ts'
import { listSources, MarketSource } from '../market/source.ts'
import { candles, CandleSeries, MAX_CANDLES } from '../market/candles.ts'
import { TradingStateEnum } from '../order/enums.ts'
import { Liquidation, Ruin } from '../order/margin.ts'
import { Order, orderConnection, OrderFilter } from '../order/order.ts'
import { RoundTrip } from '../order/round-trip.ts'
import { MAX_CHANGES, TradingChange, tradingChanges, tradingSwitches } from '../order/trading.ts'
import { pageCost } from '../page.ts'
import { EquityPoint, curveCost, equityCurve, MAX_POINTS } from '../portfolio/equity-curve.ts'
import { Portfolio } from '../portfolio/portfolio.ts'
import { portfolioRecord, roundTripRecord, signalRecord, tradeRecord } from '../records.ts'
import { Signal } from '../signal/signal.ts'
import { Trade } from '../trade/trade.ts'
import { composeFile } from './compose-file.ts'

/** The most changes of the feed that are told of a run. */
const MAX_FEED_EVENTS = 100
/** The most liquidations. */
const MAX_LIQUIDATIONS = 100

function composeFileOf(row: SimulationRow, image: string): string {
  const { algorithmParameters, simulatorParameters, seed, kernelVersion } = row
  const spec = {
    ...row,
    algorithmParameters: algorithmParameters as Parameters,
    simulatorParameters: simulatorParameters as Parameters,
    seed: Number(seed),
    kernelVersion: kernelVersion as KernelVersion,
  }
  return composeFile(spec, image)
}

/** A run: what was asked, how it stands, and what came of it. */
export const Simulation = builder.prismaNode('Simulation', {
  description: 'One run of one algorithm on one source.',
  id: { field: 'id' },
  // `node` of a run that was deleted is null, no failure.
  nullable: true,
  fields: (t) => ({
    mode: t.expose('mode', { type: SimulationModeEnum }),
    status: t.expose('status', { type: SimulationStatusEnum }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'Why FAILED or STOPPED, for a person.',
    }),
    algorithm: t.field({
      type: Algorithm,
      resolve: (row, _args, context) => algorithmOf(row.algorithm, context.algorithms.find),
    }),
    algorithmParameters: t.expose('algorithmParameters', { type: 'JSON' }),
    simulatorParameters: t.expose('simulatorParameters', { type: 'JSON' }),
    source: t.field({
      type: MarketSource,
      resolve: async (row, _args, context) => {
        const known = (await listSources(context.sources)).find((source) => source.name === row.source)
        const description = 'This source is not there any more.'
        return known ?? { name: row.source, description, products: row.products, available: false }
      },
    }),
    products: t.exposeStringList('products'),
    durationSeconds: t.exposeInt('durationSeconds', { nullable: true }),
    speed: t.exposeFloat('speed', { description: 'REPLAY only: 1 is the recorded pace.' }),
    progress: t.exposeFloat('progress', {
      nullable: true,
      description:
        'How far it has come through what it plays of its tape, from 0 to 1; null where it plays none, or has not begun. A tape ' +
        'that is still being recorded grows meanwhile.',
    }),
    seed: t.expose('seed', { type: 'BigInt', description: 'Seed of a generated market.' }),
    freshMarket: t.exposeBoolean('freshMarket', {
      description: 'Whether it has a generated market of its own, which begins with it.',
    }),
    marketStartedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Market time at which its generated market began: what happens in it comes as long after that in every market of ' +
        'the same seed. null where its market is not generated, or this is not known yet.',
      resolve: ({ marketStartedAt }) => (marketStartedAt === null ? null : Number(marketStartedAt)),
    }),
    launcher: t.expose('launcher', { type: LauncherKindEnum }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    engines: t.field({
      type: [Engine],
      resolve: (row, _args, context) => {
        const running = FINAL_STATUSES.includes(row.status) ? [] : context.engines.of(row.id)
        const engines = running.length > 0 ? running : decodeEngines(row.engines)
        return engines.map((engine) => ({ ...engine, simulationId: row.id }))
      },
    }),
    portfolio: t.field({
      type: Portfolio,
      nullable: true,
      complexity: { field: 5 },
      description: 'The newest snapshot.',
      resolve: async (row, _args, context) => {
        const where = { simulationId: row.id }
        const newest = await context.prisma.portfolioSnapshot.findFirst({ where, orderBy: { sequence: 'desc' } })
        return newest === null ? null : portfolioRecord(newest)
      },
    }),
    metrics: t.field({
      type: PerformanceMetrics,
      nullable: true,
      description: 'Of the run so far, or whole.',
      resolve: (row) => (row.metrics === null ? null : decodeMetrics(row.metrics as unknown as StoredMetrics)),
    }),
    signals: t.connection({
      type: Signal,
      complexity: pageCost,
      resolve: (row, args, context) =>
        sequenceConnection(row.id, args, async (page) =>
          (await context.prisma.signal.findMany(page)).map(signalRecord),
        ),
    }),
    trades: t.connection({
      type: Trade,
      complexity: pageCost,
      resolve: (row, args, context) =>
        sequenceConnection(row.id, args, async (page) => (await context.prisma.trade.findMany(page)).map(tradeRecord)),
    }),
    orders: t.connection({
      type: Order,
      complexity: pageCost,
      description:
        'Each order as it stands, in order of `orderId`; how it came to stand so is what the subscription `orders` tells. A run of ' +
        'kernel version 1 has none: its rules told trades only.',
      args: { filter: t.arg({ type: OrderFilter }) },
      resolve: (row, args, context) => orderConnection(row.id, args, context),
    }),
    roundTrips: t.connection({
      type: RoundTrip,
      complexity: pageCost,
      description:
        'Positions that were opened and are flat again, in the order in which they were closed. A run of kernel version 1 ' +
        'has none: its rules told trades only.',
      resolve: (row, args, context) =>
        sequenceConnection(row.id, args, async (page) =>
          (await context.prisma.roundTrip.findMany(page)).map(roundTripRecord),
        ),
    }),
    liquidations: t.field({
      type: [Liquidation],
      complexity: { field: 20, multiplier: 5 },
      description: `Positions that were closed for want of equity: the newest ${MAX_LIQUIDATIONS}, oldest first.`,
      resolve: async (row, _args, context) => {
        const where = { simulationId: row.id }
        const orderBy = { sequence: 'desc' } as const
        return (await context.prisma.liquidation.findMany({ where, orderBy, take: MAX_LIQUIDATIONS })).reverse()
      },
    }),
    trading: t.field({
      type: TradingStateEnum,
      complexity: { field: 5 },
      description: 'What it may do now; of a run that has ended, what it might do last.',
      resolve: async (row, _args, context) => (await tradingChanges(context, row.id, 1))[0]?.state ?? 'ACTIVE',
    }),
    tradingChanges: t.field({
      type: [TradingChange],
      complexity: { field: 20, multiplier: 5 },
      description: `How what it may do was changed: the newest ${MAX_CHANGES}, oldest first.`,
      resolve: (row, _args, context) => tradingChanges(context, row.id),
    }),
    tradingSwitches: t.string({
      nullable: true,
      complexity: { field: 20 },
      description:
        'All of them that were asked for, as the simulator parameter `TRADING_SWITCHES` takes them, so that a back-test of what was ' +
        `recorded is switched where this run was. null: none was asked for, or more than ${MAX_SWITCHES}.`,
      resolve: (row, _args, context) => tradingSwitches(context, row.id),
    }),
    kernelVersion: t.exposeInt('kernelVersion', {
      description:
        'Version of the rules that its orders are filled by. 1: one market order a signal. 2: orders that rest, with margin and the ' +
        "venue's increments.",
    }),
    ruin: t.field({
      type: Ruin,
      nullable: true,
      description: 'How it lost everything; null: it did not.',
      resolve: ({ ruinedAt, ruinEquity }) =>
        ruinedAt === null ? null : { at: Number(ruinedAt), equity: parseAmount(ruinEquity?.toFixed(18) ?? '0') },
    }),
    equityCurve: t.field({
      type: [EquityPoint],
      description: 'Thinned out to at most so many points; every peak and trough of what is thinned out is kept.',
      args: { maxPoints: t.arg.int({ defaultValue: 1000, description: `At most ${MAX_POINTS}.` }) },
      complexity: ({ maxPoints }) => curveCost(maxPoints ?? 1000),
      resolve: (row, { maxPoints }, context) => equityCurve(context.heavy, row.id, maxPoints ?? 1000),
    }),
    trace: t.field({
      type: CausalTrace,
      // Six reads.
      complexity: { field: 10 },
      nullable: true,
      description: 'From the market event behind a signal to what came of it; null where no such signal is stored.',
      args: { signalSequence: t.arg({ type: 'BigInt', required: true }) },
      resolve: (row, { signalSequence }, context) => causalTrace(context.prisma, row.id, signalSequence),
    }),
    candles: t.field({
      type: CandleSeries,
      // One reads all that is kept of a product.
      complexity: { field: 1_000 },
      description:
        `Prices of a product, made of every tick that the run saw; at most ${MAX_CANDLES}. What is still going on is kept when ` +
        'it is over.',
      args: {
        product: t.arg.string({ required: true }),
        interval: t.arg.float({
          description:
            'Length of a candle in seconds, a multiple of STATISTICS_INTERVAL_MS, which is how long those are that a run ' +
            'keeps. Absent: the finest of which there are not too many, from a second on.',
        }),
        from: t.arg({ type: 'DateTime', description: 'Only candles that begin at this time or later, or hold it.' }),
      },
      resolve: (row, { product, interval, from }, context) =>
        candles(context.heavy, row, { product, seconds: interval ?? null, from: from ?? null }),
    }),
    feedEvents: t.field({
      type: [FeedEvent],
      complexity: { field: 20, multiplier: 5 },
      description: `What became of the market feed, e.g. gaps: the newest ${MAX_FEED_EVENTS}, oldest first.`,
      resolve: async (row, _args, context) => {
        const where = { simulationId: row.id }
        const orderBy = { sequence: 'desc' } as const
        return (await context.prisma.feedEvent.findMany({ where, orderBy, take: MAX_FEED_EVENTS })).reverse()
      },
    }),
    dataQuality: t.field({
      type: DataQuality,
      resolve: (row) => (row.dataQuality as DataQualityShape | null) ?? NO_DATA_YET,
    }),
    latency: t.field({
      type: LatencySummary,
      nullable: true,
      resolve: (row) => row.latency as unknown as LatencySummaryShape | null,
    }),
    fingerprint: t.exposeString('fingerprint', { nullable: true, description: 'SHA-256 of the ordered fills.' }),
    warnings: t.stringList({
      description:
        'What is not as it should be right now, e.g. that events cannot be stored; and, also after the end, from where on its ' +
        'figures cannot be believed, and why.',
      resolve: (row, _args, context) => [...row.doubts, ...context.warnings(row.id)],
    }),
    composeFile: t.string({
      description: 'Compose file that reproduces this simulation.',
      resolve: (row, _args, context) => composeFileOf(row, context.engineImage),
    }),
  }),
})
