import { builder } from '../builder.ts'
import type { SourceEntry } from '../context.ts'

/** A place market data comes from. */
export const MarketSource = builder.objectRef<SourceEntry>('MarketSource').implement({
  description: 'A place market data comes from: coinbase, sandbox, or a tape.',
  fields: (t) => ({
    name: t.exposeString('name', { description: '`coinbase`, `sandbox`, or `tape:<name>`.' }),
    description: t.exposeString('description'),
    products: t.stringList({ resolve: (source) => [...source.products] }),
    available: t.exposeBoolean('available'),
  }),
})

builder.queryField('sources', (t) =>
  t.field({ type: [MarketSource], resolve: async (_root, _args, context) => [...(await context.sources.list())] }),
)
