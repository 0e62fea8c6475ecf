import { isFinal } from '../../../graphql/run.ts'
import { formatCount, formatDuration } from '../../../ui/figures/format.ts'
import { formatLost, isComplete } from '../../../ui/figures/lost.ts'
import { StatusLight } from '../../../ui/figures/status-light.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { CopyButton } from '../../../ui/panels/copy-button.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import type { Run } from '../documents.ts'
import classes from '../page.module.css'
import { Term } from '../term.tsx'

type Latency = NonNullable<NonNullable<Run['latency']>['tickToFill']>

/** A length of time given in microseconds. */
export function formatMicros(micros: number): string {
  if (micros < 1_000) return `${micros.toFixed(0)} µs`
  if (micros < 1_000_000) return `${(micros / 1_000).toFixed(micros < 10_000 ? 2 : 1)} ms`
  return micros < 60_000_000 ? `${(micros / 1_000_000).toFixed(2)} s` : formatDuration(micros / 1_000_000)
}

type CountName = Exclude<keyof Run['dataQuality'], '__typename' | 'lossUnknown'>

const COUNTS: readonly { readonly name: CountName; readonly label: string; readonly means: string }[] = [
  { name: 'received', label: 'Received', means: 'Market messages that reached the engines.' },
  { name: 'recovered', label: 'Recovered', means: 'Messages that were missing, were asked for again, and came.' },
  { name: 'lost', label: 'Lost', means: 'Messages that never came, however often they were asked for.' },
  {
    name: 'gaps',
    label: 'Gaps',
    means: 'Places where messages were missing at first: they were recovered, or are lost.',
  },
  { name: 'duplicates', label: 'Twice', means: 'Messages that came more than once; all but one were left out.' },
  { name: 'reordered', label: 'Out of order', means: 'Messages that came early and were put in their place.' },
]

const PATHS = [
  { name: 'tickToSignal', label: 'Tick → signal' },
  { name: 'signalToFill', label: 'Signal → fill' },
  { name: 'tickToFill', label: 'Tick → fill' },
] as const

interface LatencyRowProps {
  readonly label: string
  readonly latency: Latency | null
  /** What is said where there is none. */
  readonly without: string
}

function LatencyRow({ label, latency, without }: LatencyRowProps) {
  return (
    <tr>
      <th scope="row">{label}</th>
      {latency === null ? (
        <td colSpan={5} className={classes.muted}>
          {without}
        </td>
      ) : (
        <>
          {[latency.p50, latency.p99, latency.p999, latency.max].map((value, index) => (
            <td key={index}>{formatMicros(value)}</td>
          ))}
          <td>
            {latency.distribution === null ? null : (
              <CopyButton text={latency.distribution} label={`Copy ${label} as LATENCY_DISTRIBUTION of another run`} />
            )}
          </td>
        </>
      )}
    </tr>
  )
}

const STATES: Readonly<Record<string, string>> = {
  CONNECTED: 'Connected',
  RECONNECTING: 'Connection lost',
  GAP: 'Gap',
  REFILLED: 'Refilled',
  REFUSED: 'Refused',
  CLOSED: 'Closed',
}
/** Changes of the feed that are shown; all are in the API. */
const SHOWN = 6

function FeedEvents({ events }: { readonly events: Run['feedEvents'] }) {
  if (events.length === 0) return null
  return (
    <ul className={classes.feedEvents} aria-label="Changes of the market feed, newest first">
      {events
        .slice(-SHOWN)
        .toReversed()
        .map(({ sequence, time, state, product, count, detail }) => (
          <li key={sequence}>
            <Time value={time} /> {STATES[state] ?? state}
            {product === null ? '' : ` ${product}`}
            {count === 0 ? '' : `, ${formatCount(count)} trades`}
            {detail === '' ? null : <span className={classes.muted}> {detail}</span>}
          </li>
        ))}
    </ul>
  )
}

/** What became of the market data on its way, and how long it took. */
export function Quality({ run }: { readonly run: Run }) {
  const { dataQuality, latency, feedEvents } = run
  // A gap that was made up for leaves nothing out.
  const whole = isComplete(dataQuality)
  const none = run.mode === 'BACKTEST' ? 'one process, no way to go' : isFinal(run) ? 'none' : 'none yet'
  const nothing = Number(dataQuality.received) === 0
  return (
    <Section
      framed
      title="Data and latency"
      name="Data quality and latency"
      aside={
        nothing ? (
          <span className={classes.muted}>{isFinal(run) ? 'no data' : 'no data yet'}</span>
        ) : (
          <StatusLight standing={whole ? 'done' : 'fail'} label={whole ? 'Complete' : 'Incomplete'} />
        )
      }
    >
      <dl className={classes.counts}>
        {COUNTS.map(({ name, label, means }) => (
          <div key={name}>
            <dt>
              <Term label={label} means={means} />
            </dt>
            <dd>{name === 'lost' ? formatLost(dataQuality) : formatCount(dataQuality[name])}</dd>
          </div>
        ))}
      </dl>
      <table className={classes.latency}>
        <caption className="unseen">Latency, measured over the whole run</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">p50</th>
            <th scope="col">p99</th>
            <th scope="col">p99.9</th>
            <th scope="col">Max</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {PATHS.map(({ name, label }) => (
            <LatencyRow key={name} label={label} latency={latency?.[name] ?? null} without={none} />
          ))}
        </tbody>
      </table>
      <FeedEvents events={feedEvents} />
    </Section>
  )
}
