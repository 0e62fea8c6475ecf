import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { normalisedCache } from './cache.ts'
import type { Connection } from './connection.ts'
import { refreshExchange } from './refresh.ts'

/** How long the server may take to answer; stopping a run takes it some seconds. */
const ANSWER_MS = 30_000

/** Where the API is, as this page reaches it. */
export const API_PATH = '/graphql'

function boundedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const signals = [AbortSignal.timeout(ANSWER_MS), ...(init.signal ? [init.signal] : [])]
  return fetch(input, { ...init, signal: AbortSignal.any(signals) })
}

/** The page's one client: queries and mutations over HTTP, subscriptions over the connection. */
export function createGraphqlClient(connection: Connection): Client {
  return new Client({
    url: API_PATH,
    fetch: boundedFetch,
    preferGetMethod: false,
    exchanges: [
      normalisedCache,
      refreshExchange(connection),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: connection.open({ query, variables: variables as Record<string, unknown> }, sink as never),
          }),
        }),
      }),
    ],
  })
}
