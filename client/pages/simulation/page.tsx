import { memo, useEffect, useState, type ReactNode } from 'react'
import { Button, Tabs } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { sentenceOf } from '../../graphql/fault.ts'
import { isFinal } from '../../graphql/run.ts'
import { useCell } from '../../live/use-live.ts'
import { useConnection } from '../../ui/connection-context.ts'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { BookPanel } from './market/book-panel.tsx'
import { hasMarket, type Run } from './documents.ts'
import { CrashNotice, Engines } from './engines/engines.tsx'
import { EquityPanel } from './equity/equity-panel.tsx'
import { Header } from './header.tsx'
import { KeyFigures } from './equity/key-figures.tsx'
import { knowsOrders } from './kernel.ts'
import { Logs } from './engines/logs.tsx'
import { MetricsPanel } from './metrics/metrics.tsx'
import classes from './page.module.css'
import type { PortfolioFeed } from './equity/portfolio-feed.ts'
import { Positions } from './equity/positions.tsx'
import { MarginNotice } from './margin-notice.tsx'
import { OrdersTab } from './events/orders-tab.tsx'
import { RoundTripsTab } from './events/round-trips-tab.tsx'
import { PricePanel } from './market/price-panel.tsx'
import { Quality } from './engines/quality.tsx'
import { createRunFeeds, type RunFeeds } from './run-feeds.ts'
import { TABS } from './search.ts'
import { SignalsTab } from './events/signals-tab.tsx'
import { TracePanel } from './events/trace.tsx'
import { TradesTab } from './events/trades-tab.tsx'
import { useRun } from './use-run.ts'
import { useView } from './use-view.ts'

function Overview({ run, feeds, name }: { readonly run: Run; readonly feeds: RunFeeds; readonly name: string }) {
  const [{ product }] = useView(run)
  return (
    <div className={classes.overview}>
      <div className={classes.column}>
        <PricePanel run={run} feeds={feeds} />
        <EquityPanel run={run} portfolio={feeds.portfolio} name={name} />
        <Positions portfolio={feeds.portfolio} />
      </div>
      <div className={classes.column}>
        <BookPanel id={run.id} product={product} live={hasMarket(run)} />
        <Quality run={run} />
      </div>
    </div>
  )
}

function Notices({ run }: { readonly run: Run }) {
  return (
    <>
      <CrashNotice run={run} />
      <MarginNotice run={run} />
      {run.warnings.length === 0 ? null : (
        <ul role="alert" className={classes.crash}>
          {run.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </>
  )
}

/** That the figures do not move any more, and why. */
function PortfolioFault({ portfolio }: { readonly portfolio: PortfolioFeed }) {
  const fault = useCell(portfolio.fault)
  if (fault === null) return null
  return (
    <div className={classes.fault}>
      <ErrorPanel
        fault={{ ...fault, advice: `The figures stand still, or come late, until it is back. ${fault.advice}` }}
      />
    </div>
  )
}

/** What the API gives for the signal of what none raised. */
const NO_SIGNAL = '0'

const STATUS_WORDS: Readonly<Record<string, string>> = {
  STARTING: 'The simulation is starting.',
  RUNNING: 'The simulation is running.',
  STOPPING: 'The simulation is stopping.',
  COMPLETED: 'The simulation is complete.',
  STOPPED: 'The simulation was stopped.',
  FAILED: 'The simulation failed.',
}

/** A run that is there. Drawn anew when the run has changed, and not at each step of asking whether it has. */
const RunView = memo(function RunView({ run }: { readonly run: Run }) {
  const connection = useConnection()
  const [feeds] = useState(() => createRunFeeds(connection, run))
  useEffect(() => feeds.open(), [feeds])
  const { portfolio } = run
  const ended = isFinal(run)
  useEffect(() => {
    // The last one may not have been heard, or not be stored: a run that has ended shows what is stored.
    if (portfolio === null) return
    if (ended) feeds.portfolio.settle(portfolio)
    else feeds.portfolio.take(portfolio)
  }, [feeds, portfolio, ended])
  const [view, change] = useView(run)
  // What no signal raised has no trace: it is among the orders.
  const onTrace = (sequence: string): void =>
    change(sequence === NO_SIGNAL ? { tab: 'orders' } : { trace: sequence }, false)
  const name = `${run.algorithm.title}-${run.createdAt.slice(0, 19)}`.replaceAll(/[^\w-]+/g, '-').toLowerCase()
  const contents: Readonly<Record<keyof typeof TABS, () => ReactNode>> = {
    overview: () => <Overview run={run} feeds={feeds} name={name} />,
    trades: () => (
      <TradesTab
        events={feeds.trades}
        total={run.portfolio?.tradeCount ?? null}
        ended={isFinal(run)}
        name={name}
        onTrace={onTrace}
      />
    ),
    orders: () => (
      <OrdersTab events={feeds.orders} kept={knowsOrders(run)} ended={isFinal(run)} name={name} onTrace={onTrace} />
    ),
    trips: () => (
      <RoundTripsTab id={run.id} kept={knowsOrders(run)} ended={isFinal(run)} name={name} onTrace={onTrace} />
    ),
    signals: () => <SignalsTab events={feeds.signals} ended={isFinal(run)} name={name} onTrace={onTrace} />,
    metrics: () => <MetricsPanel run={run} name={name} />,
    engines: () => (
      <div className={classes.column}>
        <Engines run={run} />
        <Logs run={run} />
      </div>
    ),
  }
  return (
    <>
      <Header run={run} portfolio={feeds.portfolio} />
      <p role="status" className="unseen">
        {STATUS_WORDS[run.status]}
      </p>
      <Notices run={run} />
      <PortfolioFault portfolio={feeds.portfolio} />
      <KeyFigures portfolio={feeds.portfolio} />
      <Tabs
        value={view.tab}
        onChange={(tab) => change({ tab: tab === 'overview' ? null : tab }, false)}
        keepMounted={false}
        classNames={{ list: classes.tabs! }}
      >
        <Tabs.List aria-label="Parts of the simulation">
          {Object.entries(TABS).map(([tab, label]) => (
            <Tabs.Tab key={tab} value={tab}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(contents).map(([tab, content]) => (
          <Tabs.Panel key={tab} value={tab} pt="md">
            {tab === view.tab ? content() : null}
          </Tabs.Panel>
        ))}
      </Tabs>
      <TracePanel run={run} sequence={view.trace} onClose={() => change({ trace: null }, false)} />
    </>
  )
})

/** A run, live while it is on and as it is stored afterwards. */
export function Page() {
  const { id = '' } = useParams()
  const { run, error, refresh } = useRun(id)
  if (run !== undefined && run !== null) return <RunView key={run.id} run={run} />
  if (error !== undefined) {
    return (
      <>
        <PageHeader title="Simulation" />
        <ErrorPanel fault={sentenceOf(error)} retry={refresh} />
      </>
    )
  }
  if (run === undefined) {
    return (
      <>
        <PageHeader title="Simulation" />
        <RowSkeletons rows={12} label="Loading the simulation" />
      </>
    )
  }
  return (
    <>
      <PageHeader title="Simulation" />
      <EmptyState
        icon="simulations"
        title="There is no such simulation"
        actions={
          <Button component={Link} to="/" variant="default">
            All simulations
          </Button>
        }
      >
        It may have been deleted, or the address is not whole.
      </EmptyState>
    </>
  )
}
