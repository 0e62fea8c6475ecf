import { useState } from 'react'
import { useQuery, type AnyVariables, type UseQueryArgs, type UseQueryResponse } from 'urql'

/**
 * `useQuery`, but what was answered stays while a later answer to the same question fails: with the server gone, a page goes
 * on showing what it has. `error` says that it may be old.
 */
export function useLastingQuery<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
): UseQueryResponse<Data, Variables> {
  const [state, ask] = useQuery(args)
  const question = JSON.stringify(args.variables ?? {})
  const [kept, keep] = useState<{ readonly question: string; readonly data: Data } | null>(null)
  const { data } = state
  const isAnswer = data !== undefined && data !== null
  if (isAnswer && !(kept?.data === data && kept.question === question)) keep({ question, data })
  if (isAnswer || kept === null || kept.question !== question) return [state, ask]
  return [{ ...state, data: kept.data }, ask]
}
