import type { FeedEvent as FeedEventRow } from '../../prisma/generated/client.ts'
import { asInt } from '../scalars.ts'
import { builder } from '../builder.ts'

export const FeedEvent = builder.objectRef<FeedEventRow>('FeedEvent').implement({
  description: "A change in the market feed's own condition, as the run saw it.",
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    time: t.field({ type: 'DateTime', resolve: ({ time }) => Number(time) }),
    state: t.exposeString('state', {
      description: '`CONNECTED`, `RECONNECTING`, `GAP`, `REFILLED`, `REFUSED` or `CLOSED`.',
    }),
    product: t.string({
      nullable: true,
      description: 'null where it concerns all.',
      resolve: ({ product }) => (product === '' ? null : product),
    }),
    count: t.int({
      description: 'How many trades, where the state speaks of some; else 0. At most 2,147,483,647.',
      resolve: ({ count }) => asInt(count),
    }),
    detail: t.exposeString('detail', { description: 'For a person.' }),
  }),
})
