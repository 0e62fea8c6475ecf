import type { LapsedOrder, PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import type { OrderRecord, PortfolioRecord, SignalRecord, TradeRecord } from '../context.ts'
import { Order } from '../order/order.ts'
import { Portfolio } from '../portfolio/portfolio.ts'
import { orderRecord, portfolioRecord, signalRecord, tradeRecord } from '../records.ts'
import { Signal } from '../signal/signal.ts'
import { Trade } from '../trade/trade.ts'

/** The most changes of an order's life, and the most of its fills, that are told. */
const MAX_CHANGES = 100
const MAX_TRADES = 100

interface CausalTraceShape {
  readonly signal: SignalRecord
  readonly order: OrderRecord | null
  readonly orderChanges: readonly OrderRecord[]
  readonly trade: TradeRecord | null
  readonly trades: readonly TradeRecord[]
  readonly lapse: LapsedOrder | null
  readonly portfolio: PortfolioRecord | null
}

const Lapse = builder.objectRef<LapsedOrder>('Lapse').implement({
  description: 'That an accepted signal got nothing.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    time: t.field({ type: 'DateTime', resolve: ({ time }) => Number(time) }),
    reason: t.exposeString('reason', {
      description:
        '`LIMITS`: on arrival the risk limits had no room for it any more; `WORTH_NOTHING`; `RUN_ENDED`: the run ended first.',
    }),
  }),
})

/** From a market event to what came of it. */
export const CausalTrace = builder.objectRef<CausalTraceShape>('CausalTrace').implement({
  description:
    'What a signal came from (`cause`), what risk said to it, the order that it raised, and what that led to.',
  fields: (t) => ({
    signal: t.expose('signal', { type: Signal }),
    order: t.expose('order', {
      type: Order,
      nullable: true,
      description: 'The order that it raised, as it stands; null: none, or of before orders were kept.',
    }),
    orderChanges: t.field({
      type: [Order],
      description: `The life of that order: its first ${MAX_CHANGES} changes.`,
      resolve: ({ orderChanges }) => [...orderChanges],
    }),
    trade: t.expose('trade', {
      type: Trade,
      nullable: true,
      description: 'The first fill; null: refused, lapsed, or not filled yet.',
    }),
    trades: t.field({
      type: [Trade],
      description: `The first ${MAX_TRADES} fills: where too little was there at once, an order fills in parts.`,
      resolve: ({ trades }) => [...trades],
    }),
    lapse: t.expose('lapse', { type: Lapse, nullable: true }),
    portfolio: t.expose('portfolio', {
      type: Portfolio,
      nullable: true,
      description: 'The ledger right after the fill.',
    }),
  }),
})

/** The trace of a signal of a run; null where no such signal is stored. */
export async function causalTrace(
  prisma: PrismaClient,
  simulationId: string,
  sequence: bigint,
): Promise<CausalTraceShape | null> {
  const signal = await prisma.signal.findUnique({ where: { simulationId_sequence: { simulationId, sequence } } })
  if (signal === null) return null
  // What comes of a signal has a later sequence: the primary key leads there, however long the run is.
  const where = { simulationId, sequence: { gt: sequence }, signalSequence: sequence }
  const orderBy = { sequence: 'asc' } as const
  const trades = await prisma.trade.findMany({ where, orderBy, take: MAX_TRADES })
  const [trade] = trades
  const order = await prisma.order.findFirst({
    where: { simulationId, signalSequence: sequence },
    orderBy: { orderId: 'asc' },
  })
  const changes = order === null ? [] : await orderLife(prisma, simulationId, order.orderId)
  const lapsed = trade === undefined && signal.accepted
  const lapse = lapsed ? await prisma.lapsedOrder.findFirst({ where, orderBy }) : null
  const after = trade === undefined ? null : { simulationId, sequence: { gt: trade.sequence } }
  const portfolio = after === null ? null : await prisma.portfolioSnapshot.findFirst({ where: after, orderBy })
  return {
    signal: signalRecord(signal),
    order: order === null ? null : orderRecord(order),
    orderChanges: changes.map(orderRecord),
    trade: trade === undefined ? null : tradeRecord(trade),
    trades: trades.map(tradeRecord),
    lapse,
    portfolio: portfolio === null ? null : portfolioRecord(portfolio),
  }
}

function orderLife(prisma: PrismaClient, simulationId: string, orderId: bigint) {
  return prisma.orderChange.findMany({
    where: { simulationId, orderId },
    orderBy: { sequence: 'asc' },
    take: MAX_CHANGES,
  })
}
