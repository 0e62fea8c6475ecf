import type { Document, IndexDescription } from 'mongodb'
import * as z from 'zod'
import type { ConfigurationVersion } from '../../schema/context.ts'
import { badInput } from '../../schema/errors.ts'

/*
 * Two collections, and no write that needs more than one document to be atomic:
 *
 * - `configurationVersions` holds a document a version, under the id "<configuration>:<version>". Whoever inserts it has
 *   saved that version; of those that try at once the index of ids, which every server has, lets one through.
 * - `configurations` holds a document a name, under the name. It is inserted after the versions that a new configuration
 *   begins with, and deleted before any of them: what has none is not there.
 */

export const HEADS = 'configurations'
export const VERSIONS = 'configurationVersions'

/** What makes a configuration be there. */
export interface HeadDocument {
  /** Its name. */
  readonly _id: string
  readonly configurationId: string
  readonly createdAt: Date
}

/** One version. Nothing of it changes but `superseded`, which only ever becomes true. */
export interface VersionDocument extends ConfigurationVersion {
  readonly _id: string
  readonly configurationId: string
  /** Whether there is a newer one; where both are said to be the newest, the higher number is right. */
  readonly superseded: boolean
  /** When this document was written, by the server's clock; an imported version was saved long before. */
  readonly writtenAt: Date
}

export function versionDocument(
  configurationId: string,
  version: ConfigurationVersion,
  superseded: boolean,
): VersionDocument {
  const _id = `${configurationId}:${version.version}`
  return { _id, configurationId, ...version, superseded, writtenAt: new Date() }
}

/** How a collection is set up. */
export interface CollectionPlan {
  readonly name: string
  /** What the server itself checks of each document that anybody writes, as `$jsonSchema`. */
  readonly schema: Document
  /** For speed alone: what must be unique is an `_id`. */
  readonly indexes: readonly IndexDescription[]
}

const textOrNull = { bsonType: ['string', 'null'] }

export const PLANS: readonly CollectionPlan[] = [
  {
    name: HEADS,
    schema: {
      bsonType: 'object',
      required: ['_id', 'configurationId', 'createdAt'],
      properties: {
        _id: { bsonType: 'string', minLength: 1, maxLength: 100 },
        configurationId: { bsonType: 'string', minLength: 36, maxLength: 36 },
        createdAt: { bsonType: 'date' },
      },
    },
    indexes: [{ name: 'configuration', key: { configurationId: 1 } }],
  },
  {
    name: VERSIONS,
    schema: {
      bsonType: 'object',
      required: [
        '_id',
        'configurationId',
        'version',
        'algorithm',
        'algorithmParameters',
        'simulatorParameters',
        'tags',
        'notes',
        'savedBy',
        'savedAt',
        'superseded',
        'writtenAt',
      ],
      properties: {
        _id: { bsonType: 'string' },
        configurationId: { bsonType: 'string', minLength: 36, maxLength: 36 },
        version: { bsonType: 'int', minimum: 1 },
        algorithm: { bsonType: 'string', minLength: 1 },
        algorithmParameters: { bsonType: 'object' },
        simulatorParameters: { bsonType: 'object' },
        tags: { bsonType: 'array', items: { bsonType: 'string' } },
        notes: textOrNull,
        savedBy: textOrNull,
        savedAt: { bsonType: 'date' },
        superseded: { bsonType: 'bool' },
        writtenAt: { bsonType: 'date' },
      },
    },
    indexes: [
      { name: 'version', key: { configurationId: 1, version: -1 } },
      { name: 'newest', key: { superseded: 1, savedAt: -1, configurationId: 1 } },
      { name: 'newest_by_algorithm', key: { superseded: 1, algorithm: 1, savedAt: -1, configurationId: 1 } },
      { name: 'newest_by_tag', key: { superseded: 1, tags: 1, savedAt: -1, configurationId: 1 } },
    ],
  },
]

const parameters = z.record(z.string(), z.unknown())

const Head = z.object({ _id: z.string(), configurationId: z.uuid(), createdAt: z.date() })

const Version = z.object({
  _id: z.string(),
  configurationId: z.uuid(),
  version: z.int().min(1),
  algorithm: z.string(),
  algorithmParameters: parameters,
  simulatorParameters: parameters,
  tags: z.array(z.string()),
  notes: z.string().nullable(),
  savedBy: z.string().nullable(),
  savedAt: z.date(),
  superseded: z.boolean(),
  writtenAt: z.date(),
})

/** Not every server checks what is written, and others may write too: nothing is taken on trust. */
function read<Value>(schema: z.ZodType<Value>, collection: string, document: Document): Value {
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  const which = `The document "${String(document['_id'])}" of the collection "${collection}" in MongoDB`
  throw badInput(`${which} is not as this server writes it (${faults}). Correct or remove it there.`, 'BAD_DOCUMENT')
}

export const readHead = (document: Document): HeadDocument => read(Head, HEADS, document)
export const readVersion = (document: Document): VersionDocument => read(Version, VERSIONS, document)

/** The version that a document holds, without what only the store needs. */
export function versionOf(document: VersionDocument): ConfigurationVersion {
  const { version, algorithm, algorithmParameters, simulatorParameters, tags, notes, savedBy, savedAt } = document
  return { version, algorithm, algorithmParameters, simulatorParameters, tags, notes, savedBy, savedAt }
}
