import { lazy, Suspense, useCallback, useState } from 'react'
import { Button, Skeleton } from '@mantine/core'
import { ask } from '../../../graphql/ask.ts'
import { sentenceOf } from '../../../graphql/fault.ts'
import { capitalOf, isFinal } from '../../../graphql/run.ts'
import { usePaced } from '../../../live/use-live.ts'
import type { DataColumn } from '../../../ui/table/column.ts'
import { DataTable } from '../../../ui/table/data-table.tsx'
import { useConnection } from '../../../ui/connection-context.ts'
import { ExportMenu, type ExportColumn } from '../../../ui/table/export.tsx'
import { Money, Percent, Signed } from '../../../ui/figures/figures.tsx'
import { formatMoney, formatPercent, formatSignedMoney } from '../../../ui/figures/format.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import { CurveQuery, type Run } from '../documents.ts'
import classes from '../page.module.css'
import type { CurvePoint, PortfolioFeed } from './portfolio-feed.ts'
import { useView } from '../use-view.ts'
import { useCurve } from './use-curve.ts'

const chart = import('../../../charts/equity-chart.tsx')
const EquityChart = lazy(() => chart)

interface Point {
  /** Seconds since 1970. */
  readonly time: number
  readonly equity: number
  readonly drawdown: number
  /** What the capital would be worth, had it been held; null: not known. */
  readonly buyAndHold: number | null
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
    id: 'hold',
    header: 'Buy and hold',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ buyAndHold }) => <Money value={buyAndHold} />,
  },
  {
    id: 'drawdown',
    header: 'Drawdown',
    width: 'minmax(90px, 1fr)',
    align: 'end',
    cell: ({ drawdown }) => <Percent value={drawdown} />,
  },
]

/** The lines as rows, newest first; made only while the table is shown. */
function pointsOf(portfolio: PortfolioFeed): readonly Point[] {
  const below = portfolio.drawdown().all()
  const held = new Map(
    portfolio
      .buyAndHold()
      .all()
      .map(({ time, close }) => [time, close]),
  )
  return portfolio
    .equity()
    .all()
    .map(({ time, close }, index) => ({
      time,
      equity: close,
      drawdown: below[index]?.high ?? 0,
      buyAndHold: held.get(time) ?? null,
    }))
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

interface SummaryProps {
  readonly portfolio: PortfolioFeed
  readonly capital: number
  readonly ended: boolean
}

function Summary({ portfolio, capital, ended }: SummaryProps) {
  const read = useCallback(() => portfolio.newest.get(), [portfolio])
  const newest = usePaced(portfolio.newest, read, 1_000)
  if (newest === null) {
    return <p className={classes.note}>There is no equity{ended ? '' : ' yet'}: nothing has been traded.</p>
  }
  const { equity, drawdown, maxDrawdown, buyAndHoldReturn } = newest
  return (
    <p className={classes.note}>
      Began with {formatMoney(capital)}, stands at {formatMoney(equity)} ({formatSignedMoney(Number(equity) - capital)}
      ), {formatPercent(drawdown)} below its highest; the largest drawdown was {formatPercent(maxDrawdown)}.
      {buyAndHoldReturn === null
        ? ''
        : ` Held in the products from their first prices on, it would have stood at ${formatMoney(capital * (1 + buyAndHoldReturn))} at that moment.`}
    </p>
  )
}

/** The most that the API gives; so many are saved as a file. */
const MOST_POINTS = 10_000

const NAMES = ['time', 'equity', 'buyAndHoldReturn', 'drawdown'] as const
const EXPORT: readonly ExportColumn<CurvePoint>[] = NAMES.map((name) => ({ name, value: (point) => point[name] }))

interface EquityPanelProps {
  readonly run: Run
  readonly portfolio: PortfolioFeed
  /** What files of the run are called, without what they hold and without an ending. */
  readonly name: string
}

/** What the run is worth over time, against its start and against buying and holding. */
export function EquityPanel({ run, portfolio, name }: EquityPanelProps) {
  const { fault: unread, unkept } = useCurve(run, portfolio)
  const [{ equityTable: table }, change] = useView(run)
  const connection = useConnection()
  const [fault, setFault] = useState<unknown>(null)
  const stored = async () => {
    setFault(null)
    return (await ask(connection, CurveQuery, { id: run.id, maxPoints: MOST_POINTS })).simulation?.equityCurve ?? []
  }
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
        <>
          <Button
            variant="subtle"
            color="gray"
            aria-pressed={table}
            onClick={() => change({ equity: table ? null : 'table' })}
          >
            {table ? 'Hide the table' : 'As a table'}
          </Button>
          <ExportMenu name={`${name}-equity`} rows={stored} columns={EXPORT} onFault={setFault} />
        </>
      }
    >
      {unread === null ? null : <ErrorPanel fault={unread} />}
      {fault === null ? null : <ErrorPanel fault={sentenceOf(fault)} />}
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
            buyAndHold={portfolio.buyAndHold}
            heldLevel={unkept ? held : null}
          />
        </Suspense>
      </div>
      <Summary portfolio={portfolio} capital={capital} ended={isFinal(run)} />
      {table ? <EquityTable portfolio={portfolio} /> : null}
    </Section>
  )
}
