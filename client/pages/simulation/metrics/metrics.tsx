import { isFinal } from '../../../graphql/run.ts'
import { ExportMenu, type ExportColumn } from '../../../ui/table/export.tsx'
import { Money, Percent, Signed } from '../../../ui/figures/figures.tsx'
import { formatCount, formatDuration, formatLength } from '../../../ui/figures/format.ts'
import { EmptyState } from '../../../ui/panels/panels.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import type { Metrics as Figures, Run } from '../documents.ts'
import { GROUPS, type Definition, type MetricKind } from './metric-definitions.ts'
import classes from '../page.module.css'
import { Term } from '../term.tsx'

function Figure({ kind, value }: { readonly kind: MetricKind; readonly value: string | number }) {
  switch (kind) {
    case 'money':
      return <Money value={value} />
    case 'signed-money':
      return <Signed value={value} />
    case 'share':
      return <Percent value={Number(value)} />
    case 'signed-share':
      return <Signed value={value} kind="percent" />
    case 'duration':
      return formatLength(Number(value))
    case 'count':
      return formatCount(value)
    case 'ratio':
      return Number(value).toFixed(3)
  }
}

function Metric({ definition, metrics }: { readonly definition: Definition; readonly metrics: Figures }) {
  const { name, label, kind, means, without } = definition
  const value = metrics[name]
  const words = value === null && without !== undefined ? `${means} ${without}` : means
  return (
    <div>
      <dt>
        <Term label={label} means={words} />
      </dt>
      <dd>
        {value === null ? <span className={classes.muted}>not enough data</span> : <Figure kind={kind} value={value} />}
      </dd>
    </div>
  )
}

/** When the largest drawdown was. */
function Drawdown({ metrics }: { readonly metrics: Figures }) {
  const { maxDrawdownStart: start, maxDrawdownTrough: trough, maxDrawdownRecovery: recovery } = metrics
  if (start === null || trough === null) return null
  return (
    <p className={classes.note}>
      The largest drawdown began <Time value={start} seconds />, was deepest <Time value={trough} seconds />
      {recovery === null ? ' and has not been made up for.' : ' and was made up for '}
      {recovery === null ? null : <Time value={recovery} seconds />}
    </p>
  )
}

/** A row of the file: the API's name of a figure, its value as the API gave it, and what it means. */
const EXPORT: readonly ExportColumn<Definition & { readonly value: unknown }>[] = [
  { name: 'metric', value: ({ name }) => name },
  { name: 'value', value: ({ value }) => value },
  { name: 'meaning', value: ({ means }) => means },
]

/** How the run performed, each figure with what it means. @param name of the file, without what it holds */
export function MetricsPanel({ run, name }: { readonly run: Run; readonly name: string }) {
  const { metrics } = run
  if (metrics === null) {
    return isFinal(run) ? (
      <EmptyState icon="simulations" title="No figures">
        This simulation was over before there was anything to work them out of.
      </EmptyState>
    ) : (
      <EmptyState icon="simulations" title="No figures yet">
        They are worked out while the run goes on, from its first trades.
      </EmptyState>
    )
  }
  return (
    <>
      <div className={classes.toolbar}>
        <span className={classes.trailing}>
          <ExportMenu
            name={`${name}-metrics`}
            rows={() => GROUPS.flatMap((group) => group.metrics.map((one) => ({ ...one, value: metrics[one.name] })))}
            columns={EXPORT}
          />
        </span>
      </div>
      <div className={classes.groups}>
        {GROUPS.map(({ title, metrics: definitions }) => (
          <Section key={title} framed title={title}>
            <dl className={classes.metrics}>
              {definitions.map((definition) => (
                <Metric key={definition.name} definition={definition} metrics={metrics} />
              ))}
            </dl>
          </Section>
        ))}
      </div>
      <Drawdown metrics={metrics} />
      <p className={classes.note}>
        {metrics.periods === 1 ? '1 period' : `${formatCount(metrics.periods)} periods`} of{' '}
        {formatDuration(metrics.periodSeconds)} of market time {metrics.periods === 1 ? 'has' : 'have'} ended. Figures
        without a sound basis say “not enough data”; what is missing stands with what their name means.
        {isFinal(run) ? '' : ' They are worked out every few seconds, and follow those above, which move at once.'}
      </p>
    </>
  )
}
