import { useCallback, useEffect, useMemo, useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useSearchParams } from 'react-router'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { useLastWord } from '../../graphql/use-last-word.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { useMinute } from '../../ui/clock.ts'
import { formatCount } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { Paging } from '../../ui/table/paging.tsx'
import { usePoll } from '../../ui/use-poll.ts'
import { Batch } from './batch.tsx'
import { CurvesQuery, SimulationsQuery } from './documents.ts'
import { Filters } from './filters.tsx'
import { FirstRun } from './first-run.tsx'
import classes from './page.module.css'
import { RunTable, type Curves } from './run-table.tsx'
import { changed, isFiltered, pageOf, sortingOf, variablesOf } from './search.ts'

/** How often the list is asked anew, for runs that others have started or deleted. */
const POLL_MS = 5_000

const NOBODY: ReadonlySet<string> = new Set()

/** The list that the address asks for, kept up to date, and its equity lines. */
function useRuns(search: URLSearchParams) {
  const now = useMinute()
  const variables = useMemo(() => variablesOf(search, now), [search, now])
  const [list, ask] = useLastingQuery({ query: SimulationsQuery, variables, requestPolicy: 'cache-and-network' })
  const [lines, askLines] = useLastingQuery({
    query: CurvesQuery,
    variables,
    requestPolicy: 'cache-and-network',
    pause: list.data === undefined,
  })
  const refresh = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask])
  usePoll(refresh, POLL_MS)
  const found = list.data?.simulations
  const runs = useMemo(() => found?.edges.map(({ node }) => node), [found])
  const curves = useMemo<Curves | null>(() => {
    if (lines.data === undefined) return lines.error === undefined ? null : new Map()
    const points = lines.data.simulations.edges.map(({ node: { id, equityCurve } }) => {
      return [id, equityCurve.map(({ time, equity }) => ({ time: Date.parse(time), equity: Number(equity) }))] as const
    })
    return new Map(points)
  }, [lines.data, lines.error])
  // A run that came into the list meanwhile, since somebody else has started it, has no line yet.
  const without = curves === null ? '' : (runs ?? []).flatMap(({ id }) => (curves.has(id) ? [] : [id])).join()
  useEffect(() => {
    if (without !== '') askLines({ requestPolicy: 'network-only' })
  }, [without, askLines])
  // Of a run that has ended, the whole line is there only now.
  const refreshLines = useCallback(() => askLines({ requestPolicy: 'network-only' }), [askLines])
  useLastWord(runs, lines, refreshLines)
  // That the server is gone is said above every page; what is shown then stays.
  const error = list.data !== undefined && list.error?.networkError !== undefined ? undefined : list.error
  return { runs, found, curves, error, refresh }
}

/** Home: live and past simulations in one table. */
export function Page() {
  const [search, setSearch] = useSearchParams()
  const { runs, found, curves, error, refresh } = useRuns(search)
  const [marked, setMarked] = useState(NOBODY)
  const [faults, setFaults] = useState<readonly Fault[]>([])
  const go = (words: Readonly<Record<string, string | null>>): void => setSearch(changed(search, words))
  const page = pageOf(search)
  const info = found?.pageInfo
  const shownMarked = (runs ?? []).filter(({ id }) => marked.has(id))
  const filtered = isFiltered(search)
  const nothingYet = runs?.length === 0 && !filtered && page === 1
  return (
    <>
      <PageHeader
        title="Simulations"
        aside={found === undefined ? undefined : formatCount(found.totalCount)}
        actions={
          <>
            <Batch
              marked={shownMarked}
              onDone={(ids, failed) => {
                setMarked(new Set([...marked].filter((id) => !ids.includes(id))))
                setFaults(failed)
                refresh()
              }}
            />
            <Button component={Link} to="/new" leftSection={<Icon name="new" size={14} />}>
              New simulation
            </Button>
          </>
        }
      />
      {nothingYet ? null : <Filters search={search} onChange={go} />}
      {faults.length === 0 && error === undefined ? null : (
        <div className={classes.faults}>
          {error === undefined ? null : <ErrorPanel fault={sentenceOf(error)} retry={refresh} />}
          {faults.map((fault, index) => (
            <ErrorPanel key={index} fault={fault} />
          ))}
        </div>
      )}
      {runs === undefined && error === undefined ? <RowSkeletons rows={10} label="Loading simulations" /> : null}
      {nothingYet ? <FirstRun onStarted={refresh} /> : null}
      {runs?.length === 0 && !nothingYet ? (
        <EmptyState
          icon="simulations"
          title={filtered ? 'No simulation is like this' : 'Nothing on this page'}
          actions={
            <Button component={Link} to="/" variant="default">
              Show all
            </Button>
          }
        >
          {filtered ? 'Take a filter out to see more.' : 'What was here may have been deleted.'}
        </EmptyState>
      ) : null}
      {runs === undefined || runs.length === 0 ? null : (
        <>
          <RunTable
            runs={runs}
            curves={curves}
            sorting={sortingOf(search)}
            onSort={({ id, descending }) => go({ sort: `${id}.${descending ? 'desc' : 'asc'}` })}
            selection={{ ids: marked, onChange: setMarked }}
          />
          <Paging
            page={page}
            onBack={
              page > 1 && info?.hasPreviousPage === true
                ? () => go(page === 2 ? {} : { before: info.startCursor, page: String(page - 1) })
                : null
            }
            onOn={info?.hasNextPage === true ? () => go({ after: info.endCursor, page: String(page + 1) }) : null}
          />
        </>
      )}
    </>
  )
}
