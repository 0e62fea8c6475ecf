import { MAX_SWITCHES, placeSwitches, writeSwitches } from '../../engines/domain/trading/switches.ts'
import { builder } from '../builder.ts'
import type { Context, TradingRecord } from '../context.ts'
import { tradingRecord } from '../records.ts'
import { TradingStateEnum } from './enums.ts'

/** The most changes that are told of a run. */
export const MAX_CHANGES = 100
/** The most signals that are looked through for where the switches among them stood. */
const MAX_SIGNALS = 10_000

/** A change of what a run may do. */
export const TradingChange = builder.objectRef<TradingRecord>('TradingChange').implement({
  description: 'A change of what a run may do, with its place in the stream.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    time: t.expose('time', { type: 'DateTime', description: 'Market time.' }),
    state: t.expose('state', { type: TradingStateEnum }),
    after: t.expose('after', {
      type: 'BigInt',
      description:
        'The sequence of the market event that it follows; 0: it came before all. Whoever repeats the run makes it there, ' +
        'before or after the signals of that event as `sequence` says.',
    }),
    cause: t.exposeString('cause', {
      description: '`SWITCH`: somebody asked for it; `DAILY_LOSS`: it followed by itself.',
    }),
  }),
})

/** The newest changes of what a run may do, oldest first. */
export async function tradingChanges(
  { prisma }: Pick<Context, 'prisma'>,
  simulationId: string,
  take = MAX_CHANGES,
): Promise<TradingRecord[]> {
  const rows = await prisma.tradingChange.findMany({ where: { simulationId }, orderBy: { sequence: 'desc' }, take })
  return rows.reverse().map(tradingRecord)
}

/**
 * All switches that were asked for, as the simulator parameter `TRADING_SWITCHES` takes them; null: none was, or more than that takes.
 */
export async function tradingSwitches(
  { prisma }: Pick<Context, 'prisma'>,
  simulationId: string,
): Promise<string | null> {
  const rows = await prisma.tradingChange.findMany({
    where: { simulationId, cause: 'SWITCH' },
    orderBy: { sequence: 'asc' },
    take: MAX_SWITCHES + 1,
  })
  if (rows.length === 0 || rows.length > MAX_SWITCHES) return null
  const changes = rows.map(tradingRecord)
  // A market event raises a few signals at most.
  const signals = await prisma.signal.findMany({
    where: { simulationId, cause: { in: rows.map(({ after }) => after) } },
    select: { sequence: true, cause: true },
    take: MAX_SIGNALS,
  })
  if (signals.length === MAX_SIGNALS) return null
  const known = signals.map(({ sequence, cause }) => ({ sequence: Number(sequence), cause: Number(cause) }))
  return writeSwitches(placeSwitches(changes, known))
}
