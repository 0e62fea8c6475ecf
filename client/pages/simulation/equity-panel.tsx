import { lazy, Suspense, useCallback, useEffect, useState } from 'react'
import { Button, Skeleton } from '@mantine/core'
import { useQuery } from 'urql'
import { sentenceOf } from '../../graphql/fault.ts'
import { capitalOf, isFinal } from '../../graphql/run.ts'
import { usePaced } from '../../live/use-live.ts'
import { DataTable, type DataColumn } from '../../ui/data-table.tsx'
import { Money, Percent, Signed } from '../../ui/figures.tsx'
import { formatMoney, formatPercent, formatSignedMoney } from '../../ui/format.ts'
import { ErrorPanel } from '../../ui/panels.tsx'
import { Time } from '../../ui/time.tsx'
import { Section } from '../../ui/section.tsx'
import { CurveQuery, type Run } from './documents.ts'
import classes from './page.module.css'
import type { PortfolioFeed } from './portfolio-feed.ts'

const chart = import('../../charts/equity-chart.tsx')
const EquityChart = lazy(() => chart)

interface Point {
  /** Seconds since 1970. */
  readonly time: number
  readonly equity: number
  readonly drawdown: number
}

const COLUMNS: readonly DataColumn<Point>[] = [
  {
    id: 'time',
    header: 'From',
    width: 'minmax(110px, 1fr)',
    cell: ({ time }) => <Time value={new Date(time * 1000).toISOString()} seconds />,
  },
  {
    id: 'equity',
    header: 'Equity',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ equity }) => <Money value={equity} />,
  },
  {
    id: 'drawdown',
    header: 'Drawdown',
    width: 'minmax(90px, 1fr)',
    align: 'end',
    cell: ({ drawdown }) => <Percent value={drawdown} />,
  },
]

/** Both lines as rows, newest first; made only while the table is shown. */
function pointsOf(portfolio: PortfolioFeed): readonly Point[] {
  const below = portfolio.drawdown().all()
  const points = portfolio.equity().all()
  return points
    .map(({ time, close }, index) => ({ time, equity: close, drawdown: below[index]?.high ?? 0 }))
    .toReversed()
}

function EquityTable({ portfolio }: { readonly portfolio: PortfolioFeed }) {
  const read = useCallback(() => pointsOf(portfolio), [portfolio])
  const rows = usePaced(portfolio.newest, read, 1_000)
  return (
    <DataTable label="Equity as a table" columns={COLUMNS} rows={rows} rowId={idOf} rowHeight={28} maxHeight="20rem" />
  )
}
const idOf = ({ time }: Point): string => String(time)

function Summary({ portfolio, capital }: { readonly portfolio: PortfolioFeed; readonly capital: number }) {
  const read = useCallback(() => portfolio.newest.get(), [portfolio])
  const newest = usePaced(portfolio.newest, read, 1_000)
  if (newest === null) return <p className={classes.note}>There is no equity yet: nothing has been traded.</p>
  const { equity, drawdown, maxDrawdown } = newest
  return (
    <p className={classes.note}>
      Began with {formatMoney(capital)}, stands at {formatMoney(equity)} ({formatSignedMoney(Number(equity) - capital)}
      ), {formatPercent(drawdown)} below its highest; the largest drawdown was {formatPercent(maxDrawdown)}.
    </p>
  )
}

/** What the run is worth over time, against its start and against buying and holding. */
export function EquityPanel({ run, portfolio }: { readonly run: Run; readonly portfolio: PortfolioFeed }) {
  const [{ data, error }] = useQuery({
    query: CurveQuery,
    variables: { id: run.id },
    requestPolicy: 'network-only',
  })
  const [table, setTable] = useState(false)
  const curve = data?.simulation?.equityCurve
  useEffect(() => {
    if (curve !== undefined) portfolio.seed(curve)
  }, [curve, portfolio])
  const capital = capitalOf(run)
  const held = run.metrics?.buyAndHoldReturn ?? null
  if (capital === null) return null
  return (
    <Section
      framed
      title="Equity and drawdown"
      name="Equity"
      aside={
        <>
          <span className={classes.muted}>Buy and hold</span> <Signed value={held} kind="percent" />
          {held === null ? (
            <span className={classes.muted}> {isFinal(run) ? 'not enough data' : 'not yet'}</span>
          ) : null}
        </>
      }
      actions={
        <Button variant="subtle" color="gray" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? 'Hide the table' : 'As a table'}
        </Button>
      }
    >
      {error === undefined ? null : <ErrorPanel fault={sentenceOf(error)} />}
      <div
        className={classes.equity}
        role="img"
        aria-label="Equity over time; the sentence below and the table say the same"
      >
        <Suspense fallback={<Skeleton height="100%" />}>
          <EquityChart
            source={portfolio.newest}
            equity={portfolio.equity}
            drawdown={portfolio.drawdown}
            capital={capital}
            buyAndHold={held}
          />
        </Suspense>
      </div>
      <Summary portfolio={portfolio} capital={capital} />
      {table ? <EquityTable portfolio={portfolio} /> : null}
    </Section>
  )
}
