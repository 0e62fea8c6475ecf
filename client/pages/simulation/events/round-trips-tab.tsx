import { useEffect, useState } from 'react'
import { DataTableExport } from './event-export.tsx'
import { useConnection } from '../../../ui/connection-context.ts'
import type { DataColumn } from '../../../ui/table/column.ts'
import { Duration, Exact, Money, Signed } from '../../../ui/figures/figures.tsx'
import { formatPercent } from '../../../ui/figures/format.ts'
import type { ExportColumn } from '../../../ui/table/export.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { EventTable } from './event-table.tsx'
import { createEvents, roundTripsOf } from './events.ts'
import { notKept } from '../kernel.ts'
import type { RoundTrip } from '../order-documents.ts'
import { purposeWord } from './words.ts'
import classes from '../page.module.css'

/** How far it stood from its entry, as money, and as a share of what it was worth then. */
function Excursion({ value, share }: { readonly value: string; readonly share: number | null }) {
  return (
    <>
      <Signed value={value} arrow={false} />
      {share === null ? null : <span className={classes.muted}> {formatPercent(share, { signed: true })}</span>}
    </>
  )
}

const COLUMNS: readonly DataColumn<RoundTrip>[] = [
  {
    id: 'closed',
    header: 'Closed',
    width: 'minmax(132px, 1fr)',
    cell: ({ closedAt }) => <Time value={closedAt} seconds />,
  },
  {
    id: 'product',
    header: 'Product',
    width: 'minmax(124px, 1fr)',
    cell: ({ product, direction }) => (
      <>
        {product} <span className={classes.muted}>{direction.toLowerCase()}</span>
      </>
    ),
  },
  { id: 'exit', header: 'Closed by', width: 'minmax(100px, 0.8fr)', cell: ({ exitReason }) => purposeWord(exitReason) },
  {
    id: 'duration',
    header: 'Held for',
    width: '88px',
    align: 'end',
    cell: ({ durationSeconds }) => <Duration seconds={durationSeconds} />,
  },
  {
    id: 'net',
    header: 'P&L',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ netPnl }) => <Signed value={netPnl} />,
  },
  {
    id: 'fees',
    header: 'Fees',
    width: 'minmax(76px, 0.7fr)',
    align: 'end',
    cell: ({ fees, borrowCost }) => (
      <span title={Number(borrowCost) === 0 ? undefined : `and ${borrowCost} for borrowing`}>
        <Money value={fees} />
      </span>
    ),
  },
  {
    id: 'worst',
    header: 'MAE',
    width: 'minmax(132px, 1fr)',
    align: 'end',
    cell: ({ maxAdverse, maxAdverseShare }) => <Excursion value={maxAdverse} share={maxAdverseShare} />,
  },
  {
    id: 'best',
    header: 'MFE',
    width: 'minmax(132px, 1fr)',
    align: 'end',
    cell: ({ maxFavorable, maxFavorableShare }) => <Excursion value={maxFavorable} share={maxFavorableShare} />,
  },
  {
    id: 'quantity',
    header: 'Quantity',
    width: 'minmax(112px, 1fr)',
    align: 'end',
    cell: ({ quantity }) => <Exact value={quantity} />,
  },
  { id: 'fills', header: 'Fills', width: '60px', align: 'end', spare: true, cell: ({ fills }) => fills },
]

const NAMES = [
  'sequence',
  'product',
  'direction',
  'quantity',
  'entryPrice',
  'exitPrice',
  'openedAt',
  'closedAt',
  'durationSeconds',
  'grossPnl',
  'fees',
  'borrowCost',
  'netPnl',
  'maxAdverse',
  'maxFavorable',
  'maxAdverseShare',
  'maxFavorableShare',
  'exitReason',
  'fills',
  'entrySignalSequence',
] as const
const EXPORT: readonly ExportColumn<RoundTrip>[] = NAMES.map((name) => ({ name, value: (trip) => trip[name] }))
const idOf = ({ sequence }: RoundTrip): string => sequence

interface RoundTripsTabProps {
  readonly id: string
  /** Whether the run's rules know round trips. */
  readonly kept: boolean
  /** Whether the run is over, so that no more will come. */
  readonly ended: boolean
  /** The export's name without its ending. */
  readonly name: string
  readonly onTrace: (signalSequence: string) => void
}

/** All positions of the run that are flat again, the newest on top. */
export function RoundTripsTab({ id, kept, ended, name, onTrace }: RoundTripsTabProps) {
  const connection = useConnection()
  const [events] = useState(() => createEvents(roundTripsOf(connection, id)))
  useEffect(() => events.open(), [events])
  return (
    <EventTable
      label="Round trips"
      events={events}
      columns={COLUMNS}
      rowId={idOf}
      onOpen={({ entrySignalSequence }) => (entrySignalSequence === null ? undefined : onTrace(entrySignalSequence))}
      empty={
        kept
          ? {
              title: ended ? 'No round trip' : 'No round trip yet',
              text: 'A round trip is a position that was opened and is flat again. MAE and MFE are the worst and the best that it stood at meanwhile.',
            }
          : notKept('Round trips')
      }
      actions={<DataTableExport source={events.source} total={null} name={`${name}-round-trips`} columns={EXPORT} />}
    />
  )
}
