import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Signed } from '../../ui/figures/figures.tsx'
import { formatCount, NONE } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { formatParameter, parametersOf, rangeOf, type Parameter } from '../../ui/parameter-schema.ts'
import { PlainTable, type PlainColumn } from '../../ui/table/plain-table.tsx'
import { Section } from '../../ui/panels/section.tsx'
import type { Algorithm, TrackRecord } from './documents.ts'
import classes from './page.module.css'

const KINDS: Readonly<Record<Parameter['kind'], string>> = {
  integer: 'whole number',
  number: 'number',
  boolean: 'yes or no',
  text: 'text',
}

const typeOf = ({ kind, choices }: Parameter): string =>
  choices === null ? KINDS[kind] : `one of ${choices.join(', ')}`

const COLUMNS: readonly PlainColumn<Parameter>[] = [
  {
    id: 'name',
    header: 'Parameter',
    width: '10.5rem',
    cell: ({ title, key }) => (
      <>
        {title}
        <code className={classes.key}>{key}</code>
      </>
    ),
  },
  { id: 'type', header: 'Type', width: '7rem', cell: typeOf },
  { id: 'default', header: 'Default', width: '4.5rem', cell: ({ fallback }) => formatParameter(fallback) },
  { id: 'range', header: 'Range', width: '8rem', cell: (parameter) => rangeOf(parameter) || 'any' },
  { id: 'unit', header: 'Unit', width: '7rem', cell: ({ unit }) => unit ?? NONE },
  { id: 'description', header: 'What it does', cell: ({ description }) => description },
]

/** What all its runs came to; where they are, is a click away. */
function PastRuns({ record, name }: { readonly record: TrackRecord | null; readonly name: string }) {
  if (record === null) return <p className={classes.muted}>No simulation has run it yet.</p>
  const { runs, tradeCount, meanReturn, worstReturn, bestReturn } = record
  return (
    <p>
      <Link to={`/?algorithm=${encodeURIComponent(name)}`}>
        {runs === 1 ? '1 simulation' : `${formatCount(runs)} simulations`}
      </Link>{' '}
      with {formatCount(tradeCount)} trades. Return: mean <Signed value={meanReturn} kind="percent" />, worst{' '}
      <Signed value={worstReturn} kind="percent" />, best <Signed value={bestReturn} kind="percent" />.
    </p>
  )
}

/** One algorithm: what it does, its parameters, and what came of it so far. */
export function Details({ algorithm, record }: { readonly algorithm: Algorithm; readonly record: TrackRecord | null }) {
  const { name, title, description, documentation, parametersSchema, warmUp } = algorithm
  const parameters = parametersOf(parametersSchema)
  const paragraphs = documentation?.split(/\n\s*\n/) ?? []
  return (
    <article aria-label={title} className={classes.details}>
      <Section
        title={title}
        aside={<code>{name}</code>}
        actions={
          <Button
            component={Link}
            to={`/new?algorithm=${encodeURIComponent(name)}`}
            leftSection={<Icon name="new" size={14} />}
          >
            Use in a new simulation
          </Button>
        }
      >
        <p className={classes.lead}>{description}</p>
        {warmUp === 0 ? null : (
          <p className={classes.muted}>
            At its defaults it needs {formatCount(warmUp)} inputs of a product before its first signal.
          </p>
        )}
        <PastRuns record={record} name={name} />
      </Section>
      <Section title="Parameters" aside={parameters.length}>
        {parameters.length === 0 ? (
          <p className={classes.muted}>It has none.</p>
        ) : (
          <PlainTable label={`Parameters of ${title}`} columns={COLUMNS} rows={parameters} rowId={({ key }) => key} />
        )}
      </Section>
      <Section title="How it decides">
        {paragraphs.length === 0 ? (
          <p className={classes.muted}>Its author has written nothing more about it.</p>
        ) : (
          <div className={classes.prose}>
            {paragraphs.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </div>
        )}
      </Section>
    </article>
  )
}
