import type { Logger } from 'pino'
import { jsonSchemaOf } from '../../engines/domain/parameters.ts'
import { NOT_RECORDED } from '../../engines/domain/quality.ts'
import { simulatorParameters } from '../../engines/simulator/parameters.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { Context } from '../../schema/context.ts'
import type { Config } from '../config.ts'
import { busWarnings, storeWarnings } from '../health/notes.ts'
import { createApi, type Api } from '../http/api.ts'
import { openPage } from '../http/page.ts'
import type { Live } from '../live/live.ts'
import type { DisposableFeeds } from '../market/feeds.ts'
import type { Prometheus } from '../metrics/prometheus.ts'
import type { Bus } from './bus.ts'
import type { Health } from './health.ts'
import type { Launchers } from './launchers.ts'
import type { Runs } from './runs.ts'
import type { Sources } from './sources.ts'
import type { StoreStage } from './store.ts'

export interface ApiNeeds {
  readonly config: Pick<Config, 'docker' | 'maxSimulations' | 'allowedHosts' | 'visitors'>
  /** Folder of the built page. */
  readonly page: string
  readonly metrics: Prometheus
  readonly store: Pick<StoreStage, 'prisma' | 'heavy' | 'recorder' | 'pool'>
  readonly live: Live
  readonly bus: Pick<Bus, 'redis'>
  readonly launchers: Pick<Launchers, 'all'>
  readonly sources: Pick<Sources, 'catalog'>
  readonly configurations: Context['configurations']
  readonly runs: Runs
  readonly market: DisposableFeeds
  readonly health: Health
  readonly log: Logger
}

/** Puts the API together over all that was opened; it serves once it is told to listen. */
export function openApi(needs: ApiNeeds): Api {
  const { config, page, metrics, store, live, launchers, market, runs, health, log } = needs
  const api = createApi({
    context: contextOf(needs),
    logger: log,
    version: manifest.version,
    isReady: health.isReady,
    allowedHosts: config.allowedHosts,
    metrics,
    page: openPage(page),
    visitors: config.visitors,
  })
  metrics.read({
    queue: () => store.recorder.state(),
    pool: () => store.pool(),
    subscriptions: () => ({ ...live.subscriptions(), ...market.subscriptions() }),
    taps: () => market.taps(),
    engines: () => launchers.all.flatMap((one) => one.running().map(({ entry }) => entry)),
    simulations: () => {
      const warnings = runs.control.warnings(performance.now())
      return {
        running: runs.control.running(),
        limit: config.maxSimulations,
        warning: warnings.filter((each) => each.length > 0).length,
        unrecorded: warnings.filter((each) => each.some((warning) => warning.startsWith(NOT_RECORDED))).length,
      }
    },
    ready: () => api.isReady(),
  })
  return api
}

/** What the schema's resolvers work with. */
function contextOf({
  config,
  store,
  live,
  bus,
  launchers,
  sources,
  configurations,
  runs,
  market,
  health,
}: ApiNeeds): Context {
  const { control, algorithms, parameters, watch } = runs
  return {
    prisma: store.prisma,
    heavy: store.heavy,
    simulations: control,
    live,
    market,
    algorithms,
    sources: sources.catalog,
    launchers: {
      list: () =>
        Promise.all(launchers.all.map(async (one) => ({ kind: one.kind, fault: (await one.available?.()) ?? null }))),
    },
    engines: { of: (id) => control.engines(id) },
    warnings(id) {
      const run = control.find(id)
      if (run === null) return []
      const { recorder } = store
      const storing = storeWarnings({ watch, recorder, changesWaitSince: runs.changesWaitSince }, new Date())
      return [...storing, ...busWarnings(bus.redis?.trouble() ?? null), ...run.warnings(performance.now())]
    },
    configurations,
    parameters,
    simulatorParametersSchema: jsonSchemaOf(simulatorParameters),
    engineImage: config.docker.image,
    health: health.health,
    resources: health.resources,
  }
}
