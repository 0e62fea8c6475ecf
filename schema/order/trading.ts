import { builder } from '../builder.ts'
import type { Context, TradingRecord } from '../context.ts'
import { tradingRecord } from '../records.ts'
import { TradingStateEnum } from './enums.ts'

/** The most changes that are told of a run. */
export const MAX_CHANGES = 100

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
