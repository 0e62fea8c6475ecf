import type { Parameters } from '../../engines/domain/simulation.ts'
import { Prisma, type PrismaClient } from '../../prisma/generated/client.ts'
import type { ConfigurationDraft, ConfigurationRecord, ConfigurationStore, Outcome } from '../../schema/context.ts'
import { badInput } from '../../schema/errors.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** How often a save is tried again when another one was quicker; each try sees the newer version. */
const MAX_TRIES = 10

const newestVersion = { versions: { orderBy: { version: 'desc' }, take: 1 } } as const

type Row = Prisma.ConfigurationGetPayload<{ include: { versions: true } }>

function recordOf(row: Row): ConfigurationRecord {
  const version = row.versions[0]
  if (version === undefined) throw new Error(`Configuration ${row.id} has no version.`)
  return {
    id: row.id,
    name: row.name,
    version: version.version,
    algorithm: version.algorithm,
    algorithmParameters: version.algorithmParameters as Parameters,
    simulatorParameters: version.simulatorParameters as Parameters,
    tags: version.tags,
    notes: version.notes,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

/** Checked parameters hold nothing that JSON cannot; Prisma's input type cannot know that. */
const json = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue

function stale(draft: ConfigurationDraft, current: number): Outcome<ConfigurationRecord> {
  const message =
    current === 0
      ? `There is no configuration "${draft.name}" yet, so version ${draft.expectedVersion} cannot be changed.`
      : `"${draft.name}" is at version ${current}, not ${draft.expectedVersion}. Look at what changed, then save again.`
  return { ok: false, faults: [{ message, path: ['input', 'expectedVersion'], code: 'STALE_VERSION' }] }
}

/** Whether somebody else saved the same name or version at the same moment. */
function isConflict(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2002' || error.code === 'P2025')
}

/** Writes the next version, on the condition that `current` is still the newest. */
async function write(prisma: PrismaClient, draft: ConfigurationDraft, current: number): Promise<Row> {
  const { name, algorithm, tags, notes } = draft
  const now = new Date()
  const version = {
    version: current + 1,
    algorithm,
    algorithmParameters: json(draft.algorithmParameters),
    simulatorParameters: json(draft.simulatorParameters),
    tags: [...tags],
    notes,
    createdAt: now,
  }
  const changes = { latestVersion: current + 1, updatedAt: now, versions: { create: version } }
  if (current === 0) {
    return prisma.configuration.create({ data: { name, createdAt: now, ...changes }, include: newestVersion })
  }
  return prisma.configuration.update({ where: { name, latestVersion: current }, data: changes, include: newestVersion })
}

/** Keeps configurations in Postgres: the default where there is no MongoDB. */
export function createPostgresConfigurations(prisma: PrismaClient): ConfigurationStore {
  return {
    async get(id) {
      if (!UUID.test(id)) return null
      const row = await prisma.configuration.findUnique({ where: { id }, include: newestVersion })
      return row === null ? null : recordOf(row)
    },
    async list({ limit, after, algorithm }) {
      if (after !== null && !UUID.test(after)) throw badInput('"after" is not a cursor of this list.', 'BAD_CURSOR')
      const last = after === null ? null : await prisma.configuration.findUnique({ where: { id: after } })
      // The last one of the page before is gone: nothing can be said to come after it.
      if (after !== null && last === null) return []
      const older: Prisma.ConfigurationWhereInput =
        last === null
          ? {}
          : { OR: [{ updatedAt: { lt: last.updatedAt } }, { updatedAt: last.updatedAt, id: { gt: last.id } }] }
      // Which algorithm counts is said by the newest version alone, so that versions of others are passed over.
      const ids =
        algorithm === null
          ? null
          : await prisma.$queryRaw<{ id: string }[]>`
              SELECT c."id" FROM "Configuration" c JOIN "ConfigurationVersion" v
                ON v."configurationId" = c."id" AND v."version" = c."latestVersion" WHERE v."algorithm" = ${algorithm}`
      const where = ids === null ? older : { AND: [older, { id: { in: ids.map((row) => row.id) } }] }
      const orderBy = [{ updatedAt: 'desc' as const }, { id: 'asc' as const }]
      const rows = await prisma.configuration.findMany({ where, orderBy, take: limit, include: newestVersion })
      return rows.map(recordOf)
    },
    async save(draft) {
      for (let attempt = 1; ; attempt++) {
        const found = await prisma.configuration.findUnique({ where: { name: draft.name } })
        const current = found?.latestVersion ?? 0
        if (draft.expectedVersion !== null && draft.expectedVersion !== current) return stale(draft, current)
        try {
          return { ok: true, value: recordOf(await write(prisma, draft, current)) }
        } catch (error) {
          if (!isConflict(error) || attempt === MAX_TRIES) throw error
        }
      }
    },
    async delete(id) {
      if (!UUID.test(id)) return false
      const { count } = await prisma.configuration.deleteMany({ where: { id } })
      return count > 0
    },
  }
}
