import type { Client, Exchange, Operation } from '@urql/core'
import { pipe, tap } from 'wonka'
import type { Connection } from './connection.ts'

/** The most queries that are remembered; a page has a handful at work at a time. */
const MOST = 200

/** Asks every query that is in use again once the connection is back: what changed meanwhile was not heard. */
export function refreshExchange(connection: Pick<Connection, 'onReconnect'>): Exchange {
  return ({ client, forward }) => {
    const active = new Map<number, Operation>()
    connection.onReconnect(() => {
      for (const operation of active.values()) again(client, operation)
    })
    return (operations) =>
      pipe(
        operations,
        tap((operation) => {
          if (operation.kind === 'teardown') active.delete(operation.key)
          else if (operation.kind === 'query' && active.size < MOST) active.set(operation.key, operation)
        }),
        forward,
      )
  }
}

function again(client: Client, operation: Operation): void {
  client.reexecuteOperation(
    client.createRequestOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }),
  )
}
