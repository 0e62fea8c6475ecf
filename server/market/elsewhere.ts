import { FINAL_STATUSES } from '../../engines/domain/simulation.ts'
import type { BookSnapshot } from '../../engines/domain/market/market.ts'
import type { Product } from '../../engines/domain/market/product.ts'
import type { LiveEvents, MarketFeeds, SeenTick } from '../../schema/context.ts'
import type { RunStore } from '../store/port.ts'
import type { RunElsewhere } from './feeds.ts'
import type { OpenTap } from './tap.ts'

/** A run of another server, looked at over the bus. */
export async function runElsewhere(
  simulationId: string,
  open: (simulationId: string, product: Product) => OpenTap,
  runs: Pick<RunStore, 'find'>,
  live: Pick<LiveEvents, 'statuses'>,
): Promise<RunElsewhere | null> {
  const run = await runs.find(simulationId)
  if (run === null || run.spec.mode === 'BACKTEST' || FINAL_STATUSES.includes(run.status)) return null
  return {
    products: run.spec.products,
    open: (product) => open(simulationId, product),
    finished: untilFinal(live.statuses(simulationId)),
  }
}

/** Resolves with the end of a run's statuses, which end with a final one. */
async function untilFinal(statuses: AsyncIterableIterator<unknown>): Promise<void> {
  for (let next = await statuses.next(); next.done !== true; next = await statuses.next());
}

/** The feeds of one product of a run of this server; none where it has no market data (any more). */
export async function viewMarket(
  market: MarketFeeds,
  simulationId: string,
  product: Product,
): Promise<readonly AsyncIterableIterator<SeenTick | BookSnapshot>[]> {
  const view = { simulationId, source: null }
  const [ticks, books] = [await market.ticks(view, [product], 0), await market.books(view, product, 0)]
  return [...(ticks.ok ? [ticks.value] : []), ...(books.ok ? [books.value] : [])]
}
