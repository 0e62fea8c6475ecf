import type { LapsedOrder, PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import type { PortfolioRecord, SignalRecord, TradeRecord } from '../context.ts'
import { Portfolio } from '../portfolio/portfolio.ts'
import { portfolioRecord, signalRecord, tradeRecord } from '../records.ts'
import { Signal } from '../signal/signal.ts'
import { Trade } from '../trade/trade.ts'

interface CausalTraceShape {
  readonly signal: SignalRecord
  readonly trade: TradeRecord | null
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
  description: 'What a signal came from (`cause`), what risk said to it, and what it led to.',
  fields: (t) => ({
    signal: t.expose('signal', { type: Signal }),
    trade: t.expose('trade', { type: Trade, nullable: true, description: 'null: refused, lapsed, or not filled yet.' }),
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
  const trade = await prisma.trade.findFirst({ where, orderBy })
  const lapse = trade === null && signal.accepted ? await prisma.lapsedOrder.findFirst({ where, orderBy }) : null
  const after = trade === null ? null : { simulationId, sequence: { gt: trade.sequence } }
  const portfolio = after === null ? null : await prisma.portfolioSnapshot.findFirst({ where: after, orderBy })
  return {
    signal: signalRecord(signal),
    trade: trade === null ? null : tradeRecord(trade),
    lapse,
    portfolio: portfolio === null ? null : portfolioRecord(portfolio),
  }
}
