import { useEffect, useRef } from 'react'
import { isFinal } from './run.ts'

/** What of a query's state tells that it is being asked. */
interface Asking {
  readonly fetching: boolean
  readonly stale: boolean
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Asks once more when one of the runs has ended, since its last figures are there only now. A question that is on its way
 * then may be answered with what was before the end, and the client does not ask the same twice at a time: its answer is
 * waited for first.
 * @param runs those that the question is about; undefined: not known, or it is answered for good
 * @param ask must stay the same function
 */
export function useLastWord(
  runs: readonly { readonly id: string; readonly status: string }[] | undefined,
  { fetching, stale }: Asking,
  ask: () => void,
): void {
  const active = useRef(NONE)
  const owed = useRef(false)
  const busy = fetching || stale
  useEffect(() => {
    if (runs === undefined) return
    if (runs.some((run) => isFinal(run) && active.current.has(run.id))) owed.current = true
    active.current = new Set(runs.flatMap((run) => (isFinal(run) ? [] : [run.id])))
    if (!owed.current || busy) return
    owed.current = false
    ask()
  }, [runs, busy, ask])
}
