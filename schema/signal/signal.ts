import { formatCount } from '../../engines/domain/money.ts'
import { readAfter } from '../after.ts'
import { builder } from '../builder.ts'
import type { SignalRecord } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { SideEnum } from '../enums.ts'
import { requireRun } from '../simulation/require-run.ts'

/** What an algorithm proposed, with what risk said to it. */
export const Signal = builder.objectRef<SignalRecord>('Signal').implement({
  description: 'What an algorithm proposed, with what risk said to it.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    product: t.string({ resolve: ({ signal }) => signal.product }),
    side: t.field({ type: SideEnum, resolve: ({ signal }) => signal.side }),
    confidence: t.float({ description: 'From 0 to 1.', resolve: ({ signal }) => signal.confidence }),
    price: t.field({ type: 'Decimal', resolve: ({ signal }) => formatCount(signal.price, signal.unit.price) }),
    indicator: t.float({ resolve: ({ signal }) => signal.indicator }),
    reason: t.string({ resolve: ({ signal }) => signal.reason }),
    time: t.field({ type: 'DateTime', resolve: ({ signal }) => signal.time }),
    decision: t.string({
      description: '`ACCEPTED` or `REFUSED`.',
      resolve: ({ decision }) => (decision.accepted ? 'ACCEPTED' : 'REFUSED'),
    }),
    refusalReason: t.string({
      nullable: true,
      description: 'Machine-readable, e.g. LOW_CONFIDENCE.',
      resolve: ({ decision }) => (decision.accepted ? null : decision.reason),
    }),
    refusalDetail: t.string({
      nullable: true,
      description: 'The figures behind a refusal, for a person.',
      resolve: ({ decision }) => (decision.accepted ? null : decision.detail),
    }),
    quantity: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What risk allowed to trade.',
      resolve: ({ decision }) => (decision.accepted ? decision.quantity : null),
    }),
    cause: t.field({
      type: 'BigInt',
      description: 'Sequence of the market event that raised it.',
      resolve: ({ signal }) => signal.cause,
    }),
  }),
})

builder.subscriptionField('signals', (t) =>
  t.field({
    type: Signal,
    description: 'Lossless: what is stored after the sequence `after` (absent: from the first on), then what happens.',
    args: { simulationId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt' }) },
    subscribe: async (_root, args, context) => {
      const after = readAfter(args.after)
      return deliver(context.live.signals(await requireRun(args.simulationId, context), after))
    },
    resolve: (delivery) => received(delivery),
  }),
)
