import type { Metrics } from '../../../engines/domain/trading/metrics.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import { initialCapitalOf } from '../../../engines/simulator/parameters.ts'
import { Recount } from '../../../engines/simulator/recount.ts'
import type { PortfolioRecord } from '../../../schema/context.ts'
import type { EventHistory, RunPatch } from '../../store/port.ts'

/** How many trades are read at once. */
const PAGE = 2_000

/** What a recount reads. */
export type StoredEvents = Pick<EventHistory, 'trades' | 'latestPortfolio'>

/**
 * The metrics of a run that has ended without all of its events being stored, by what is stored of it; none where those
 * that are written already say just that.
 * @param told as they are written; null: never.
 * @throws where the store cannot be read.
 */
export async function recount(spec: SimulationSpec, told: Metrics | null, stored: StoredEvents): Promise<RunPatch> {
  const newest = await stored.latestPortfolio(spec.id)
  if (told === null && newest === null) return {}
  const later = await stored.trades(spec.id, newest?.sequence ?? 0, 1)
  if (told !== null && later.length === 0 && agree(spec, told, newest)) return {}
  const count = new Recount(spec.simulatorParameters)
  for (let after = 0, more = true; more;) {
    const trades = await stored.trades(spec.id, after, PAGE)
    for (const { fill } of trades) count.add(fill)
    after = trades.at(-1)?.sequence ?? after
    more = trades.length === PAGE
  }
  return { metrics: count.metrics(newest?.portfolio ?? null) }
}

function agree({ simulatorParameters }: SimulationSpec, told: Metrics, newest: PortfolioRecord | null): boolean {
  if (newest === null) return told.tradeCount === 0 && told.netProfit === 0n
  const { tradeCount, feesPaid, equity } = newest.portfolio
  const profit = equity - initialCapitalOf(simulatorParameters)
  return told.tradeCount === tradeCount && told.feesPaid === feesPaid && told.netProfit === profit
}
