import { resolveCursorConnection } from '@pothos/plugin-relay'
import { builder } from '../builder.ts'
import type { ConfigurationRecord, ConfigurationVersion, Context } from '../context.ts'
import { badInput } from '../errors.ts'
import { requireNodeId } from '../node-id.ts'
import { DEFAULT_PAGE, MAX_PAGE, pageCost, type PageArguments } from '../page.ts'
import { MAX_DOCUMENT_VERSIONS, writeDocument } from './document.ts'

/** A version's number as a cursor; nine digits are below what the stores can count to. */
const VERSION_CURSOR = /^\d{1,9}$/
const MAX_VERSION = 999_999_999
/** An export reads all versions; a page of exports would read very many. */
const EXPORT_COST = 100

const Version = builder.objectRef<ConfigurationVersion>('ConfigurationVersion').implement({
  description: 'One version of a configuration; never changed once saved.',
  fields: (t) => ({
    version: t.exposeInt('version'),
    algorithm: t.exposeString('algorithm'),
    algorithmParameters: t.expose('algorithmParameters', { type: 'JSON' }),
    simulatorParameters: t.expose('simulatorParameters', { type: 'JSON' }),
    tags: t.stringList({ resolve: (version) => [...version.tags] }),
    notes: t.exposeString('notes', { nullable: true }),
    savedBy: t.exposeString('savedBy', { nullable: true }),
    savedAt: t.expose('savedAt', { type: 'DateTime' }),
  }),
})

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
    savedBy: t.exposeString('savedBy', {
      nullable: true,
      description: 'Who saved this version, as they called themselves.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its first version was saved.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this version was saved.' }),
    versions: t.connection({
      type: Version,
      description: 'All versions, newest first; forwards only. The cursors are the versions.',
      complexity: pageCost,
      resolve: (record, args, context) => versionPage(record.id, args, context),
    }),
    versionAt: t.field({
      type: Version,
      nullable: true,
      args: { version: t.arg.int({ required: true }) },
      resolve: async ({ id }, { version }, context) => {
        if (version < 1 || version > MAX_VERSION) return null
        const [found] = await context.configurations.versions(id, { limit: 1, before: version + 1 })
        return found?.version === version ? found : null
      },
    }),
    export: t.field({
      type: 'JSON',
      complexity: { field: EXPORT_COST },
      description: `All versions as one document (the newest ${MAX_DOCUMENT_VERSIONS}, where there are more): what \`importConfiguration\` reads.`,
      resolve: async ({ id, name, createdAt }, _args, context) => {
        const versions = await context.configurations.versions(id, { limit: MAX_DOCUMENT_VERSIONS, before: null })
        if (versions.length === 0) throw badInput(`"${name}" was deleted while it was read.`, 'NOT_FOUND')
        return writeDocument({ name, createdAt, versions: [...versions].reverse() })
      },
    }),
  }),
})

function checkForwards(args: PageArguments): void {
  if ((args.last ?? null) !== null || (args.before ?? null) !== null)
    throw badInput('Configurations are read forwards: use "first" and "after".')
}

function versionPage(id: string, args: PageArguments, context: Context) {
  checkForwards(args)
  const options = {
    args,
    defaultSize: DEFAULT_PAGE,
    maxSize: MAX_PAGE,
    // The library cannot tell that what comes back is what the store gave.
    toCursor: (version: unknown) => String((version as ConfigurationVersion).version),
  }
  return resolveCursorConnection(options, async ({ after, limit }): Promise<ConfigurationVersion[]> => {
    if (after !== undefined && !VERSION_CURSOR.test(after))
      throw badInput('"after" is not a cursor of this list.', 'BAD_CURSOR')
    const before = after === undefined ? null : Number(after)
    return [...(await context.configurations.versions(id, { limit, before }))]
  })
}

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
    description: 'Newest first; forwards only. What is searched by is what the newest version says.',
    complexity: pageCost,
    args: { algorithm: t.arg.string(), tag: t.arg.string() },
    resolve: (_root, args, context) => {
      checkForwards(args)
      const options = {
        args,
        defaultSize: DEFAULT_PAGE,
        maxSize: MAX_PAGE,
        // The library cannot tell that what comes back is what the store gave.
        toCursor: (record: unknown) => (record as ConfigurationRecord).id,
      }
      const filter = { algorithm: args.algorithm ?? null, tag: args.tag ?? null }
      return resolveCursorConnection(options, async ({ after = null, limit }): Promise<ConfigurationRecord[]> => [
        ...(await context.configurations.list({ limit, after, ...filter })),
      ])
    },
  }),
)
