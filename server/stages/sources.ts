import type { Logger } from 'pino'
import { SANDBOX_PRODUCTS } from '../../engines/exchange-sandbox/listing.ts'
import { beginSampleTape } from '../boot/sample-tape.ts'
import { engineLogLevel, type Config } from '../config.ts'
import { createSourceCatalog, type SourceCatalog } from '../sources/catalog.ts'
import { createLiveSources, type LiveSources } from '../sources/live-sources.ts'
import { clearDrafts, createRecordingPaths, createTapeShelf } from '../sources/tapes.ts'
import { createVenueProducts } from '../sources/venue-products.ts'
import { streamerSuffix } from '../store/servers.ts'
import type { Home } from './home.ts'
import type { Launchers } from './launchers.ts'
import { openStage, type Opened } from './stage.ts'
import type { StoreStage } from './store.ts'

/** Where market data comes from. */
export interface Sources {
  /** All there is to choose from. */
  readonly catalog: SourceCatalog
  /** The streamers that runs on a live source share. */
  readonly live: Omit<LiveSources, 'dispose'>
}

export interface SourcesNeeds {
  readonly config: Pick<
    Config,
    'coinbaseWsUrl' | 'coinbaseRestUrl' | 'sourceLingerMs' | 'feedSilenceMs' | 'recordLimitBytes' | 'logLevel'
  >
  readonly home: Pick<Home, 'tapes'>
  readonly store: Pick<StoreStage, 'servers'>
  readonly launchers: Pick<Launchers, 'all'>
  readonly log: Logger
}

/**
 * Opens the tapes and the live sources; a live source is launched when somebody first wants it, the sample tape is made now.
 */
export function openSources({ config, home, store, launchers, log }: SourcesNeeds): Promise<Opened<Sources>> {
  return openStage(log, async (keep) => {
    await clearDrafts(home.tapes, Date.now(), log)
    const catalog = createSourceCatalog({
      sandboxProducts: SANDBOX_PRODUCTS,
      venueProducts: createVenueProducts(config.coinbaseRestUrl),
      tapes: createTapeShelf(home.tapes, log),
      now: () => performance.now(),
      made: beginSampleTape(home.tapes, launchers.all, log),
    })
    const { recordLimitBytes: limitBytes } = config
    const nextRecording = createRecordingPaths({ folder: home.tapes, now: () => new Date(), limitBytes, log })
    const live = keep(
      createLiveSources({
        launchers: launchers.all,
        log,
        lingerMs: config.sourceLingerMs,
        venue: { wsUrl: config.coinbaseWsUrl, restUrl: config.coinbaseRestUrl },
        silenceMs: config.feedSilenceMs,
        recordPath: ({ name }) => nextRecording(name),
        logLevel: engineLogLevel(config.logLevel),
        keySuffix: streamerSuffix(store.servers.id),
      }),
    )
    return { catalog, live }
  })
}
