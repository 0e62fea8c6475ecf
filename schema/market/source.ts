import { builder, LOOK_COST } from '../builder.ts'
import type { Context, SourceEntry } from '../context.ts'

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

const listings = new WeakMap<Context['sources'], Promise<readonly SourceEntry[]>>()

/** All sources; all who ask at once are answered by one look at the tapes, e.g. a page of runs. */
export function listSources(sources: Context['sources']): Promise<readonly SourceEntry[]> {
  const pending = listings.get(sources)
  if (pending !== undefined) return pending
  const listing = sources.list().finally(() => listings.delete(sources))
  listings.set(sources, listing)
  return listing
}

builder.queryField('sources', (t) =>
  t.field({
    type: [MarketSource],
    complexity: { field: LOOK_COST },
    resolve: async (_root, _args, context) => [...(await listSources(context.sources))],
  }),
)
