import { createLRUCache, createYoga } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { schema } from '../../schema/index.ts'
import { countOperations } from '../metrics/operations.ts'
import type { Metrics } from '../metrics/port.ts'
import { boundedDocuments } from './documents.ts'
import { endedWithTheirClients } from './leaving.ts'
import { MAX_KEPT_DOCUMENTS } from './limits.ts'
import { createMask, shortMessages } from './mask.ts'

/** Where the API is. */
export const GRAPHQL_PATH = '/graphql'

const FIRST_QUERY = `# AW-Trade: simulate trading algorithms. No real order is ever sent.
# Run the mutation, then paste the id into the subscription and run that.

mutation Start {
  startSimulation(input: { algorithm: "rsi", source: "sandbox", products: ["BTC-USD"], durationSeconds: 120 }) {
    simulation { id status }
    userErrors { message path code }
  }
}

subscription Watch($id: ID = "paste the id here") {
  portfolio(simulationId: $id) { time equity realizedPnl unrealizedPnl tradeCount }
}

query Algorithms {
  algorithms { name title description defaults }
  sources { name available products }
}
`

export interface GraphqlOptions {
  readonly context: Context
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'operation'>
  /** Whether everything that the server stands on is up, the database first of all. */
  readonly isReady: () => boolean
}

/** GraphQL over HTTP and SSE, with the self-contained GraphiQL for browsers. */
export function createGraphql({ context, logger, metrics, isReady }: GraphqlOptions) {
  return createYoga({
    schema,
    context: () => ({ ...context }),
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    batching: false,
    // Pages of other origins are turned away before they get here; see `refusal.ts`.
    cors: false,
    // Files have no way in here; see `body.ts`.
    multipart: false,
    parserAndValidationCache: {
      documentCache: createLRUCache({ max: MAX_KEPT_DOCUMENTS }),
      errorCache: createLRUCache({ max: MAX_KEPT_DOCUMENTS }),
    },
    plugins: [boundedDocuments, shortMessages, endedWithTheirClients, countOperations(metrics)],
    maskedErrors: { maskError: createMask(logger, isReady) },
    logging: {
      debug: (...args) => logger.trace({ args }, 'yoga'),
      info: (...args) => logger.debug({ args }, 'yoga'),
      warn: (...args) => logger.warn({ args }, 'yoga'),
      error: (...args) => logger.error({ args }, 'yoga'),
    },
    // Loaded when somebody first opens the playground: it holds 60 MB that an idle server need not.
    renderGraphiQL: async (options) => (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    graphiql: { title: 'AW-Trade', defaultQuery: FIRST_QUERY, subscriptionsProtocol: 'WS' },
  })
}

export type Graphql = ReturnType<typeof createGraphql>
