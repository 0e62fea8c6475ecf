import type { PrismaClient } from '../../prisma/generated/client.ts'

/** A server that is not seen for so long is dead: its runs go to whoever notices first. */
export const DEAD_AFTER_SECONDS = 5

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
 * Which servers there are, decided by the database alone and by its clock. Who is buried, and by whom, is one
 * statement's row lock: of two servers that notice at once, one gets the dead one's runs. Every call throws where the
 * database cannot be reached.
 */
export interface ServerRegistry {
  readonly id: string
  /** Enters this server. */
  join(): Promise<void>
  /** Says that this server lives. false: others have buried it, and its runs are theirs. */
  beat(): Promise<boolean>
  /** Takes the place of servers of the same data directory, which cannot live while this one does. */
  succeed(): Promise<readonly DeadServer[]>
  /** Takes over the runs of servers that were not seen for {@link DEAD_AFTER_SECONDS}. */
  bury(): Promise<readonly DeadServer[]>
  /** Other servers that were seen lately. */
  others(): Promise<readonly DeadServer[]>
  /** Leaves in order; where it leaves runs behind, others take them over at once. */
  leave(): Promise<void>
}

export function createServerRegistry(prisma: PrismaClient, me: ServerIdentity): ServerRegistry {
  /** Removes the entries that a condition names and takes their runs, as one. */
  const take = (dead: string): Promise<DeadServer[]> =>
    prisma.$queryRawUnsafe<DeadServer[]>(
      `WITH dead AS (DELETE FROM "Server" WHERE ${dead} RETURNING "id", "host", "pid"),
       taken AS (UPDATE "Simulation" SET "ownerId" = $1::uuid
         WHERE "ownerId" IN (SELECT "id" FROM dead) AND "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED'))
       SELECT "id"::text, "host", "pid" FROM dead`,
      me.id,
      ...(dead.includes('$2') ? [me.installation] : []),
    )
  const fresh = `"seenAt" > now() - interval '${DEAD_AFTER_SECONDS} seconds'`
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
      const dead = await take(`"installation" = $2::uuid AND "id" <> $1::uuid`)
      // Runs from before there were owners, and from servers whose entry is gone.
      await prisma.$executeRaw`
        UPDATE "Simulation" SET "ownerId" = ${me.id}::uuid
        WHERE "status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED')
          AND ("ownerId" IS NULL OR "ownerId" NOT IN (SELECT "id" FROM "Server"))`
      return dead
    },
    bury: () => take(`"id" <> $1::uuid AND NOT ${fresh}`),
    others: () =>
      prisma.$queryRawUnsafe<DeadServer[]>(
        `SELECT "id"::text, "host", "pid" FROM "Server" WHERE "id" <> $1::uuid AND ${fresh}`,
        me.id,
      ),
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
