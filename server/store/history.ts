import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import {
  logRecord,
  orderOf,
  orderRecord,
  portfolioOf,
  portfolioRecord,
  signalOf,
  signalRecord,
  tradeOf,
  tradeRecord,
  tradingOf,
  tradingRecord,
} from '../../schema/records.ts'
import { EVENT_TABLES } from './event-tables.ts'
import type { EventHistory } from './port.ts'
import type { Unwritten } from './recorder.ts'

/**
 * Both parts in order, each sequence once. `waiting` must have been read before `stored`: an event that was written
 * in between is then in both, never in none.
 */
function merge<Item extends { readonly sequence: number }>(
  stored: readonly Item[],
  waiting: readonly Item[],
  limit: number,
): readonly Item[] {
  const known = new Set(stored.map((item) => item.sequence))
  const added = waiting.filter((item) => !known.has(item.sequence))
  if (added.length === 0) return stored
  return [...stored, ...added].sort((left, right) => left.sequence - right.sequence).slice(0, limit)
}

/** Reads a run's events back: what the database holds, and what is still on its way there. */
export function createHistory(prisma: PrismaClient, unwritten: Unwritten): EventHistory {
  const page = (simulationId: string, after: number, take: number) => ({
    where: { simulationId, sequence: { gt: after } },
    orderBy: { sequence: 'asc' as const },
    take,
  })
  const waitingOf = <Item extends { readonly sequence: number }>(
    simulationId: string,
    after: number,
    select: (event: SimulatorEvent) => Item | null,
  ): readonly Item[] =>
    unwritten.events(simulationId).flatMap((event) => {
      const item = event.sequence > after ? select(event) : null
      return item === null ? [] : [item]
    })
  return {
    async signals(simulationId, after, limit) {
      const waiting = waitingOf(simulationId, after, signalOf)
      const rows = await prisma.signal.findMany(page(simulationId, after, limit))
      return merge(rows.map(signalRecord), waiting, limit)
    },
    async trades(simulationId, after, limit) {
      const waiting = waitingOf(simulationId, after, tradeOf)
      const rows = await prisma.trade.findMany(page(simulationId, after, limit))
      return merge(rows.map(tradeRecord), waiting, limit)
    },
    async orders(simulationId, after, limit) {
      const waiting = waitingOf(simulationId, after, orderOf)
      const rows = await prisma.orderChange.findMany(page(simulationId, after, limit))
      return merge(rows.map(orderRecord), waiting, limit)
    },
    async logs(simulationId, after, limit) {
      const waiting = unwritten.lines(simulationId).filter((line) => line.sequence > after)
      const rows = await prisma.logLine.findMany(page(simulationId, after, limit))
      return merge(rows.map(logRecord), waiting, limit)
    },
    async latestPortfolio(simulationId) {
      const waiting = waitingOf(simulationId, 0, portfolioOf).at(-1)
      if (waiting !== undefined) return waiting
      const row = await prisma.portfolioSnapshot.findFirst({ where: { simulationId }, orderBy: { sequence: 'desc' } })
      return row === null ? null : portfolioRecord(row)
    },
    async latestSwitch(simulationId) {
      const waiting = waitingOf(simulationId, 0, tradingOf).findLast(({ cause }) => cause === 'SWITCH')
      if (waiting !== undefined) return waiting
      const where = { simulationId, cause: 'SWITCH' }
      const row = await prisma.tradingChange.findFirst({ where, orderBy: { sequence: 'desc' } })
      return row === null ? null : tradingRecord(row)
    },
    async newest(simulationId) {
      const newestIn = (table: string): string =>
        `(SELECT max("sequence") FROM "${table}" WHERE "simulationId" = $1::uuid)`
      const [row] = await prisma.$queryRawUnsafe<{ event: bigint | null; line: bigint | null }[]>(
        `SELECT greatest(${EVENT_TABLES.map(newestIn).join(', ')}) AS "event", ${newestIn('LogLine')} AS "line"`,
        simulationId,
      )
      return { event: Number(row?.event ?? 0), line: Number(row?.line ?? 0) }
    },
  }
}
