import { useEffect, useMemo } from 'react'
import { Tooltip } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { useSubscription } from 'urql'
import { capitalOf, isFinal } from '../../graphql/run.ts'
import type { TrailPoint } from '../../live/trail.ts'
import { useConnection } from '../../ui/connection-context.ts'
import type { DataColumn, Sorting } from '../../ui/table/column.ts'
import type { Selection } from '../../ui/table/data-table-head.tsx'
import { DataTable } from '../../ui/table/data-table.tsx'
import { LiveSigned, Signed } from '../../ui/figures/figures.tsx'
import { formatCount, formatSignedMoney, NONE } from '../../ui/figures/format.ts'
import { formatLost, isComplete } from '../../ui/figures/lost.ts'
import { modeWord } from '../../ui/figures/modes.ts'
import { Sparkline } from '../../ui/figures/sparkline.tsx'
import { RunStatus, StatusLight } from '../../ui/figures/status-light.tsx'
import { Elapsed, Time } from '../../ui/figures/time.tsx'
import { StatusSubscription, type Run } from './documents.ts'
import { liveRunOf, pnlOf, type LiveRun } from './live-run.ts'
import classes from './run-table.module.css'

/** The most runs that are followed at once: each takes two of the hundred operations that a connection may have. */
const MOST_LIVE = 40

/** Equity lines by the ids of runs. */
export type Curves = ReadonlyMap<string, Curve>
type Curve = readonly TrailPoint[]

/** Where a run's page is. */
export const pathOf = (id: string): string => `/simulations/${encodeURIComponent(id)}`

/** Keeps a run's status in the cache and its equity up to date while it is there. */
function Follow({ id, live }: { readonly id: string; readonly live: LiveRun | null }) {
  const connection = useConnection()
  useSubscription({ query: StatusSubscription, variables: { id } })
  useEffect(() => live?.follow(connection, id), [live, connection, id])
  return null
}

function liveOf(run: Run, curves: Curves | null): LiveRun | null {
  const curve = curves?.get(run.id)
  return curve === undefined ? null : liveRunOf(run, curve)
}

/** What a run has gained: moving while it runs, then as it was stored. */
function Gain({
  run,
  live,
  kind,
}: {
  readonly run: Run
  readonly live: LiveRun | null
  readonly kind: 'money' | 'percent'
}) {
  const arrow = kind === 'money'
  if (live !== null && !isFinal(run)) {
    return <LiveSigned cell={kind === 'money' ? live.pnl : live.gain} kind={kind} arrow={arrow} />
  }
  const [pnl, capital] = [pnlOf(run), capitalOf(run)]
  const value = kind === 'money' || pnl === null || capital === null ? pnl : pnl / capital
  return <Signed value={value} kind={kind} arrow={arrow} />
}

function EquityLine({ run, live }: { readonly run: Run; readonly live: LiveRun | null }) {
  const pnl = pnlOf(run)
  if (live === null) return null
  const words = pnl === null ? 'No equity yet' : `Equity: ${formatSignedMoney(pnl)} against the start`
  return <Sparkline source={live.pnl} values={live.trail.values} base={live.capital} label={words} width={64} />
}

/** What became of the market data on the way: a word, and the counts when pointed at. */
function Quality({ run: { dataQuality, warnings, status } }: { readonly run: Run }) {
  const { received, gaps, recovered } = dataQuality
  if (warnings.length > 0) {
    return (
      <Tooltip label={warnings.join(' ')}>
        <span>
          <StatusLight standing="fail" label="Warning" />
        </span>
      </Tooltip>
    )
  }
  if (Number(received) === 0) return <span className={classes.muted}>{status === 'STARTING' ? 'Waiting' : NONE}</span>
  const counts = `${formatCount(received)} received, ${formatCount(recovered)} recovered, ${formatLost(dataQuality)} lost, ${gaps} gaps`
  const whole = isComplete(dataQuality)
  const lostLabel = Number(dataQuality.lost) === 0 ? 'Loss unknown' : `${formatLost(dataQuality)} lost`
  return (
    <Tooltip label={counts}>
      <span>
        <StatusLight standing={whole ? 'done' : 'fail'} label={whole ? 'Complete' : lostLabel} />
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
      width: '102px',
      sortBy: byServer,
      cell: (run) =>
        run.statusReason === null ? (
          <RunStatus status={run.status} />
        ) : (
          <Tooltip label={run.statusReason}>
            <span>
              <RunStatus status={run.status} />
            </span>
          </Tooltip>
        ),
    },
    {
      id: 'algorithm',
      header: 'Algorithm',
      width: 'minmax(168px, 1fr)',
      narrowWidth: '100px',
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
      width: '108px',
      align: 'end',
      sortBy: byServer,
      cell: (run) => <Gain run={run} live={liveOf(run, curves)} kind="money" />,
    },
    {
      id: 'return',
      header: 'Return',
      width: '84px',
      spare: true,
      align: 'end',
      cell: (run) => <Gain run={run} live={liveOf(run, curves)} kind="percent" />,
    },
    {
      id: 'equity',
      header: 'Equity',
      width: '80px',
      cell: (run) => <EquityLine run={run} live={liveOf(run, curves)} />,
    },
    {
      id: 'source',
      header: 'Source',
      width: 'minmax(160px, 1fr)',
      cell: ({ source, mode }) => (
        <span title={`${source.name}, ${modeWord(mode)}`}>
          {source.name} <span className={classes.muted}>{modeWord(mode)}</span>
        </span>
      ),
    },
    {
      id: 'products',
      header: 'Products',
      width: 'minmax(98px, 0.5fr)',
      cell: ({ products: [first, ...others] }) => (
        <span title={[first, ...others].join(', ')}>
          {first} {others.length === 0 ? null : <span className={classes.muted}>+{others.length}</span>}
        </span>
      ),
    },
    {
      id: 'trades',
      header: 'Trades',
      width: '64px',
      spare: true,
      align: 'end',
      cell: ({ portfolio }) => (portfolio === null ? NONE : formatCount(portfolio.tradeCount)),
    },
    {
      id: 'started',
      header: 'Started',
      width: 'minmax(102px, 0.4fr)',
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
    { id: 'quality', header: 'Data', width: '104px', cell: (run) => <Quality run={run} /> },
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
  const active = runs.filter((run) => !isFinal(run)).slice(0, MOST_LIVE)
  return (
    <>
      {active.map((run) => (
        <Follow key={run.id} id={run.id} live={liveOf(run, curves)} />
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
