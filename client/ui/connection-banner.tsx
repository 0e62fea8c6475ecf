import { useEffect, useState } from 'react'
import { Button } from '@mantine/core'
import type { ConnectionState } from '../graphql/connection.ts'
import { createAnnouncer } from '../live/announcer.ts'
import { useSecond } from './clock.ts'
import { useConnection, useConnectionState } from './connection-context.ts'
import { Icon } from './icons.tsx'
import classes from './shell.module.css'

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
