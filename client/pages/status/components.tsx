import { formatCount, NONE } from '../../ui/figures/format.ts'
import { PlainTable, type PlainColumn } from '../../ui/table/plain-table.tsx'
import { StatusLight, type Standing } from '../../ui/figures/status-light.tsx'
import { Time } from '../../ui/figures/time.tsx'
import type { Component, Source } from './documents.ts'
import classes from './page.module.css'

/** What the parts are to a person. */
const TITLES: Readonly<Record<string, string>> = {
  store: 'Database',
  configurations: 'Configurations',
  bus: 'Event bus',
  launcher: 'Launcher',
  feed: 'Venue',
}
const STANDINGS: Readonly<Record<string, readonly [Standing, string]>> = {
  up: ['live', 'Up'],
  degraded: ['wait', 'Degraded'],
  down: ['fail', 'Down'],
}

/** How a part stands: shape, colour and word. */
export function Standing({ status }: { readonly status: string }) {
  const [standing, label] = STANDINGS[status] ?? ['wait', status]
  return <StatusLight standing={standing} label={label} />
}

/** How long it took to answer: `0.4 ms`, `12 ms`. */
function latencyText(milliseconds: number | null): string {
  if (milliseconds === null) return NONE
  const digits = milliseconds > 0 && milliseconds < 10 ? 1 : 0
  return `${milliseconds.toFixed(digits)} ms`
}

/** What serves a source's market data. */
const VENUE = { component: 'feed', source: 'coinbase' }

/** How a part stands. A venue that is away and that nobody uses is no fault; it is not up either. */
function PartStanding({ component, sources }: { readonly component: Component; readonly sources: readonly Source[] }) {
  const away = sources.some(({ name, available }) => name === VENUE.source && !available)
  if (component.name === VENUE.component && component.status === 'up' && away) {
    return <StatusLight standing="stopped" label="Not in use" />
  }
  return <Standing status={component.status} />
}

const columnsOf = (sources: readonly Source[]): readonly PlainColumn<Component>[] => [
  { id: 'name', header: 'Part', width: '11rem', cell: ({ name }) => TITLES[name] ?? name },
  {
    id: 'status',
    header: 'Status',
    width: '8rem',
    cell: (component) => <PartStanding component={component} sources={sources} />,
  },
  { id: 'latency', header: 'Answers in', width: '7rem', cell: ({ latencyMs }) => latencyText(latencyMs) },
  { id: 'since', header: 'Since', width: '9rem', cell: ({ since }) => <Time value={since} /> },
  {
    id: 'message',
    header: 'Message',
    cell: ({ message }) => message ?? <span className={classes.muted}>Nothing to report.</span>,
  },
]

interface ComponentsProps {
  readonly components: readonly Component[]
  readonly sources: readonly Source[]
}

/** The parts that the API's answers depend on. */
export function Components({ components, sources }: ComponentsProps) {
  return <PlainTable label="Components" columns={columnsOf(sources)} rows={components} rowId={({ name }) => name} />
}

const SOURCES: readonly PlainColumn<Source>[] = [
  { id: 'name', header: 'Source', width: '11rem', cell: ({ name }) => name },
  {
    id: 'available',
    header: 'Status',
    width: '8rem',
    cell: ({ available }) => (
      <StatusLight standing={available ? 'live' : 'fail'} label={available ? 'There' : 'Away'} />
    ),
  },
  {
    id: 'products',
    header: 'Products',
    width: '7rem',
    cell: ({ products }) => <span title={products.join(', ')}>{formatCount(products.length)}</span>,
  },
  { id: 'description', header: 'What it is', cell: ({ description }) => description },
]

/** The feeds and tapes that simulations can run on. */
export function Sources({ sources }: { readonly sources: readonly Source[] }) {
  return <PlainTable label="Market data" columns={SOURCES} rows={sources} rowId={({ name }) => name} />
}
