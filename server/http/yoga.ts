import { PothosValidationError } from '@pothos/core'
import { GraphQLError, parse, type ParseOptions, type Source } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { StoreUnavailableError } from '../../schema/errors.ts'
import { schema } from '../../schema/index.ts'
import { countOperations } from '../metrics/operations.ts'
import type { Metrics } from '../metrics/port.ts'
import { isBusy, isOutage } from '../store/outage.ts'
import { MAX_TOKENS } from './limits.ts'

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

const limitTokens: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string | Source, options?: ParseOptions) =>
      parse(source, { ...options, maxTokens: MAX_TOKENS }),
    )
  },
}

/** The innermost error: what was thrown before GraphQL put places around it. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originalOf(error.originalError) : error
}

/** Gives a library's error about what was asked (a page, a cursor, a variable) the code that it does not bring itself. */
function withCode(error: GraphQLError, original: GraphQLError): GraphQLError {
  if (error.extensions['code'] !== undefined) return error
  const fromPaging = original instanceof PothosValidationError
  // Without a path it is about the whole operation, e.g. a variable that is not of its type.
  if (!fromPaging && error.path !== undefined) return error
  const code = fromPaging && /cursor/i.test(original.message) ? 'BAD_CURSOR' : 'BAD_USER_INPUT'
  // In place: another error than the one it was given is one that Yoga logs as a fault of ours.
  error.extensions['code'] = code
  return error
}

/**
 * Lets through what is meant for the client, i.e. errors that were made as GraphQL errors; logs anything else whole and
 * puts a general message in its place.
 */
export function createMask(logger: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const original = originalOf(error)
    if (original instanceof StoreUnavailableError) logger.warn({ err: original.cause }, original.message)
    if (original instanceof GraphQLError) return withCode(error as GraphQLError, original)
    const place = error instanceof GraphQLError ? { path: error.path?.join('.') } : {}
    const away = isOutage(original)
    if (away) logger.warn({ err: original, ...place }, 'A GraphQL operation found no database')
    else logger.error({ err: original, ...place }, 'A GraphQL operation failed')
    const message = isBusy(original)
      ? 'This server has too much to do right now and found no connection to its database in time. Try again in a moment.'
      : away
        ? 'The database cannot be reached right now. What runs goes on, and its events wait; try again in a moment.'
        : 'Something went wrong on the server; its log says what.'
    const { nodes, path } = error instanceof GraphQLError ? error : {}
    return new GraphQLError(message, {
      ...(nodes === undefined ? {} : { nodes }),
      ...(path === undefined ? {} : { path }),
      extensions: { code: away ? 'STORE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR' },
    })
  }
}

/** GraphQL over HTTP and SSE, with the self-contained GraphiQL for browsers. */
export function createGraphql(context: Context, logger: Logger, metrics: Pick<Metrics, 'operation'>) {
  return createYoga({
    schema,
    context: () => ({ ...context }),
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    batching: false,
    // Pages of other origins are turned away before they get here; see `refusal.ts`.
    cors: false,
    plugins: [limitTokens, countOperations(metrics)],
    maskedErrors: { maskError: createMask(logger) },
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
