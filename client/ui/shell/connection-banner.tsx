import { Button } from '@mantine/core'
import type { ConnectionState } from '../../graphql/connection.ts'
import { Announcement } from '../panels/announcement.tsx'
import { useSecond } from '../clock.ts'
import { useConnection, useConnectionState } from '../connection-context.ts'
import { Icon } from '../icons.tsx'
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

/** The same for who listens: without the seconds, which nobody wants counted aloud. */
function announced(state: ConnectionState): string {
  if (state.kind === 'reconnecting') return `Connection lost. Attempt ${state.attempt} to reconnect.`
  return state.kind === 'connected' ? 'Connected.' : ''
}

/** Says when the connection is gone, when it is tried again, and when it is back. Nothing while all is well. */
export function ConnectionBanner() {
  const connection = useConnection()
  const state = useConnectionState()
  const now = useSecond(state.kind === 'reconnecting')
  const text = words(state, now)
  const { kind } = state
  return (
    <>
      <Announcement text={announced(state)} />
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
