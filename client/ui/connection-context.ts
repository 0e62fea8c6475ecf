import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Connection, ConnectionState } from '../graphql/connection.ts'

/**
 * The page's connection; given at the root. In a file without styles, which nothing that is edited for its looks changes:
 * made anew by a hot reload it would be another context than the one that the root gives.
 */
export const ConnectionContext = createContext<Connection | null>(null)

/** The page's connection. */
export function useConnection(): Connection {
  const connection = useContext(ConnectionContext)
  if (connection === null) throw new Error('There is no ConnectionContext above')
  return connection
}

/** How the connection stands. */
export function useConnectionState(): ConnectionState {
  const connection = useConnection()
  return useSyncExternalStore(connection.watch, connection.state)
}
