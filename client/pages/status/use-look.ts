import { useCallback, useEffect, useState } from 'react'
import { useClient, type CombinedError } from 'urql'
import { useConnection } from '../../ui/connection-context.ts'
import { usePoll } from '../../ui/use-poll.ts'
import { HealthQuery, type Look } from './documents.ts'

/** How often it is asked. */
export const PERIOD_MS = 5_000

interface LookState {
  readonly look: Look | null
  /** When that was answered, in milliseconds since 1970. */
  readonly answeredAt: number | null
  /** What became of the last question. */
  readonly error: CombinedError | null
}

/** Asks how things are, again and again, and remembers when the last answer came: health that is old says nothing. */
export function useLook(): LookState & { readonly ask: () => void } {
  const client = useClient()
  const connection = useConnection()
  const [state, setState] = useState<LookState>({ look: null, answeredAt: null, error: null })
  const ask = useCallback(() => {
    void client
      .query(HealthQuery, {}, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data, error = null }) =>
        setState((before) =>
          data === undefined || data === null ? { ...before, error } : { look: data, answeredAt: Date.now(), error },
        ),
      )
  }, [client])
  useEffect(() => {
    ask()
    return connection.onReconnect(ask)
  }, [ask, connection])
  usePoll(ask, PERIOD_MS)
  return { ...state, ask }
}
