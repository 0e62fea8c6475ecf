import { readAfter } from '../after.ts'
import { builder } from '../builder.ts'
import type { TradeRecord } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { SideEnum } from '../enums.ts'
import { LiquidityEnum, OrderPurposeEnum } from '../order/enums.ts'
import { requireRun } from '../simulation/require-run.ts'

/** What the simulator executed. */
export const Trade = builder.objectRef<TradeRecord>('Trade').implement({
  description: 'What the simulator executed.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    signalSequence: t.field({
      type: 'BigInt',
      description: 'The signal that caused it; 0: none did, but a stop, a target, or a liquidation (see `exitReason`).',
      resolve: ({ fill }) => fill.signalSequence,
    }),
    orderId: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The order that it is a fill of; null in runs of before orders had numbers.',
      resolve: ({ fill }) => (fill.orderId === 0 ? null : fill.orderId),
    }),
    liquidity: t.field({
      type: LiquidityEnum,
      nullable: true,
      description: 'null in runs of before orders could rest: all took.',
      resolve: ({ fill }) => (fill.orderId === 0 ? null : fill.liquidity),
    }),
    exitReason: t.field({
      type: OrderPurposeEnum,
      nullable: true,
      description: 'What the order was for that closed; null where it only opens, and in runs of before this was kept.',
      resolve: ({ fill }) => fill.exitReason,
    }),
    product: t.string({ resolve: ({ fill }) => fill.product }),
    side: t.field({ type: SideEnum, resolve: ({ fill }) => fill.side }),
    price: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.price }),
    quantity: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.quantity }),
    requested: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.requested }),
    partial: t.boolean({
      description:
        'Whether less was filled than had been accepted: the book held no more, or on arrival the limits had no room for more.',
      resolve: ({ fill }) => fill.quantity < fill.requested,
    }),
    notional: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.notional }),
    fee: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.fee }),
    realizedPnl: t.field({
      type: 'Decimal',
      description: 'Profit of the closed part, before fees.',
      resolve: ({ fill }) => fill.realizedPnl,
    }),
    positionAfter: t.field({ type: 'Decimal', resolve: ({ fill }) => fill.positionAfter }),
    time: t.field({ type: 'DateTime', resolve: ({ fill }) => fill.time }),
  }),
})

builder.subscriptionField('trades', (t) =>
  t.field({
    type: Trade,
    description: 'Lossless: what is stored after the sequence `after` (absent: from the first on), then what happens.',
    args: { simulationId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt' }) },
    subscribe: async (_root, args, context) => {
      const after = readAfter(args.after)
      return deliver(context.live.trades(await requireRun(args.simulationId, context), after))
    },
    resolve: (delivery) => received(delivery),
  }),
)
