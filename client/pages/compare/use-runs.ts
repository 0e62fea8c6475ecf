import { useCallback, useEffect, useMemo } from 'react'
import { useSubscription } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { capitalOf, isFinal, StatusSubscription } from '../../graphql/run.ts'
import { useLastWord } from '../../graphql/use-last-word.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { useConnection } from '../../ui/connection-context.ts'
import { usePoll } from '../../ui/use-poll.ts'
import { createCurve, type Curve } from './curve.ts'
import { ComparedCurveQuery, ComparedRunQuery, type Run } from './documents.ts'

/** How often the figures of a run that goes on are asked anew; its line moves by itself. */
const POLL_MS = 5_000

/** One of the runs that are compared. */
export interface Compared {
  readonly id: string
  /** `A` to `F`: its name on this page. */
  readonly letter: string
  /** undefined: on its way; null: there is no such run. */
  readonly run: Run | null | undefined
  /** JSON Schema of the simulator's parameters; undefined: on its way. */
  readonly simulatorSchema: unknown
  /** null: not known yet. */
  readonly curve: Curve | null
  readonly live: boolean
  readonly fault: Fault | null
}

/** One that is there, with its figures. */
export type Found = Compared & { readonly run: Run }

const LETTERS = 'ABCDEF'

/** A run by its id, kept up to date; nothing where there is no id. */
function useRun(id: string | undefined, place: number): Compared | null {
  const connection = useConnection()
  const pause = id === undefined
  const variables = useMemo(() => ({ id: id ?? '' }), [id])
  const requestPolicy = 'cache-and-network'
  const [figures, ask] = useLastingQuery({ query: ComparedRunQuery, variables, pause, requestPolicy })
  const [line, askLine] = useLastingQuery({ query: ComparedCurveQuery, variables, pause, requestPolicy })
  const run = pause ? undefined : figures.data?.simulation
  const live = run !== null && run !== undefined && !isFinal(run)
  useSubscription({ query: StatusSubscription, variables, pause: !live })
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask])
  usePoll(live ? again : null, POLL_MS)
  const againLine = useCallback(() => askLine({ requestPolicy: 'network-only' }), [askLine])
  // What ends while it is looked at is asked once more: its last figures come with its end.
  const followed = useMemo(() => (run === null || run === undefined ? undefined : [run]), [run])
  useLastWord(followed, figures, again)
  useLastWord(followed, line, againLine)

  const capital = run === null || run === undefined ? null : capitalOf(run)
  const stored = line.data?.simulation?.equityCurve
  const curve = useMemo(() => {
    if (stored === undefined) return null
    const points = stored.map(({ time, equity }) => ({ time: Date.parse(time), equity: Number(equity) }))
    return createCurve(capital, points)
  }, [stored, capital])
  useEffect(() => {
    if (curve === null || !live || id === undefined) return undefined
    return curve.follow(connection, id)
  }, [curve, live, id, connection])

  return useMemo(() => {
    if (id === undefined) return null
    const { error } = figures
    // That the server is gone is said above every page; what is known stays.
    const told = error !== undefined && (figures.data === undefined || error.networkError === undefined)
    const fault = told ? sentenceOf(error) : null
    const { simulation, simulatorParametersSchema } = figures.data ?? {}
    return {
      id,
      letter: LETTERS[place]!,
      run: simulation,
      simulatorSchema: simulatorParametersSchema,
      curve,
      live,
      fault,
    }
  }, [id, place, figures, curve, live])
}

/** The runs that are compared, in their order; at most six. */
export function useRuns(ids: readonly string[]): readonly Compared[] {
  // Hooks are as many whatever is asked for: one for each that there may be.
  const a = useRun(ids[0], 0)
  const b = useRun(ids[1], 1)
  const c = useRun(ids[2], 2)
  const d = useRun(ids[3], 3)
  const e = useRun(ids[4], 4)
  const f = useRun(ids[5], 5)
  return useMemo(() => [a, b, c, d, e, f].filter((one) => one !== null), [a, b, c, d, e, f])
}
