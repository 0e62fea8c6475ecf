import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type KeyboardEvent } from 'react'
import { Button, NativeSelect, Skeleton } from '@mantine/core'
import { INTERVALS } from '../../../charts/candles.ts'
import type { Mark } from '../../../charts/price-chart.tsx'
import { ask } from '../../../graphql/ask.ts'
import type { Fault } from '../../../graphql/fault.ts'
import { isFinal } from '../../../graphql/run.ts'
import { together, useCell, usePaced } from '../../../live/use-live.ts'
import { useConnection } from '../../../ui/connection-context.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import { catchUp } from './catch-up.ts'
import { CandleTable } from './candle-table.tsx'
import { CandlesQuery, hasMarket, type Run } from '../documents.ts'
import { createMarket, type Market } from './market.ts'
import { createIndicatorLine, createLevels, marksOf } from './marks.ts'
import classes from '../page.module.css'
import { PriceSummary } from './price-summary.tsx'
import { Quote } from './quote.tsx'
import type { RunFeeds } from '../run-feeds.ts'
import { offeredIntervals, RANGES, shownInterval } from '../search.ts'
import { useStored } from '../use-stored.ts'
import { useView } from '../use-view.ts'

// Asked for with this page, and not first when it is drawn.
const chart = import('../../../charts/price-chart.tsx')
const PriceChart = lazy(() => chart)

/** Which mark the keys go to from another. */
function step(marks: readonly Mark[], from: string | null, key: string): string | null {
  const place = marks.findIndex(({ id }) => id === from)
  const places: Readonly<Record<string, number>> = {
    ArrowLeft: place === -1 ? marks.length - 1 : Math.max(0, place - 1),
    ArrowRight: place === -1 ? marks.length - 1 : Math.min(marks.length - 1, place + 1),
    Home: 0,
    End: marks.length - 1,
  }
  const to = places[key]
  return to === undefined ? null : (marks[to]?.id ?? null)
}

const WORDS = {
  bought: 'Bought',
  sold: 'Sold',
  stopped: 'Closed by a stop',
  target: 'Closed at its target',
  signal: 'Signal, not filled',
  refused: 'Signal, refused',
} as const

function sentenceOfMark(mark: Mark, marks: readonly Mark[]): string {
  const more = mark.count === 1 ? '' : `, the newest of ${mark.count} at this candle`
  return `${WORDS[mark.kind]}${more}. Mark ${marks.indexOf(mark) + 1} of ${marks.length}.`
}

/** @param finest seconds that all candles are made of */
function Toolbar({ run, finest }: { readonly run: Run; readonly finest: number }) {
  const [view, change] = useView(run)
  const choose = (name: string, label: string, value: string, choices: readonly { value: string; label: string }[]) => (
    <NativeSelect
      aria-label={label}
      size="xs"
      value={value}
      data={[...choices]}
      onChange={(event) => change({ [name]: event.currentTarget.value === '' ? null : event.currentTarget.value })}
    />
  )
  const products = run.products.map((product) => ({ value: product, label: product }))
  const offered = offeredIntervals(finest)
  const intervals = Object.entries(INTERVALS)
    .filter(([, seconds]) => offered.includes(seconds))
    .map(([word]) => ({ value: word, label: `Candles of ${word}` }))
  const ranges = Object.entries(RANGES).map(([value, { label }]) => ({ value, label: `Last ${label}` }))
  return (
    <div className={classes.toolbar}>
      {products.length > 1 ? choose('product', 'Product', view.product, products) : null}
      {choose('interval', 'Interval', view.interval ?? '', [{ value: '', label: 'Candles as fits' }, ...intervals])}
      {choose(
        'range',
        'Range',
        view.range,
        ranges.map((each) => (each.value === 'all' ? { ...each, label: 'All' } : each)),
      )}
      {choose('marks', 'Marks', view.signals ? 'all' : 'fills', [
        { value: 'all', label: 'Fills and signals' },
        { value: 'fills', label: 'Fills only' },
      ])}
      <Button
        variant="subtle"
        color="gray"
        aria-pressed={view.table}
        onClick={() => change({ table: view.table ? null : '1' })}
      >
        {view.table ? 'Hide the table' : 'As a table'}
      </Button>
    </div>
  )
}

interface PricesProps {
  readonly run: Run
  readonly feeds: RunFeeds
  readonly market: Market
}

/** How often it is looked whether longer candles suit what there is by now, in milliseconds. */
const SPAN_PACE_MS = 30_000

