import { cacheExchange, type Cache } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { outline } from './outline.generated.ts'

/** Types without an id of their own: they are kept in whatever holds them. */
const WITHIN = [
  'AlgorithmPerformance',
  'CausalTrace',
  'CurrencyPerformance',
  'ConfigurationVersion',
  'ConfigurationVersionsConnection',
  'DataQuality',
  'DatabaseUse',
  'Engine',
  'EngineLauncher',
  'EquityPoint',
  'EventQueueUse',
  'FeedEvent',
  'Health',
  'HealthComponent',
  'Lapse',
  'Latency',
  'LatencySummary',
  'Liquidation',
  'LogLine',
  'Order',
  'OrderBook',
  'PerformanceMetrics',
  'PerformanceSummary',
  'Portfolio',
  'Position',
  'PriceLevel',
  'Candle',
  'CandleSeries',
  'ProductPerformance',
  'Resources',
  'RoundTrip',
  'Ruin',
  'Signal',
  'TapesUse',
  'Tick',
  'Trade',
  'TradingChange',
] as const

/** Forgets every page of a list, so that whoever shows it asks again. */
function forget(cache: Cache, field: 'simulations' | 'configurations'): void {
  for (const { fieldName, fieldKey } of cache.inspectFields('Query')) {
    if (fieldName === field) cache.invalidate('Query', fieldKey)
  }
}

/** Forgets the versions of a configuration that are known, and those that are known not to be there. */
function forgetVersions(cache: Cache, configuration: { readonly __typename: string; readonly id: string }): void {
  for (const { fieldName, fieldKey } of cache.inspectFields(configuration)) {
    if (fieldName === 'versions' || fieldName === 'versionAt') cache.invalidate(configuration, fieldKey)
  }
}

/**
 * The cache, by type and id. Events of a run (`trades`, `signals`) and versions grow page by page into one list; lists of runs
 * and of configurations are paged, so each page stays what it is.
 */
export const normalisedCache = cacheExchange({
  schema: outline as never,
  keys: {
    ...Object.fromEntries(WITHIN.map((name) => [name, () => null])),
    MarketSource: ({ name }) => (typeof name === 'string' ? name : null),
  },
  resolvers: {
    Simulation: {
      trades: relayPagination(),
      signals: relayPagination(),
      orders: relayPagination(),
      roundTrips: relayPagination(),
    },
    Configuration: { versions: relayPagination() },
  },
  updates: {
    Mutation: {
      startSimulation: (_result, _args, cache) => forget(cache, 'simulations'),
      deleteSimulation(result, _args, cache) {
        const { deletedId } = result['deleteSimulation'] as { deletedId?: string | null }
        if (typeof deletedId !== 'string') return
        forget(cache, 'simulations')
        cache.invalidate({ __typename: 'Simulation', id: deletedId })
      },
      saveConfiguration(result, _args, cache) {
        const { configuration } = result['saveConfiguration'] as { configuration?: { id: string } | null }
        forget(cache, 'configurations')
        // Its versions are one more now.
        if (configuration) forgetVersions(cache, { __typename: 'Configuration', id: configuration.id })
      },
      importConfiguration: (_result, _args, cache) => forget(cache, 'configurations'),
      deleteConfiguration(result, _args, cache) {
        const { deletedId } = result['deleteConfiguration'] as { deletedId?: string | null }
        if (typeof deletedId !== 'string') return
        forget(cache, 'configurations')
        cache.invalidate({ __typename: 'Configuration', id: deletedId })
      },
    },
  },
})
