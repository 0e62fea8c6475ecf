import { useCallback } from 'react'
import { useSearchParams } from 'react-router'
import { isFinal } from '../../graphql/run.ts'
import type { Run } from './documents.ts'
import { changed, viewOf, type View } from './search.ts'

/** What the address says, and what changes it; `replace`: without a step back in the browser's history. */
export function useView(
  run: Pick<Run, 'products' | 'status'>,
): readonly [view: View, change: (words: Readonly<Record<string, string | null>>, replace?: boolean) => void] {
  const [search, setSearch] = useSearchParams()
  const change = useCallback(
    (words: Readonly<Record<string, string | null>>, replace = true) =>
      setSearch((now) => changed(now, words), { replace, preventScrollReset: true }),
    [setSearch],
  )
  return [viewOf(search, { products: run.products, isFinal: isFinal(run) }), change]
}
