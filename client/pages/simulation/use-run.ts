import { useCallback, useDeferredValue, useMemo } from 'react'
import { useSubscription } from 'urql'
import { isFinal, StatusSubscription } from '../../graphql/run.ts'
import { useLastWord } from '../../graphql/use-last-word.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { usePoll } from '../../ui/use-poll.ts'
import { RunQuery } from './documents.ts'

/** How often figures that no subscription brings (engines, metrics, data quality) are asked for while a run is on. */
const POLL_MS = 3_000

/** A run, kept up to date. `run` is undefined while it is not known, and null where there is none. */
export function useRun(id: string) {
  const [state, ask] = useLastingQuery({
    query: RunQuery,
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const { data, error } = state
  // What is polled changes the whole page a little: it is drawn in pieces, between which the browser may do what cannot wait.
  const run = useDeferredValue(data?.simulation)
  const goesOn = run !== undefined && run !== null && !isFinal(run)
  useSubscription({ query: StatusSubscription, variables: { id }, pause: !goesOn })
  const refresh = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask])
  usePoll(goesOn ? refresh : null, POLL_MS)
  useLastWord(
    useMemo(() => (run === undefined || run === null ? undefined : [run]), [run]),
    state,
    refresh,
  )
  // That the server is gone is said above every page; what is shown then stays.
  const fault = data !== undefined && error?.networkError !== undefined ? undefined : error
  return { run, error: fault, refresh }
}
