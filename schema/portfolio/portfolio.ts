import type { Position as PositionShape } from '../../engines/domain/trading/portfolio.ts'
import { builder } from '../builder.ts'
import type { PortfolioRecord } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { requireRun } from '../simulation/require-run.ts'

const Position = builder.objectRef<PositionShape>('Position').implement({
  fields: (t) => ({
    product: t.exposeString('product'),
    quantity: t.expose('quantity', { type: 'Decimal', description: 'Negative is short.' }),
    averagePrice: t.expose('averagePrice', { type: 'Decimal' }),
    markPrice: t.expose('markPrice', { type: 'Decimal', description: 'What it is valued at.' }),
    unrealizedPnl: t.expose('unrealizedPnl', { type: 'Decimal' }),
  }),
})

/** The ledger and its running statistics at one moment. */
export const Portfolio = builder.objectRef<PortfolioRecord>('Portfolio').implement({
  description: 'The ledger and its running statistics at one moment.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt' }),
    time: t.expose('time', { type: 'DateTime' }),
    cash: t.field({ type: 'Decimal', resolve: ({ portfolio }) => portfolio.cash }),
    equity: t.field({ type: 'Decimal', resolve: ({ portfolio }) => portfolio.equity }),
    realizedPnl: t.field({ type: 'Decimal', resolve: ({ portfolio }) => portfolio.realizedPnl }),
    unrealizedPnl: t.field({ type: 'Decimal', resolve: ({ portfolio }) => portfolio.unrealizedPnl }),
    feesPaid: t.field({ type: 'Decimal', resolve: ({ portfolio }) => portfolio.feesPaid }),
    borrowCost: t.field({
      type: 'Decimal',
      description: 'What borrowing for shorts cost.',
      resolve: ({ portfolio }) => portfolio.borrowCost,
    }),
    drawdown: t.float({
      description: '1 − equity/its highest so far, from 0 to 1.',
      resolve: ({ portfolio }) => portfolio.drawdown,
    }),
    maxDrawdown: t.float({ resolve: ({ portfolio }) => portfolio.maxDrawdown }),
    winRate: t.float({
      nullable: true,
      description:
        'Winning share of the round trips; null before the first. In runs of kernel 1, of the closing fills.',
      resolve: ({ portfolio }) => portfolio.winRate,
    }),
    buyAndHoldReturn: t.float({
      nullable: true,
      description:
        'What holding all products in equal shares, each in cash until its first price, has returned; null before any price, and of runs that an earlier version kept.',
      resolve: ({ portfolio }) => portfolio.buyAndHoldReturn,
    }),
    tradeCount: t.int({ resolve: ({ portfolio }) => portfolio.tradeCount }),
    positions: t.field({ type: [Position], resolve: ({ portfolio }) => [...portfolio.positions] }),
  }),
})

builder.subscriptionField('portfolio', (t) =>
  t.field({
    type: Portfolio,
    description: 'The newest at once, then each change; newest wins.',
    args: { simulationId: t.arg.id({ required: true }) },
    subscribe: async (_root, args, context) =>
      deliver(context.live.portfolios(await requireRun(args.simulationId, context))),
    resolve: (delivery) => received(delivery),
  }),
)
