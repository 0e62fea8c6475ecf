import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { Button } from '@mantine/core'
import type { Connection, ConnectionState } from '../graphql/connection.ts'
import { createAnnouncer } from '../live/announcer.ts'
import { useSecond } from './clock.ts'
import { Icon } from './icons.tsx'
import classes from './shell.module.css'

/** The page's connection; given at the root. */
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

/** After so many attempts in vain the server is said to be gone. */
const GONE_AFTER = 4

function words(state: ConnectionState, now: number): string | null {
  if (state.kind === 'refused') return 'The server has refused this page. Load it again to get the newest.'
  if (state.kind !== 'reconnecting') return null
  const gone = state.attempt > GONE_AFTER
  const what = gone ? 'The server is gone. What is shown is old.' : 'The connection was lost. What is shown may be old.'
  if (state.retryAt === null) return `${what} Trying to reconnect …`
  const seconds = Math.max(1, Math.ceil((state.retryAt - now) / 1000))
  return `${what} Next attempt in ${seconds} s (attempt ${state.attempt}).`
}

/** Says when the connection is gone, when it is tried again, and when it is back. Nothing while all is well. */
export function ConnectionBanner() {
  const connection = useConnection()
  const state = useConnectionState()
  const now = useSecond(state.kind === 'reconnecting')
  const text = words(state, now)
  const [said, setSaid] = useState('')
  const [announcer] = useState(() =>
    createAnnouncer(
      {
        now: () => performance.now(),
        after(milliseconds, call) {
          const timer = setTimeout(call, milliseconds)
          return () => clearTimeout(timer)
        },
      },
      setSaid,
    ),
  )
  const { kind } = state
  const attempt = state.kind === 'reconnecting' ? state.attempt : 0
  useEffect(() => {
    if (kind === 'reconnecting') announcer.announce(`Connection lost. Attempt ${attempt} to reconnect.`)
    if (kind === 'connected') announcer.announce('Connected.')
  }, [announcer, kind, attempt])
  useEffect(() => () => announcer.dispose(), [announcer])
  return (
    <>
      <div role="status" className="unseen">
        {said}
      </div>
      {text === null ? null : (
        <div className={classes.banner}>
          <Icon name="warning" />
          <span>{text}</span>
          {kind === 'refused' ? (
            <Button variant="default" onClick={() => window.location.reload()}>
              Load again
            </Button>
          ) : (
            <Button variant="default" onClick={connection.retryNow}>
              Try now
            </Button>
          )}
        </div>
      )}
    </>
  )
}
