import type { SimulatorEvent } from '../../engines/domain/event.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import type { PortfolioRecord, SignalRecord, TradeRecord } from '../../schema/context.ts'
import { logRecord, portfolioRecord, signalRecord, tradeRecord } from '../../schema/records.ts'
import type { EventHistory } from './port.ts'
import type { Unwritten } from './recorder.ts'

/** A signal event as the feeds hand it out; null where the event is none. */
export function signalOf(event: SimulatorEvent): SignalRecord | null {
  if (event.type !== 'signal') return null
  return { sequence: event.sequence, time: event.time, signal: event.signal, decision: event.decision }
}

/** A fill event as the feeds hand it out; null where the event is none. */
export function tradeOf(event: SimulatorEvent): TradeRecord | null {
  return event.type === 'fill' ? { sequence: event.sequence, time: event.time, fill: event.fill } : null
}

/** A portfolio event as the feeds hand it out; null where the event holds none. */
export function portfolioOf(event: SimulatorEvent): PortfolioRecord | null {
  if (event.type !== 'portfolio' && event.type !== 'finished') return null
  return { sequence: event.sequence, time: event.time, portfolio: event.portfolio }
}

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
  }
}
