import { readAfter } from '../after.ts'
import { builder } from '../builder.ts'
import type { Context, OrderRecord } from '../context.ts'
import { numberedConnection } from '../cursor.ts'
import { deliver, received } from '../delivery.ts'
import { SideEnum } from '../enums.ts'
import type { PageArguments } from '../page.ts'
import { orderRecord } from '../records.ts'
import { requireRun } from '../simulation/require-run.ts'
import { OrderPurposeEnum, OrderStateEnum, OrderTypeEnum, TimeInForceEnum } from './enums.ts'

/** An order as it stood after a change of its life. */
export const Order = builder.objectRef<OrderRecord>('Order').implement({
  description: 'An order as it stands, or stood after a change of its life.',
  fields: (t) => ({
    sequence: t.expose('sequence', {
      type: 'BigInt',
      description: 'Place of this change among the events of the run.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Market time of this change.' }),
    orderId: t.field({
      type: 'BigInt',
      description: 'Rises by one from 1 over all orders of a run; what `Trade.orderId` names.',
      resolve: ({ order }) => order.id,
    }),
    product: t.string({ resolve: ({ order }) => order.product }),
    side: t.field({ type: SideEnum, resolve: ({ order }) => order.side }),
    type: t.field({ type: OrderTypeEnum, resolve: ({ order }) => order.type }),
    timeInForce: t.field({ type: TimeInForceEnum, resolve: ({ order }) => order.timeInForce }),
    purpose: t.field({ type: OrderPurposeEnum, resolve: ({ order }) => order.purpose }),
    state: t.field({ type: OrderStateEnum, resolve: ({ order }) => order.state }),
    reason: t.string({
      nullable: true,
      description: 'Why it is so, machine-readable, e.g. WOULD_CROSS or RUN_ENDED; null where the state says all.',
      resolve: ({ order }) => order.reason,
    }),
    detail: t.string({ description: 'The same for a person; may be empty.', resolve: ({ order }) => order.detail }),
    quantity: t.field({
      type: 'Decimal',
      description: 'What was asked for; that of a reduce-only order shrinks with the position.',
      resolve: ({ order }) => order.quantity,
    }),
    filled: t.field({ type: 'Decimal', resolve: ({ order }) => order.filled }),
    averagePrice: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'Of what is filled; null where nothing is.',
      resolve: ({ order }) => (order.filled === 0n ? null : order.averagePrice),
    }),
    limitPrice: t.field({ type: 'Decimal', nullable: true, resolve: ({ order }) => order.limitPrice }),
    stopPrice: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'Where it triggers; of a trailing stop as it is now, and null before it is active.',
      resolve: ({ order }) => order.stopPrice,
    }),
    postOnly: t.boolean({ description: 'Refused rather than taking.', resolve: ({ order }) => order.postOnly }),
    reduceOnly: t.boolean({ description: 'Never opens or adds.', resolve: ({ order }) => order.reduceOnly }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'GTD only.',
      resolve: ({ order }) => order.expiresAt,
    }),
    group: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'Orders of one group: what one fills is taken off the others.',
      resolve: ({ order }) => order.group,
    }),
    parent: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The entry whose position it guards, by `orderId`.',
      resolve: ({ order }) => order.parent,
    }),
    replaces: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The order that it took the place of, by `orderId`.',
      resolve: ({ order }) => order.replaces,
    }),
    signalSequence: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The signal that raised it; null: none did.',
      resolve: ({ order }) => (order.signalSequence === 0 ? null : order.signalSequence),
    }),
  }),
})

/** Which orders; all that is given must hold. */
export const OrderFilter = builder.inputType('OrderFilter', {
  description: 'All that is given must hold.',
  fields: (t) => ({
    state: t.field({ type: [OrderStateEnum], description: 'As they stand in one of these states.' }),
    product: t.string(),
  }),
})

type Filter = typeof OrderFilter.$inferInput

/** A page of a run's orders as they stand, in order of `orderId`, which is the cursor. */
export function orderConnection(
  simulationId: string,
  args: PageArguments & { readonly filter?: Filter | null | undefined },
  { prisma }: Pick<Context, 'prisma'>,
) {
  const { state, product } = args.filter ?? {}
  return numberedConnection(
    args,
    ({ order }: OrderRecord) => order.id,
    async ({ range, direction, take }) => {
      const where = {
        simulationId,
        orderId: range,
        ...(state === undefined || state === null ? {} : { state: { in: state } }),
        ...(product === undefined || product === null ? {} : { product }),
      }
      return (await prisma.order.findMany({ where, orderBy: { orderId: direction }, take })).map(orderRecord)
    },
  )
}

builder.subscriptionField('orders', (t) =>
  t.field({
    type: Order,
    description:
      'Each change of each order. Lossless: what is stored after the sequence `after` (absent: from the first on), then what happens.',
    args: { simulationId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt' }) },
    subscribe: async (_root, args, context) => {
      const after = readAfter(args.after)
      return deliver(context.live.orders(await requireRun(args.simulationId, context), after))
    },
    resolve: (delivery) => received(delivery),
  }),
)
