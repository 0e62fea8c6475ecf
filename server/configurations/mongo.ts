import { randomUUID } from 'node:crypto'
import type {
  ConfigurationDraft,
  ConfigurationHistory,
  ConfigurationPage,
  ConfigurationRecord,
  ConfigurationStore,
  Outcome,
} from '../../schema/context.ts'
import { badInput, StoreUnavailableError } from '../../schema/errors.ts'
import { isUuid } from '../../schema/node-id.ts'
import { connectMongo, type Collections, type MongoConnectionOptions } from './mongo-connection.ts'
import {
  readHead,
  readVersion,
  versionDocument,
  versionOf,
  type HeadDocument,
  type VersionDocument,
} from './mongo-documents.ts'
import { isDuplicate, isRefusal } from './mongo-trouble.ts'
import { MAX_TRIES, nameTaken, staleVersion, tooManySavers, versionFrom } from './outcome.ts'

/** From this age on, versions without a configuration are what an interrupted write left, and not one on its way. */
const LEFTOVER_AGE_MS = 60 * 60 * 1_000

export interface MongoConfigurations extends ConfigurationStore {
  dispose(): Promise<void>
}

function recordOf(head: HeadDocument, document: VersionDocument): ConfigurationRecord {
  const { savedAt, ...version } = versionOf(document)
  return { id: head.configurationId, name: head._id, createdAt: head.createdAt, updatedAt: savedAt, ...version }
}

async function headOf({ heads }: Collections, id: string): Promise<HeadDocument | null> {
  const found = await heads.findOne({ configurationId: id })
  return found === null ? null : readHead(found)
}

async function newestOf({ versions }: Collections, id: string): Promise<VersionDocument | null> {
  const [found] = await versions.find({ configurationId: id }).sort({ version: -1 }).limit(1).toArray()
  return found === undefined ? null : readVersion(found)
}

/** The head and the newest version; null where there is none, or where it is being deleted. */
async function find(collections: Collections, id: string) {
  // The version first: one that has a head after it was read is of a configuration that was there.
  const newest = await newestOf(collections, id)
  const head = newest === null ? null : await headOf(collections, id)
  return newest === null || head === null ? null : { head, newest }
}

/** Says of all older versions that there is a newer one. Doing it twice, or at once with others, changes nothing. */
async function supersede({ versions }: Collections, id: string, newest: number): Promise<void> {
  await versions.updateMany(
    { configurationId: id, version: { $lt: newest }, superseded: false },
    { $set: { superseded: true } },
  )
}

/** The newest version last: while it is there, {@link current} can come across what an interruption leaves. */
async function removeVersions({ versions }: Collections, id: string): Promise<void> {
  await versions.deleteMany({ configurationId: id, superseded: true })
  await versions.deleteMany({ configurationId: id })
}

/** Makes a configuration; it is there when its head is. Null where another has the name. */
async function create(collections: Collections, history: ConfigurationHistory): Promise<ConfigurationRecord | null> {
  const { name, createdAt, versions } = history
  const configurationId = randomUUID()
  const last = versions.length - 1
  const documents = versions.map((version, index) => versionDocument(configurationId, version, index < last))
  const newest = documents[last]
  if (newest === undefined) throw new Error(`A configuration "${name}" without a version cannot be made.`)
  // The newest first, for the reason that it is removed last.
  await collections.versions.insertMany([...documents].reverse())
  const head: HeadDocument = { _id: name, configurationId, createdAt }
  try {
    await collections.heads.insertOne(head)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    await removeVersions(collections, configurationId)
    return null
  }
  return recordOf(head, newest)
}

/** Adds a version to a configuration. Null where another was quicker, or the configuration is gone. */
async function append(collections: Collections, head: HeadDocument, document: VersionDocument) {
  try {
    await collections.versions.insertOne(document)
  } catch (error) {
    if (isDuplicate(error)) return null
    throw error
  }
  await supersede(collections, head.configurationId, document.version)
  // It was deleted meanwhile: this version came too late to be deleted with it, and must not be told as saved.
  if ((await headOf(collections, head.configurationId)) === null) {
    await collections.versions.deleteOne({ _id: document._id })
    return null
  }
  return recordOf(head, document)
}

async function save(collections: Collections, draft: ConfigurationDraft): Promise<Outcome<ConfigurationRecord>> {
  const { name, expectedVersion } = draft
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const known = await collections.heads.findOne({ _id: name })
    const head = known === null ? null : readHead(known)
    const newest = head === null ? null : await newestOf(collections, head.configurationId)
    // Deleted between the two questions.
    if (head !== null && newest === null) continue
    const version = newest?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== version) return staleVersion(draft, version)
    const next = versionFrom(draft, version + 1, new Date())
    const record =
      head === null
        ? await create(collections, { name, createdAt: next.savedAt, versions: [next] })
        : await append(collections, head, versionDocument(head.configurationId, next, false))
    if (record !== null) return { ok: true, value: record }
  }
  return tooManySavers(name)
}

