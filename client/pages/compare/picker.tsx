import { useMemo, useState } from 'react'
import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useQuery } from 'urql'
import { sentenceOf } from '../../graphql/fault.ts'
import type { DataColumn } from '../../ui/table/column.ts'
import { DataTable } from '../../ui/table/data-table.tsx'
import { Signed } from '../../ui/figures/figures.tsx'
import { formatCount } from '../../ui/figures/format.ts'
import { ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { RunStatus } from '../../ui/figures/status-light.tsx'
import { Elapsed, Time } from '../../ui/figures/time.tsx'
import { capitalOf } from '../../graphql/run.ts'
import { CandidatesQuery, type Candidate } from './documents.ts'
import classes from './page.module.css'
import { FEWEST, MOST } from './search.ts'

function gainOf(run: Candidate): number | null {
  const capital = capitalOf(run)
  return run.portfolio === null || capital === null ? null : Number(run.portfolio.equity) / capital - 1
}

const COLUMNS: readonly DataColumn<Candidate>[] = [
  { id: 'status', header: 'Status', width: '108px', cell: ({ status }) => <RunStatus status={status} /> },
  { id: 'algorithm', header: 'Algorithm', width: 'minmax(150px, 1.2fr)', cell: ({ algorithm }) => algorithm.title },
  {
    id: 'return',
    header: 'Return',
    width: '92px',
    align: 'end',
    sortBy: gainOf,
    cell: (run) => <Signed value={gainOf(run)} kind="percent" />,
  },
  { id: 'source', header: 'Source', width: 'minmax(110px, 1fr)', cell: ({ source }) => source.name },
  { id: 'products', header: 'Products', width: 'minmax(110px, 1fr)', cell: ({ products }) => products.join(', ') },
  {
    id: 'started',
    header: 'Started',
    width: '110px',
    align: 'end',
    sortBy: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time value={createdAt} />,
  },
  {
    id: 'duration',
    header: 'Duration',
    width: '92px',
    align: 'end',
    cell: ({ startedAt, endedAt }) => <Elapsed from={startedAt} to={endedAt} />,
  },
]

/** Whether a run has all the words in its row. */
function matches({ algorithm, source, products, status }: Candidate, text: string): boolean {
  const row = [algorithm.title, source.name, ...products, status].join(' ').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => row.includes(word))
}

interface ChoiceProps {
  readonly chosen: readonly string[]
  readonly onChoose: (ids: readonly string[]) => void
  readonly onClose: () => void
}

function Choice({ chosen, onChoose, onClose }: ChoiceProps) {
  const [{ data, error }, ask] = useQuery({ query: CandidatesQuery, requestPolicy: 'cache-and-network' })
  const [text, setText] = useState('')
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set(chosen))
  const rows = useMemo(
    () => (data?.simulations.edges ?? []).map(({ node }) => node).filter((run) => matches(run, text.trim())),
    [data, text],
  )
  if (error !== undefined && data === undefined) {
    return <ErrorPanel fault={sentenceOf(error)} retry={() => ask({ requestPolicy: 'network-only' })} />
  }
  if (data === undefined || data === null) return <RowSkeletons rows={6} label="Loading simulations" />
  const { totalCount, edges } = data.simulations
  const tooMany = marked.size > MOST
  const words = tooMany
    ? `${marked.size} are marked; at most ${MOST} can be compared.`
    : marked.size < FEWEST
      ? `Mark from ${FEWEST} to ${MOST}.`
      : `${marked.size} are marked.`
  return (
    <>
      <TextInput
        aria-label="Find a simulation"
        placeholder="Algorithm, source, product or status"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
        mb="sm"
      />
      {rows.length === 0 ? (
        <p className={classes.note}>{edges.length === 0 ? 'There is no simulation yet.' : 'None is like this.'}</p>
      ) : (
        <DataTable
          label="Simulations to choose from"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          selection={{ ids: marked, onChange: setMarked }}
          maxHeight="50dvh"
        />
      )}
      {totalCount > edges.length ? (
        <p className={classes.note}>
          These are the newest {edges.length} of {formatCount(totalCount)}; mark older ones in the list of simulations.
        </p>
      ) : null}
      <Group justify="flex-end" gap="sm" mt="md">
        <span role="status" className={classes.note}>
          {words}
        </span>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={tooMany || marked.size < FEWEST}
          onClick={() => {
            // Those that were compared keep their letters.
            const kept = chosen.filter((id) => marked.has(id))
            onChoose([...kept, ...[...marked].filter((id) => !kept.includes(id))])
          }}
        >
          Compare
        </Button>
      </Group>
    </>
  )
}

/** Chooses the runs to compare. */
export function Picker({ opened, ...choice }: ChoiceProps & { readonly opened: boolean }) {
  return (
    <Modal
      opened={opened}
      onClose={choice.onClose}
      title="Choose simulations"
      size="60rem"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Choice {...choice} />
    </Modal>
  )
}
