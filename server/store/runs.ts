import { formatAmount } from '../../engines/domain/money.ts'
import {
  FINAL_STATUSES,
  KERNEL_VERSION,
  type KernelVersion,
  type LauncherKind,
  type Parameters,
  type SimulationSpec,
} from '../../engines/domain/simulation.ts'
import { Prisma, type PrismaClient, type Simulation } from '../../prisma/generated/client.ts'
import { decodeMetrics, encodeMetrics, type StoredMetrics } from '../../schema/analytics/stored-metrics.ts'
import { isOutage, mayHaveBeenDone } from './outage.ts'
import type { RunPatch, RunRecord, RunStore } from './port.ts'
import { retried } from './retry.ts'

/** A run's row in the domain's words. */
export function runRecord(row: Simulation): RunRecord {
  const spec: SimulationSpec = {
    id: row.id,
    mode: row.mode,
    algorithm: row.algorithm,
    algorithmParameters: row.algorithmParameters as Parameters,
    simulatorParameters: row.simulatorParameters as Parameters,
    source: row.source,
    products: row.products,
    durationSeconds: row.durationSeconds,
    speed: row.speed,
    seed: Number(row.seed),
    freshMarket: row.freshMarket,
    kernelVersion: row.kernelVersion as KernelVersion,
  }
  const metrics = row.metrics === null ? null : decodeMetrics(row.metrics as unknown as StoredMetrics)
  return {
    spec,
    launcher: row.launcher,
    status: row.status,
    statusReason: row.statusReason,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    ownerId: row.ownerId,
    stopRequestedAt: row.stopRequestedAt,
    sharedStreamer: row.sharedStreamer,
    doubts: row.doubts,
    metrics,
  }
}

/** Domain values hold nothing that JSON cannot; Prisma's input type cannot know that. */
const json = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue

function rowOf(spec: SimulationSpec, launcher: LauncherKind, idempotencyKey: string | null) {
  return {
    ...spec,
    algorithmParameters: json(spec.algorithmParameters),
    simulatorParameters: json(spec.simulatorParameters),
    products: [...spec.products],
    seed: BigInt(spec.seed),
    launcher,
    kernelVersion: spec.kernelVersion ?? KERNEL_VERSION,
    idempotencyKey,
    status: 'STARTING' as const,
  }
}

function changesOf(patch: RunPatch): Prisma.SimulationUpdateManyMutationInput {
  const { dataQuality, latency, metrics, engines, statusReason, doubts, marketStartedAt, ruin, ...plain } = patch
  return {
    ...plain,
    // Postgres text cannot hold a NUL; the last lines of an engine may.
    ...(statusReason === undefined ? {} : { statusReason: statusReason?.replaceAll('\0', '\uFFFD') ?? null }),
    ...(dataQuality === undefined ? {} : { dataQuality: json(dataQuality) }),
    ...(latency === undefined ? {} : { latency: json(latency) }),
    ...(doubts === undefined ? {} : { doubts: [...doubts] }),
    ...(marketStartedAt === undefined ? {} : { marketStartedAt: BigInt(marketStartedAt) }),
    ...(ruin === undefined ? {} : { ruinedAt: BigInt(ruin.at), ruinEquity: formatAmount(ruin.equity) }),
    ...(metrics === undefined
      ? {}
      : { metrics: json(encodeMetrics(metrics)), netProfit: formatAmount(metrics.netProfit) }),
    // Through text, so that Dates become what JSON keeps.
    ...(engines === undefined ? {} : { engines: json(JSON.parse(JSON.stringify(engines))) }),
  }
}

/** Prisma's own bounds of a transaction; later than those of the pool and of a statement, so that their word comes first. */
const ENTERING = { maxWait: 10_000, timeout: 40_000 }

/** Whether the database refused a row because one with the same key is there. */
function isDuplicate(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

/**
 * Keeps runs in Postgres. Its writes may all be repeated without harm, so they survive a lost connection: a run's id is
 * new, so that a row of that id is the one that an earlier try wrote before its answer was lost.
 * @param serverId the server that answers for the runs that are created here.
 */
export function createRunStore(prisma: PrismaClient, serverId: string): RunStore {
  const unfinished = { status: { notIn: [...FINAL_STATUSES] } }
  const find = async (simulationId: string): Promise<RunRecord | null> => {
    const row = await prisma.simulation.findUnique({ where: { id: simulationId } })
    return row === null ? null : runRecord(row)
  }
  const findByKey = async (idempotencyKey: string): Promise<RunRecord | null> => {
    const row = await prisma.simulation.findUnique({ where: { idempotencyKey } })
    return row === null ? null : runRecord(row)
  }
  /** Of a server that others have buried nothing is entered: nobody would ever answer for it. */
  const enter = (data: Prisma.SimulationUncheckedCreateInput) =>
    prisma.$transaction(async (transaction) => {
      const here = await transaction.$queryRaw<unknown[]>`
        SELECT 1 FROM "Server" WHERE "id" = ${serverId}::uuid FOR KEY SHARE`
      if (here.length === 0) throw new Error('other servers have taken over from this one: it starts nothing any more')
      return transaction.simulation.create({ data })
    }, ENTERING)
  return {
    async create(spec, launcher, idempotencyKey) {
      try {
        const data = { ...rowOf(spec, launcher, idempotencyKey), ownerId: serverId }
        const row = await retried(isOutage, () => enter(data))
        return { created: true, run: runRecord(row) }
      } catch (error) {
        if (!isDuplicate(error)) throw error
        const run = (await find(spec.id)) ?? (idempotencyKey === null ? null : await findByKey(idempotencyKey))
        if (run === null) throw error
        return { created: run.spec.id === spec.id, run }
      }
    },
    find,
    findByKey,
    async patch(simulationId, patch) {
      // Not `update`, which fails where the run was deleted, or taken over by another server: then there is nothing to
      // change here.
      const where = { id: simulationId, ownerId: serverId }
      const data = changesOf(patch)
      await retried(mayHaveBeenDone, () => prisma.simulation.updateMany({ where, data }))
    },
    async requestStop(simulationId) {
      const request = {
        where: { id: simulationId, ...unfinished },
        data: { stopRequestedAt: new Date() },
        select: { ownerId: true },
      }
      const rows = await retried(mayHaveBeenDone, () => prisma.simulation.updateManyAndReturn(request))
      return rows[0] ?? null
    },
    async stopRequests() {
      const where = { ownerId: serverId, stopRequestedAt: { not: null }, ...unfinished }
      return (await prisma.simulation.findMany({ where, select: { id: true } })).map((row) => row.id)
    },
    async delete(simulationId) {
      await retried(mayHaveBeenDone, () => prisma.simulation.deleteMany({ where: { id: simulationId } }))
    },
    async unfinished() {
      const rows = await prisma.simulation.findMany({
        where: { ownerId: serverId, ...unfinished },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(runRecord)
    },
  }
}
