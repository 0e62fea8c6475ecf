import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Button, NativeSelect, Skeleton } from '@mantine/core'
import { useQuery } from 'urql'
import { INTERVALS } from '../../charts/candles.ts'
import type { Mark } from '../../charts/price-chart.tsx'
import { sentenceOf } from '../../graphql/fault.ts'
import { together, useCell, usePaced } from '../../live/use-live.ts'
import { useConnection } from '../../ui/connection-context.ts'
import { ErrorPanel } from '../../ui/panels.tsx'
import { Section } from '../../ui/section.tsx'
import { catchUp, fill } from './catch-up.ts'
import { CandleTable } from './candle-table.tsx'
import { CandlesQuery, hasMarket, type Run } from './documents.ts'
import { createMarket, type Market } from './market.ts'
import { createIndicatorLine, marksOf } from './marks.ts'
import classes from './page.module.css'
import { PriceSummary } from './price-summary.tsx'
import { Quote } from './quote.tsx'
import type { RunFeeds } from './run-feeds.ts'
import { RANGES, shownInterval } from './search.ts'
import { useView } from './use-view.ts'

// Asked for with this page, and not first when it is drawn.
const chart = import('../../charts/price-chart.tsx')
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

const WORDS = { bought: 'Bought', sold: 'Sold', signal: 'Signal, not filled', refused: 'Signal, refused' } as const

function sentenceOfMark(mark: Mark, marks: readonly Mark[]): string {
  const more = mark.count === 1 ? '' : `, the newest of ${mark.count} at this candle`
  return `${WORDS[mark.kind]}${more}. Mark ${marks.indexOf(mark) + 1} of ${marks.length}.`
}

/** @param finest seconds: shorter candles are not offered */
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
  const intervals = Object.entries(INTERVALS)
    .filter(([, seconds]) => seconds >= finest)
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
  /** Milliseconds between the first and the last stored candle. */
  readonly span: number
}

function Prices({ run, feeds, market, span }: PricesProps) {
  const [view, change] = useView(run)
  const { product, signals: withSignals } = view
  const interval = INTERVALS[shownInterval(view, span, market.finest)]
  const { signals, trades } = feeds
  const filled = useCell(market.filled)
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what was filled is in other candles
  const quotes = useMemo(() => market.quotes(interval), [market, interval, filled])
  const indicator = useMemo(() => createIndicatorLine(signals.history, product, interval), [signals, product, interval])
  const events = useMemo(() => together(signals.history, trades.history), [signals, trades])
  const all = useMemo(() => together(market.newest, signals.history), [market, signals])
  const read = useCallback(
    () => marksOf(signals.history, trades.history, product, withSignals, interval),
    [signals, trades, product, withSignals, interval],
  )
  const marks = usePaced(events, read)
  const [chosen, setChosen] = useState<string | null>(null)
  const open = useCallback((id: string) => change({ trace: id }, false), [change])
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

/** A market that begins with what is stored and goes on with what comes. */
function useMarket(run: Run, product: string) {
  const connection = useConnection()
  const [{ data, error, fetching }] = useQuery({
    query: CandlesQuery,
    variables: { id: run.id, product },
    requestPolicy: 'network-only',
  })
  const stored = data?.simulation?.candles
  const known = fetching && stored === undefined ? undefined : (stored ?? NOTHING)
  const market = useMemo(() => (known === undefined ? null : createMarket(product, known)), [product, known])
  const live = hasMarket(run)
  const followed = useRef<Market | null>(null)
  useEffect(() => {
    if (market === null) return undefined
    if (live) {
      followed.current = market
      const stop = market.follow(connection, run.id, () => Date.now())
      const rest = catchUp(market, connection, run.id, product)
      return () => {
        stop()
        rest()
      }
    }
    if (followed.current !== market) return undefined
    // It has ended: what came last has been kept by now, whole.
    followed.current = null
    return fill(market, connection, run.id, product)
  }, [market, live, connection, run.id, product])
  const [first, last] = [known?.[0], known?.at(-1)]
  const span = first === undefined || last === undefined ? 0 : Date.parse(last.time) - Date.parse(first.time)
  return { market, span, error }
}
const NOTHING: readonly never[] = []

function FeedFault({ market }: { readonly market: Market }) {
  const fault = useCell(market.fault)
  return fault === null ? null : <ErrorPanel fault={fault} />
}

/** The prices of the chosen product, with what was decided at them, and the indicator behind it. */
export function PricePanel({ run, feeds }: { readonly run: Run; readonly feeds: RunFeeds }) {
  const [{ product }] = useView(run)
  const { market, span, error } = useMarket(run, product)
  return (
    <Section
      framed
      title={product}
      name="Prices"
      aside={market === null ? undefined : <Quote market={market} live={hasMarket(run)} />}
    >
      <Toolbar run={run} finest={market?.finest ?? 1} />
      {error === undefined ? null : <ErrorPanel fault={sentenceOf(error)} />}
      {market === null ? (
        <Skeleton className={classes.chart!} />
      ) : (
        <>
          {hasMarket(run) ? <FeedFault market={market} /> : null}
          <Prices key={product} run={run} feeds={feeds} market={market} span={span} />
        </>
      )}
    </Section>
  )
}
