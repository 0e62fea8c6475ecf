import type { PrismaClient } from '../../prisma/generated/client.ts'
import type { Sighting } from './silence.ts'

/** A server that is not seen for so long is dead: its runs go to whoever notices first. */
export const DEAD_AFTER_SECONDS = 5
/** What a server says last that ends in order and leaves runs behind. */
const LEFT = '-Infinity'
/** How far apart the starts of two servers must be, in seconds, that the later one cannot have come while the earlier looked. */
const LONG_AFTER_SECONDS = 10

/** Which server this is. */
export interface ServerIdentity {
  /** A UUID of this very process. */
  readonly id: string
  /** A UUID of its data directory. */
  readonly installation: string
  readonly host: string
  readonly pid: number
}

/** A server that is gone, and whose runs are now this one's. */
export interface DeadServer {
  readonly id: string
  readonly host: string
  readonly pid: number
}

/**
 * Which servers there are, as they have entered themselves in the database. That one is dead its others see for themselves
 * ({@link watchSilence}); who buries it is one statement's row lock: of two servers that notice at once, one gets the dead
 * one's runs, and neither gets those of one that has said something meanwhile. Every call throws where the database cannot
 * be reached.
 */
export interface ServerRegistry {
  readonly id: string
  /** Enters this server. */
  join(): Promise<void>
  /** Says that this server lives. false: others have buried it, and its runs are theirs. */
  beat(): Promise<boolean>
  /** Takes the place of servers of the same data directory, which cannot live while this one does. */
  succeed(): Promise<readonly DeadServer[]>
  /** The others, with what each last said. */
  others(): Promise<readonly Sighting[]>
  /** Takes over the runs of those of `silent` that still have said nothing since, and of servers that have left. */
  bury(silent: readonly Sighting[]): Promise<readonly DeadServer[]>
  /** Servers that were here before this one and have not left; whether one lives shows in whether its beat moves. */
  elders(): Promise<readonly (DeadServer & Sighting)[]>
  /** The same for all servers of one database, and of no other: what is launched bears it. Eight hex digits. */
  platformId(): Promise<string>
  /** Tells which owners of engines are in use now, by whichever server: runs that go on, and the streamers they share. */
  ownersInUse(): Promise<(owner: string) => boolean>
  /** Leaves in order; where it leaves runs behind, others take them over at once. */
  leave(): Promise<void>
}

/** How the streamers that a server launches for live sources are told apart from those of others. */
export const streamerSuffix = (serverId: string): string => `-${serverId.slice(0, 8)}`

/** What a server last said, as text that is exact and does not hang on a session's settings. */
const BEAT = 'extract(epoch FROM "seenAt")::text'

export function createServerRegistry(prisma: PrismaClient, me: ServerIdentity): ServerRegistry {
  /** Removes the entries that a condition names and takes their runs, as one. */
  const take = (dead: string, ...values: readonly unknown[]): Promise<DeadServer[]> =>
    prisma.$queryRawUnsafe<DeadServer[]>(
      `WITH dead AS (DELETE FROM "Server" WHERE ${dead} RETURNING "id", "host", "pid"),
       taken AS (UPDATE "Simulation" SET "ownerId" = $1::uuid
         WHERE "ownerId" IN (SELECT "id" FROM dead) AND "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED'))
       SELECT "id"::text, "host", "pid" FROM dead`,
      me.id,
      ...values,
    )
  return {
    id: me.id,
    async join() {
      await prisma.server.create({ data: { ...me } })
    },
    async beat() {
      const seen = await prisma.$executeRaw`UPDATE "Server" SET "seenAt" = now() WHERE "id" = ${me.id}::uuid`
      return seen > 0
    },
    async succeed() {
      const dead = await take(`"installation" = $2::uuid AND "id" <> $1::uuid`, me.installation)
      // Runs from before there were owners, and from servers whose entry is gone.
      await prisma.$executeRaw`
        UPDATE "Simulation" SET "ownerId" = ${me.id}::uuid
        WHERE "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED')
          AND ("ownerId" IS NULL OR "ownerId" NOT IN (SELECT "id" FROM "Server"))`
      return dead
    },
    others: () =>
      prisma.$queryRawUnsafe<Sighting[]>(
        `SELECT "id"::text, ${BEAT} AS "beat" FROM "Server" WHERE "id" <> $1::uuid`,
        me.id,
      ),
    bury: (silent) =>
      take(
        // One that has been buried itself takes nothing.
        `"id" <> $1::uuid AND EXISTS (SELECT FROM "Server" WHERE "id" = $1::uuid) AND (${BEAT} = '${LEFT}'
           OR ("id", ${BEAT}) IN (SELECT * FROM unnest($2::uuid[], $3::text[])))`,
        silent.map(({ id }) => id),
        silent.map(({ beat }) => beat),
      ),
    elders: () =>
      prisma.$queryRawUnsafe<(DeadServer & Sighting)[]>(
        `SELECT elder."id"::text, elder."host", elder."pid", extract(epoch FROM elder."seenAt")::text AS "beat"
         FROM "Server" elder JOIN "Server" me ON me."id" = $1::uuid AND elder."id" <> me."id"
         WHERE elder."seenAt" > '-infinity' AND ((elder."startedAt", elder."id") < (me."startedAt", me."id")
           -- It cannot have come since: the clock was set back in between.
           OR elder."startedAt" > me."startedAt" + interval '${LONG_AFTER_SECONDS} seconds')`,
        me.id,
      ),
    async platformId() {
      const [row] = await prisma.$queryRaw<{ id: string }[]>`
        SELECT left(md5(system_identifier::text || current_database()), 8) AS "id" FROM pg_control_system()`
      if (row === undefined) throw new Error('the database does not say which one it is')
      return row.id
    },
    async ownersInUse() {
      const runs = await prisma.$queryRaw<{ id: string; streamer: string | null }[]>`
        SELECT "id"::text, "sharedStreamer" AS "streamer" FROM "Simulation"
        WHERE "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED')`
      // Until they are buried, or have left: a time that is written says nothing of whether one lives.
      const servers = await prisma.$queryRaw<{ id: string }[]>`
        SELECT "id"::text FROM "Server" WHERE "seenAt" > '-infinity'`
      const owners = new Set(runs.flatMap(({ id, streamer }) => (streamer === null ? [id] : [id, streamer])))
      const suffixes = servers.map(({ id }) => streamerSuffix(id))
      return (owner) => owners.has(owner) || suffixes.some((suffix) => owner.endsWith(suffix))
    },
    async leave() {
      // With runs left, it stays for others to find at once.
      await prisma.$executeRaw`
        UPDATE "Server" SET "seenAt" = '-infinity' WHERE "id" = ${me.id}::uuid AND EXISTS (
          SELECT FROM "Simulation" WHERE "ownerId" = ${me.id}::uuid
            AND "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED'))`
      await prisma.server.deleteMany({ where: { id: me.id, seenAt: { gt: new Date(0) } } })
    },
  }
}
