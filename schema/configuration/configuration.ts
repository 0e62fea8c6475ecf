import { resolveCursorConnection } from '@pothos/plugin-relay'
import { builder } from '../builder.ts'
import type { ConfigurationRecord } from '../context.ts'
import { badInput } from '../errors.ts'
import { requireNodeId } from '../node-id.ts'
import { checkPage, DEFAULT_PAGE, MAX_PAGE, pageCost } from '../page.ts'

/** A named, versioned set of parameters. */
export const Configuration = builder.objectRef<ConfigurationRecord>('Configuration')

builder.node(Configuration, {
  description: 'A named, versioned set of parameters; this is its newest version.',
  id: { resolve: (record) => record.id },
  loadOne: (id, context) => context.configurations.get(id),
  fields: (t) => ({
    name: t.exposeString('name'),
    version: t.exposeInt('version'),
    algorithm: t.exposeString('algorithm'),
    algorithmParameters: t.expose('algorithmParameters', { type: 'JSON' }),
    simulatorParameters: t.expose('simulatorParameters', { type: 'JSON' }),
    tags: t.stringList({ resolve: (record) => [...record.tags] }),
    notes: t.exposeString('notes', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its first version was saved.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this version was saved.' }),
  }),
})

builder.queryField('configuration', (t) =>
  t.field({
    type: Configuration,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, args, context) => context.configurations.get(requireNodeId(args.id, 'Configuration')),
  }),
)

builder.queryField('configurations', (t) =>
  t.connection({
    type: Configuration,
    description: 'Newest first; forwards only.',
    complexity: pageCost,
    args: { algorithm: t.arg.string() },
    resolve: (_root, args, context) => {
      checkPage(args)
      if ((args.last ?? null) !== null || (args.before ?? null) !== null)
        throw badInput('Configurations are read forwards: use "first" and "after".')
      const options = {
        args,
        defaultSize: DEFAULT_PAGE,
        maxSize: MAX_PAGE,
        // The library cannot tell that what comes back is what the store gave.
        toCursor: (record: unknown) => (record as ConfigurationRecord).id,
      }
      const algorithm = args.algorithm ?? null
      return resolveCursorConnection(options, async ({ after = null, limit }): Promise<ConfigurationRecord[]> => [
        ...(await context.configurations.list({ limit, after, algorithm })),
      ])
    },
  }),
)