function Prices({ run, feeds, market }: PricesProps) {
  const [view, change] = useView(run)
  const { product, signals: withSignals } = view
  const moves = useMemo(() => together(market.newest, market.filled), [market])
  const span = usePaced(moves, market.span, SPAN_PACE_MS)
  const interval = shownInterval(view, span, market.finest)
  const { signals, trades } = feeds
  const filled = useCell(market.filled)
  const quotes = useMemo(() => market.quotes(interval, filled), [market, interval, filled])
  const indicator = useMemo(() => createIndicatorLine(signals.history, product, interval), [signals, product, interval])
  const events = useMemo(() => together(signals.history, trades.history), [signals, trades])
  const all = useMemo(() => together(market.newest, market.filled, signals.history), [market, signals])
  const read = useCallback(
    () => marksOf(signals.history, trades.history, product, withSignals, interval),
    [signals, trades, product, withSignals, interval],
  )
  const marks = usePaced(events, read)
  const { orders } = feeds
  const levels = usePaced(
    orders.history,
    useMemo(() => createLevels(orders.history, product), [orders, product]),
  )
  const [chosen, setChosen] = useState<string | null>(null)
  // What no signal raised has no trace: it is among the orders.
  const open = useCallback((id: string) => change(id === '0' ? { tab: 'orders' } : { trace: id }, false), [change])
  const mark = marks.find(({ id }) => id === chosen)
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = step(marks, chosen, event.key)
    if (to !== null) setChosen(to)
    else if (event.key === 'Enter' && mark !== undefined) open(mark.id)
    else return
    event.preventDefault()
  }
  const digits = usePaced(market.newest, market.digits, 1_000)
  return (
    <>
      <div
        role="application"
        tabIndex={0}
        aria-label={`Prices of ${product}. Left and right go from mark to mark, Enter opens one.`}
        aria-describedby="price-summary"
        className={classes.chart}
        onKeyDown={onKeyDown}
      >
        <Suspense fallback={<Skeleton height="100%" />}>
          <PriceChart
            source={all}
            {...quotes}
            indicator={indicator}
            marks={marks}
            levels={levels}
            chosen={view.trace ?? chosen}
            onMark={open}
            range={RANGES[view.range].seconds}
            precision={digits}
          />
        </Suspense>
      </div>
      <p role="status" className="unseen">
        {mark === undefined ? '' : sentenceOfMark(mark, marks)}
      </p>
      <PriceSummary run={run} product={product} quotes={quotes} marks={marks} />
      {view.table ? <CandleTable quotes={quotes} source={market.newest} /> : null}
    </>
  )
}

/** The market of a product as the run keeps it: loaded anew once the run has ended, and with it all that was kept. */
function useLoadedMarket(run: Run, product: string) {
  const connection = useConnection()
  const { id } = run
  const ended = isFinal(run)
  const [loaded, setLoaded] = useState<{ readonly of: string; readonly market: Market } | null>(null)
  const of = `${id} ${product}`
  const question = useCallback(
    async (signal: AbortSignal) => {
      const { simulation } = await ask(connection, CandlesQuery, { id, product }, signal)
      return { of, product, ended, candles: simulation?.candles ?? null }
    },
    [connection, id, product, of, ended],
  )
  const take = useCallback((answer: Awaited<ReturnType<typeof question>>) => {
    if (answer.candles !== null) setLoaded({ of: answer.of, market: createMarket(answer.product, answer.candles) })
  }, [])
  const fault = useStored(question, take)
  return { market: loaded?.of === of ? loaded.market : null, fault }
}

/** A market that begins with what is stored and goes on with what comes. */
function useMarket(run: Run, product: string) {
  const connection = useConnection()
  const { market, fault } = useLoadedMarket(run, product)
  const [behind, setBehind] = useState<Fault | null>(null)
  const { id } = run
  const [live, ended] = [hasMarket(run), isFinal(run)]
  useEffect(() => {
    if (market === null || ended) return undefined
    const stop = live ? market.follow(connection, id, () => Date.now()) : () => undefined
    // A back-test has no ticks to look at: what it has kept is all there is.
    const isBehind = live ? market.hasHole : () => true
    const rest = catchUp({ market, connection, id, product, isBehind, onFault: setBehind })
    return () => {
      stop()
      rest()
      setBehind(null)
    }
  }, [market, live, ended, connection, id, product])
  return { market, fault: fault ?? behind }
}

function FeedFault({ market }: { readonly market: Market }) {
  const fault = useCell(market.fault)
  return fault === null ? null : <ErrorPanel fault={fault} />
}

/** The prices of the chosen product, with what was decided at them, and the indicator behind it. */
export function PricePanel({ run, feeds }: { readonly run: Run; readonly feeds: RunFeeds }) {
  const [{ product }] = useView(run)
  const { market, fault } = useMarket(run, product)
  return (
    <Section
      framed
      title={product}
      name="Prices"
      aside={market === null ? undefined : <Quote market={market} live={hasMarket(run)} />}
    >
      <Toolbar run={run} finest={market?.finest ?? 1} />
      {fault === null ? null : <ErrorPanel fault={fault} />}
      {market === null ? (
        <Skeleton className={classes.chart!} />
      ) : (
        <>
          {hasMarket(run) ? <FeedFault market={market} /> : null}
          <Prices key={product} run={run} feeds={feeds} market={market} />
        </>
      )}
    </Section>
  )
}
