import type { Parameters } from '../../engines/domain/simulation.ts'
import { Prisma, type PrismaClient } from '../../prisma/generated/client.ts'
import type {
  ConfigurationDraft,
  ConfigurationHistory,
  ConfigurationPage,
  ConfigurationRecord,
  ConfigurationStore,
  ConfigurationVersion,
  Outcome,
} from '../../schema/context.ts'
import { badInput, StoreUnavailableError } from '../../schema/errors.ts'
import { isUuid } from '../../schema/node-id.ts'
import { isOutage, isQueueTimeout } from '../store/outage.ts'
import { MAX_TRIES, nameTaken, staleVersion, tooManySavers, versionFrom } from './outcome.ts'

const newestVersion = { versions: { orderBy: { version: 'desc' }, take: 1 } } as const

type Row = Prisma.ConfigurationGetPayload<{ include: { versions: true } }>
type VersionRow = Row['versions'][number]

function versionOf(row: VersionRow): ConfigurationVersion {
  return {
    version: row.version,
    algorithm: row.algorithm,
    algorithmParameters: row.algorithmParameters as Parameters,
    simulatorParameters: row.simulatorParameters as Parameters,
    tags: row.tags,
    notes: row.notes,
    savedBy: row.savedBy,
    savedAt: row.createdAt,
  }
}

function recordOf(row: Row): ConfigurationRecord {
  const newest = row.versions[0]
  if (newest === undefined) throw new Error(`Configuration ${row.id} has no version.`)
  const { savedAt, ...version } = versionOf(newest)
  return { id: row.id, name: row.name, createdAt: row.createdAt, updatedAt: savedAt, ...version }
}

/** Checked parameters hold nothing that JSON cannot; Prisma's input type cannot know that. */
const json = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue

function rowOf({ savedAt, ...version }: ConfigurationVersion) {
  return {
    ...version,
    algorithmParameters: json(version.algorithmParameters),
    simulatorParameters: json(version.simulatorParameters),
    tags: [...version.tags],
    createdAt: savedAt,
  }
}

/** Whether somebody else saved the same name or version at the same moment. */
function isConflict(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2002' || error.code === 'P2025')
}

/** Makes a configuration with all its versions, or nothing. */
function create(prisma: PrismaClient, { name, createdAt, versions }: ConfigurationHistory): Promise<Row> {
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error(`A configuration "${name}" without a version cannot be made.`)
  const data = {
    name,
    createdAt,
    latestVersion: newest.version,
    updatedAt: newest.savedAt,
    versions: { createMany: { data: versions.map(rowOf) } },
  }
  return prisma.configuration.create({ data, include: newestVersion })
}

/** Writes the next version, on the condition that `current` is still the newest. */
function write(prisma: PrismaClient, draft: ConfigurationDraft, current: number, savedAt: Date): Promise<Row> {
  const { name } = draft
  const version = versionFrom(draft, current + 1, savedAt)
  if (current === 0) return create(prisma, { name, createdAt: savedAt, versions: [version] })
  const data = { latestVersion: current + 1, updatedAt: savedAt, versions: { create: rowOf(version) } }
  return prisma.configuration.update({ where: { name, latestVersion: current }, data, include: newestVersion })
}

async function save(prisma: PrismaClient, draft: ConfigurationDraft): Promise<Outcome<ConfigurationRecord>> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const found = await prisma.configuration.findUnique({ where: { name: draft.name } })
    const current = found?.latestVersion ?? 0
    if (draft.expectedVersion !== null && draft.expectedVersion !== current) return staleVersion(draft, current)
    try {
      return { ok: true, value: recordOf(await write(prisma, draft, current, new Date())) }
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  return tooManySavers(draft.name)
}

/** The ids of a page; what is filtered by is said by the newest version alone. */
async function pageOfIds(prisma: PrismaClient, page: ConfigurationPage): Promise<readonly string[]> {
  // Where the last one of the page before is gone, nothing can be said to come after it: the join gives nothing.
  const last =
    page.after === null
      ? Prisma.empty
      : Prisma.sql`JOIN "Configuration" last ON last."id" = ${page.after}::uuid AND
          (c."updatedAt" < last."updatedAt" OR (c."updatedAt" = last."updatedAt" AND c."id" > last."id"))`
  const byAlgorithm = page.algorithm === null ? Prisma.empty : Prisma.sql`AND v."algorithm" = ${page.algorithm}`
  const byTag = page.tag === null ? Prisma.empty : Prisma.sql`AND v."tags" @> ARRAY[${page.tag}]::text[]`
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT c."id" FROM "Configuration" c
      JOIN "ConfigurationVersion" v ON v."configurationId" = c."id" AND v."version" = c."latestVersion" ${last}
      WHERE TRUE ${byAlgorithm} ${byTag}
      ORDER BY c."updatedAt" DESC, c."id" ASC LIMIT ${page.limit}`
  return rows.map(({ id }) => id)
}

async function list(prisma: PrismaClient, page: ConfigurationPage): Promise<readonly ConfigurationRecord[]> {
  if (page.after !== null && !isUuid(page.after)) throw badInput('"after" is not a cursor of this list.', 'BAD_CURSOR')
  const ids = await pageOfIds(prisma, page)
  const rows = await prisma.configuration.findMany({ where: { id: { in: [...ids] } }, include: newestVersion })
  // One that was deleted between the two questions is left out.
  return ids.flatMap((id) => rows.filter((row) => row.id === id).map(recordOf))
}

/** Says in a person's words that the database is away. */
async function reaching<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    // Who found no turn may still find the database there; that is looked at where it is told.
    if (!isOutage(error) || isQueueTimeout(error)) throw error
    const message = 'Configurations cannot be reached: the database does not answer. Try again in a moment.'
    throw new StoreUnavailableError(message, error)
  }
}

/** Keeps configurations in Postgres: the default where there is no MongoDB. */
export function createPostgresConfigurations(prisma: PrismaClient): ConfigurationStore {
  return {
    kind: 'PostgreSQL',
    async ping() {
      const start = performance.now()
      await reaching(prisma.$queryRaw`SELECT 1`)
      return performance.now() - start
    },
    async get(id) {
      if (!isUuid(id)) return null
      const row = await reaching(prisma.configuration.findUnique({ where: { id }, include: newestVersion }))
      return row === null ? null : recordOf(row)
    },
    list: (page) => reaching(list(prisma, page)),
    async versions(id, { limit, before }) {
      if (!isUuid(id)) return []
      const where = { configurationId: id, ...(before === null ? {} : { version: { lt: before } }) }
      const rows = await reaching(
        prisma.configurationVersion.findMany({ where, orderBy: { version: 'desc' }, take: limit }),
      )
      return rows.map(versionOf)
    },
    save: (draft) => reaching(save(prisma, draft)),
    async restore(history) {
      try {
        return { ok: true, value: recordOf(await reaching(create(prisma, history))) }
      } catch (error) {
        if (!isConflict(error)) throw error
        return nameTaken(history.name)
      }
    },
    async delete(id) {
      if (!isUuid(id)) return false
      const { count } = await reaching(prisma.configuration.deleteMany({ where: { id } }))
      return count > 0
    },
  }
}