/**
 * Of versions that are said to be the newest, those that are. The others are what a server left that ended between two
 * writes, or writes that are on their way; the former are put in order here.
 */
async function current(collections: Collections, batch: readonly VersionDocument[]): Promise<ConfigurationRecord[]> {
  const ids = [...new Set(batch.map(({ configurationId }) => configurationId))]
  if (ids.length === 0) return []
  const found = (await collections.versions.find({ configurationId: { $in: ids }, superseded: false }).toArray()).map(
    readVersion,
  )
  const heads = (await collections.heads.find({ configurationId: { $in: ids } }).toArray()).map(readHead)
  const newest = new Map<string, number>()
  for (const { configurationId: id, version } of found) newest.set(id, Math.max(version, newest.get(id) ?? 0))

  const records: ConfigurationRecord[] = []
  for (const document of batch) {
    const { configurationId: id, version, writtenAt } = document
    const head = heads.find(({ configurationId }) => configurationId === id)
    const highest = newest.get(id) ?? version
    if (head === undefined) {
      if (Date.now() - writtenAt.getTime() > LEFTOVER_AGE_MS) await removeVersions(collections, id)
    } else if (version < highest) await supersede(collections, id, highest)
    else records.push(recordOf(head, document))
  }
  return records
}

async function list(collections: Collections, page: ConfigurationPage): Promise<readonly ConfigurationRecord[]> {
  const { limit, after, algorithm, tag } = page
  if (after !== null && !isUuid(after)) throw badInput('"after" is not a cursor of this list.', 'BAD_CURSOR')
  let last = after === null ? null : ((await find(collections, after))?.newest ?? null)
  // The last one of the page before is gone: nothing can be said to come after it.
  if (after !== null && last === null) return []
  const records: ConfigurationRecord[] = []
  // Each round begins after the last document of the one before, so that it ends with the collection.
  while (records.length < limit) {
    const wanted = limit - records.length
    const filter = {
      superseded: false,
      ...(algorithm === null ? {} : { algorithm }),
      ...(tag === null ? {} : { tags: tag }),
      ...(last === null ? {} : olderThan(last)),
    }
    const order = { savedAt: -1, configurationId: 1, version: -1 } as const
    const found = await collections.versions.find(filter).sort(order).limit(wanted).toArray()
    const batch = found.map(readVersion)
    records.push(...(await current(collections, batch)))
    last = batch.at(-1) ?? last
    if (batch.length < wanted) break
  }
  return records
}

function olderThan({ savedAt, configurationId }: VersionDocument) {
  return { $or: [{ savedAt: { $lt: savedAt } }, { savedAt, configurationId: { $gt: configurationId } }] }
}

/**
 * Keeps configurations in MongoDB. A server that is away is waited for: it is set up once it answers.
 * @throws Error, for a person, where the address cannot be used, or the user name or the password is refused.
 */
export async function openMongoConfigurations(options: MongoConnectionOptions): Promise<MongoConfigurations> {
  const connection = await connectMongo(options)
  try {
    await connection.open()
  } catch (error) {
    const lasting = !(error instanceof StoreUnavailableError) || isRefusal(error.cause)
    if (lasting) {
      await connection.dispose()
      throw error
    }
  }
  const { use } = connection
  return {
    kind: 'MongoDB',
    ping: () => connection.ping(),
    dispose: () => connection.dispose(),
    async get(id) {
      if (!isUuid(id)) return null
      const found = await use((collections) => find(collections, id))
      return found === null ? null : recordOf(found.head, found.newest)
    },
    list: (page) => use((collections) => list(collections, page)),
    async versions(id, { limit, before }) {
      if (!isUuid(id)) return []
      return use(async (collections) => {
        const filter = { configurationId: id, ...(before === null ? {} : { version: { $lt: before } }) }
        const found = await collections.versions.find(filter).sort({ version: -1 }).limit(limit).toArray()
        if ((await headOf(collections, id)) === null) return []
        return found.map((document) => versionOf(readVersion(document)))
      })
    },
    save: (draft) => use((collections) => save(collections, draft)),
    async restore(history) {
      const record = await use((collections) => create(collections, history))
      return record === null ? nameTaken(history.name) : { ok: true, value: record }
    },
    async delete(id) {
      if (!isUuid(id)) return false
      return use(async (collections) => {
        const { deletedCount } = await collections.heads.deleteOne({ configurationId: id })
        if (deletedCount === 0) return false
        await removeVersions(collections, id)
        return true
      })
    },
  }
}
