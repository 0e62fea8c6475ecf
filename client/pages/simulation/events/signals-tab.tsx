import type { DataColumn } from '../../../ui/table/column.ts'
import { Exact } from '../../../ui/figures/figures.tsx'
import { formatFixed } from '../../../ui/figures/format.ts'
import type { ExportColumn } from '../../../ui/table/export.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { DataTableExport } from './event-export.tsx'
import { EventTable } from './event-table.tsx'
import type { Events } from './events.ts'
import type { Signal } from '../feed-documents.ts'
import { refusalWords } from './refusals.ts'
import { Side } from './side.tsx'
import classes from '../page.module.css'

const COLUMNS: readonly DataColumn<Signal>[] = [
  { id: 'time', header: 'Time', width: 'minmax(132px, 0.8fr)', cell: ({ time }) => <Time value={time} seconds /> },
  { id: 'product', header: 'Product', width: 'minmax(92px, 0.6fr)', cell: ({ product }) => product },
  { id: 'side', header: 'Side', width: '72px', cell: ({ side }) => <Side side={side} /> },
  {
    id: 'confidence',
    header: 'Confidence',
    width: '88px',
    align: 'end',
    cell: ({ confidence }) => confidence.toFixed(3),
  },
  {
    id: 'indicator',
    header: 'Indicator',
    width: '82px',
    align: 'end',
    cell: ({ indicator }) => formatFixed(indicator, 3),
  },
  {
    id: 'price',
    header: 'Price',
    width: 'minmax(104px, 0.7fr)',
    align: 'end',
    cell: ({ price }) => <Exact value={price} />,
  },
  {
    id: 'decision',
    header: 'Decision',
    width: 'minmax(190px, 1.4fr)',
    cell: ({ decision, refusalReason, refusalDetail, quantity }) =>
      decision === 'ACCEPTED' ? (
        <>
          Accepted <span className={classes.muted}>{quantity}</span>
        </>
      ) : (
        <span title={refusalDetail ?? undefined}>
          Refused <span className={classes.muted}>{refusalWords(refusalReason)}</span>
        </span>
      ),
  },
  {
    id: 'reason',
    header: 'Reason',
    width: 'minmax(170px, 1.4fr)',
    cell: ({ reason }) => <span title={reason}>{reason}</span>,
  },
  { id: 'sequence', header: 'No.', width: '84px', align: 'end', cell: ({ sequence }) => sequence },
]

const NAMES = [
  'sequence',
  'time',
  'product',
  'side',
  'confidence',
  'indicator',
  'price',
  'reason',
  'decision',
  'quantity',
  'refusalReason',
  'refusalDetail',
  'cause',
] as const
const EXPORT: readonly ExportColumn<Signal>[] = NAMES.map((name) => ({ name, value: (signal) => signal[name] }))
const idOf = ({ sequence }: Signal): string => sequence

interface SignalsTabProps {
  readonly events: Events<Signal>
  /** Whether the run is over, so that no more will come. */
  readonly ended: boolean
  /** The export's name without its ending. */
  readonly name: string
  readonly onTrace: (signalSequence: string) => void
}

/** All that the algorithm proposed, with what risk said to it, the newest on top. */
export function SignalsTab({ events, ended, name, onTrace }: SignalsTabProps) {
  return (
    <EventTable
      label="Signals"
      events={events}
      columns={COLUMNS}
      rowId={idOf}
      onOpen={({ sequence }) => onTrace(sequence)}
      empty={{
        title: ended ? 'No signal' : 'No signal yet',
        text: 'An algorithm needs some prices before it proposes anything.',
      }}
      actions={<DataTableExport source={events.source} total={null} name={`${name}-signals`} columns={EXPORT} />}
    />
  )
}
