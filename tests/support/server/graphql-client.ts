import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'

/** What the API answered. */
export interface Answer<Data> {
  readonly data?: Data
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
}

/** A client of the API, over HTTP and WebSocket. */
export interface GraphqlClient {
  /** @throws Error with the top-level errors, where there are any. */
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>
  /** The whole answer, errors included. */
  answer<Data>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>>
  /** A subscription over WebSocket; ends when `return()` is called or the server completes it. */
  subscribe<Data>(query: string, variables?: Record<string, unknown>): AsyncIterableIterator<Answer<Data>>
  dispose(): Promise<void>
}

export function createGraphqlClient(url: string): GraphqlClient {
  const endpoint = `${url}/graphql`
  let socket: Client | null = null
  const answer = async <Data>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return (await response.json()) as Answer<Data>
  }
  return {
    answer,
    async ask<Data>(query: string, variables?: Record<string, unknown>) {
      const { data, errors } = await answer<Data>(query, variables)
      if (errors !== undefined || data === undefined) throw new Error(`the API answered ${JSON.stringify(errors)}`)
      return data
    },
    subscribe<Data>(query: string, variables?: Record<string, unknown>) {
      socket ??= createClient({
        url: endpoint.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      })
      const iterator = socket.iterate<Data>({ query, variables: variables ?? null })
      return iterator as unknown as AsyncIterableIterator<Answer<Data>>
    },
    async dispose() {
      await socket?.dispose()
    },
  }
}
