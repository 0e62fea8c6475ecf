import type { Logger } from 'pino'
import { SEED } from '../boot/sample-tape.ts'
import type { Config } from '../config.ts'
import type { Live } from '../live/live.ts'
import { runElsewhere, viewMarket } from '../market/elsewhere.ts'
import { createMarketFeeds, type DisposableFeeds } from '../market/feeds.ts'
import type { Bus } from './bus.ts'
import type { Runs } from './runs.ts'
import type { Sources } from './sources.ts'
import { openStage, type Opened } from './stage.ts'
import type { StoreStage } from './store.ts'

export interface MarketNeeds {
  readonly config: Pick<Config, 'launcher'>
  readonly store: Pick<StoreStage, 'runs'>
  readonly live: Pick<Live, 'statuses'>
  readonly bus: Pick<Bus, 'events' | 'market' | 'serveMarket'>
  readonly sources: Sources
  readonly runs: Pick<Runs, 'control'>
  readonly log: Logger
}

/** Opens the live market data of runs and sources, and shows it to other servers that want it. */
export function openMarket(needs: MarketNeeds): Promise<Opened<DisposableFeeds>> {
  const { config, store, live, bus, sources, runs, log } = needs
  return openStage(log, async (keep) => {
    const market = keep(
      createMarketFeeds({
        run(id) {
          const run = runs.control.find(id)
          return run === null ? null : { products: run.spec.products, streamer: run.streamer, finished: run.finished }
        },
        elsewhere: async (id) => (bus.market === null ? null : runElsewhere(id, bus.market, store.runs, live)),
        acquire: (source) => sources.live.acquire(source, config.launcher),
        sources: sources.catalog,
        seed: SEED,
      }),
    )
    bus.events.on('marketWanted', (wanted, product) =>
      bus.serveMarket(wanted, product, (id, one) => viewMarket(market, id, one)),
    )
    return market
  })
}
