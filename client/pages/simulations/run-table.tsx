import { useEffect, useMemo } from 'react'
import { Tooltip } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { useSubscription } from 'urql'
import { useConnection } from '../../ui/connection-banner.tsx'
import { DataTable, type DataColumn, type Selection, type Sorting } from '../../ui/data-table.tsx'
import { LiveSigned, Signed } from '../../ui/figures.tsx'
import { formatCount, formatSignedMoney, NONE } from '../../ui/format.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { RunStatus, StatusLight } from '../../ui/status-light.tsx'
import { Elapsed, Time } from '../../ui/time.tsx'
import { StatusSubscription, type Run } from './documents.ts'
import { capitalOf, createLiveRun, isFinal, pnlOf } from './live-run.ts'
import classes from './run-table.module.css'
import { MODES } from './search.ts'
import type { TrailPoint } from './trail.ts'

/** The most runs that are followed at once: each takes two of the hundred operations that a connection may have. */
const MOST_LIVE = 40

/** Equity lines by the ids of runs. */
export type Curves = ReadonlyMap<string, Curve>
type Curve = readonly TrailPoint[]

const NO_CURVE: Curve = []

/** Where a run's page is. */
export const pathOf = (id: string): string => `/simulations/${encodeURIComponent(id)}`

/** Keeps the status of a run in the cache up to date while it is there. */
function StatusWatch({ id }: { readonly id: string }) {
  useSubscription({ query: StatusSubscription, variables: { id } })
  return null
}

/** A run's line and figure, which move while it runs. */
function Moving({ run, capital, curve }: { readonly run: Run; readonly capital: number; readonly curve: Curve }) {
  const connection = useConnection()
  const { id } = run
  const live = useMemo(() => createLiveRun(capital, curve), [capital, curve])
  const ended = isFinal(run)
  useEffect(() => (ended ? undefined : live.follow(connection, id)), [ended, live, connection, id])
  const pnl = pnlOf(run)
  const words = pnl === null ? 'No equity yet' : `Equity: ${formatSignedMoney(pnl)} against the start`
  return (
    <>
      <Sparkline source={live.pnl} values={live.trail.values} base={capital} label={words} />
      {ended ? <Signed value={pnl} /> : <LiveSigned cell={live.pnl} />}
      {ended ? (
        <Signed value={pnl === null ? null : pnl / capital} kind="percent" arrow={false} />
      ) : (
        <LiveSigned cell={live.gain} kind="percent" arrow={false} />
      )}
    </>
  )
}

function Equity({ run, curve }: { readonly run: Run; readonly curve: Curve | undefined }) {
  const [pnl, capital] = [pnlOf(run), capitalOf(run)]
  return (
    <div className={classes.equity}>
      {curve === undefined || capital === null ? (
        <>
          <span />
          <Signed value={pnl} />
          <Signed value={pnl === null || capital === null ? null : pnl / capital} kind="percent" arrow={false} />
        </>
      ) : (
        <Moving run={run} capital={capital} curve={curve} />
      )}
    </div>
  )
}

/** What became of the market data on the way: a word, and the counts when pointed at. */
function Quality({ run: { dataQuality, warnings, status } }: { readonly run: Run }) {
  const { received, lost, gaps, recovered } = dataQuality
  if (warnings.length > 0) {
    return (
      <Tooltip label={warnings.join(' ')} multiline maw={360}>
        <span>
          <StatusLight standing="fail" label="Warning" />
        </span>
      </Tooltip>
    )
  }
  if (Number(received) === 0) return <span className={classes.muted}>{status === 'STARTING' ? 'Waiting' : NONE}</span>
  const counts = `${formatCount(received)} received, ${formatCount(recovered)} recovered, ${formatCount(lost)} lost, ${gaps} gaps`
  const whole = Number(lost) === 0
  return (
    <Tooltip label={counts}>
      <span>
        <StatusLight standing={whole ? 'done' : 'fail'} label={whole ? 'Complete' : `${formatCount(lost)} lost`} />
      </span>
    </Tooltip>
  )
}

function columnsFor(curves: Curves | null): readonly DataColumn<Run>[] {
  // The table asks the server to sort; a key only says that a column can.
  const byServer = (): null => null
  return [
    {
      id: 'status',
      header: 'Status',
      width: '114px',
      sortBy: byServer,
      cell: (run) =>
        run.statusReason === null ? (
          <RunStatus status={run.status} />
        ) : (
          <Tooltip label={run.statusReason} multiline maw={360}>
            <span>
              <RunStatus status={run.status} />
            </span>
          </Tooltip>
        ),
    },
    {
      id: 'algorithm',
      header: 'Algorithm',
      width: 'minmax(160px, 1.2fr)',
      sortBy: byServer,
      cell: (run) => (
        <Link to={pathOf(run.id)} className={classes.link} tabIndex={-1}>
          {run.algorithm.title}
        </Link>
      ),
    },
    {
      id: 'pnl',
      header: 'P&L',
      width: '252px',
      align: 'end',
      cell: (run) => <Equity run={run} curve={curves === null ? undefined : (curves.get(run.id) ?? NO_CURVE)} />,
    },
    {
      id: 'source',
      header: 'Source',
      width: 'minmax(138px, 0.7fr)',
      cell: ({ source, mode }) => (
        <>
          {source.name} <span className={classes.muted}>{MODES[mode].toLowerCase()}</span>
        </>
      ),
    },
    {
      id: 'products',
      header: 'Products',
      width: 'minmax(100px, 1fr)',
      cell: ({ products }) => <span title={products.join(', ')}>{products.join(', ')}</span>,
    },
    {
      id: 'trades',
      header: 'Trades',
      width: '64px',
      align: 'end',
      cell: ({ portfolio }) => (portfolio === null ? NONE : formatCount(portfolio.tradeCount)),
    },
    {
      id: 'started',
      header: 'Started',
      width: '112px',
      align: 'end',
      sortBy: byServer,
      cell: ({ createdAt }) => <Time value={createdAt} />,
    },
    {
      id: 'duration',
      header: 'Duration',
      width: '86px',
      align: 'end',
      cell: ({ startedAt, endedAt }) => <Elapsed from={startedAt} to={endedAt} />,
    },
    { id: 'quality', header: 'Data', width: '102px', cell: (run) => <Quality run={run} /> },
  ]
}

interface RunTableProps {
  readonly runs: readonly Run[]
  /** null: not known yet. */
  readonly curves: Curves | null
  readonly sorting: Sorting
  readonly onSort: (sorting: Sorting) => void
  readonly selection: Selection
}

/** Runs, the live ones moving. */
export function RunTable({ runs, curves, sorting, onSort, selection }: RunTableProps) {
  const navigate = useNavigate()
  const columns = useMemo(() => columnsFor(curves), [curves])
  const live = runs.filter((run) => !isFinal(run)).slice(0, MOST_LIVE)
  return (
    <>
      {live.map(({ id }) => (
        <StatusWatch key={id} id={id} />
      ))}
      <DataTable
        label="Simulations"
        columns={columns}
        rows={runs}
        rowId={({ id }) => id}
        sorting={sorting}
        onSort={onSort}
        selection={selection}
        onOpen={({ id }) => void navigate(pathOf(id))}
        maxHeight="calc(100dvh - 11.5rem)"
      />
    </>
  )
}
