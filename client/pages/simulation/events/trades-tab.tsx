import { DataTableExport } from './event-export.tsx'
import type { DataColumn } from '../../../ui/table/column.ts'
import { Average, Exact, Money, Signed } from '../../../ui/figures/figures.tsx'
import type { ExportColumn } from '../../../ui/table/export.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { EventTable } from './event-table.tsx'
import type { Events } from './events.ts'
import type { Trade } from '../feed-documents.ts'
import { partialSentence } from './refusals.ts'
import { Side } from './side.tsx'
import { purposeWord } from './words.ts'
import classes from '../page.module.css'

const COLUMNS: readonly DataColumn<Trade>[] = [
  { id: 'time', header: 'Time', width: 'minmax(132px, 1fr)', cell: ({ time }) => <Time value={time} seconds /> },
  { id: 'product', header: 'Product', width: 'minmax(92px, 0.8fr)', cell: ({ product }) => product },
  { id: 'side', header: 'Side', width: '72px', cell: ({ side }) => <Side side={side} /> },
  {
    id: 'price',
    header: 'Price',
    width: 'minmax(104px, 1fr)',
    align: 'end',
    cell: ({ price }) => <Average value={price} />,
  },
  {
    id: 'quantity',
    header: 'Quantity',
    width: 'minmax(118px, 1fr)',
    align: 'end',
    cell: ({ quantity, partial, requested }) => (
      <span title={partial ? partialSentence(requested) : undefined}>
        {partial ? <span className={classes.muted}>part </span> : null}
        <Exact value={quantity} />
      </span>
    ),
  },
  {
    id: 'notional',
    header: 'Value',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ notional }) => <Money value={notional} />,
  },
  { id: 'fee', header: 'Fee', width: 'minmax(76px, 0.7fr)', align: 'end', cell: ({ fee }) => <Money value={fee} /> },
  {
    id: 'realized',
    header: 'P&L before fees',
    width: 'minmax(124px, 1fr)',
    align: 'end',
    cell: ({ realizedPnl }) => <Signed value={realizedPnl} />,
  },
  {
    id: 'exit',
    header: 'Closed by',
    width: 'minmax(100px, 0.8fr)',
    cell: ({ exitReason, liquidity }) => (
      <span title={liquidity === null ? undefined : `${liquidity === 'MAKER' ? 'Maker' : 'Taker'} of liquidity`}>
        {exitReason === null ? <span className={classes.muted}>–</span> : purposeWord(exitReason)}
      </span>
    ),
  },
  {
    id: 'position',
    header: 'Position after',
    width: 'minmax(118px, 1fr)',
    align: 'end',
    cell: ({ positionAfter }) => <Exact value={positionAfter} />,
  },
  { id: 'sequence', header: 'No.', width: '84px', align: 'end', cell: ({ sequence }) => sequence },
]

const NAMES = [
  'sequence',
  'time',
  'product',
  'side',
  'price',
  'quantity',
  'requested',
  'partial',
  'notional',
  'fee',
  'realizedPnl',
  'positionAfter',
  'signalSequence',
  'orderId',
  'liquidity',
  'exitReason',
] as const
const EXPORT: readonly ExportColumn<Trade>[] = NAMES.map((name) => ({ name, value: (trade) => trade[name] }))
const idOf = ({ sequence }: Trade): string => sequence

interface TradesTabProps {
  readonly events: Events<Trade>
  /** The number of all, where it is known. */
  readonly total: number | null
  /** Whether the run is over, so that no more will come. */
  readonly ended: boolean
  /** The export's name without its ending. */
  readonly name: string
  readonly onTrace: (signalSequence: string) => void
}

/** All fills of the run, the newest on top. */
export function TradesTab({ events, total, ended, name, onTrace }: TradesTabProps) {
  return (
    <EventTable
      label="Trades"
      events={events}
      columns={COLUMNS}
      rowId={idOf}
      onOpen={({ signalSequence }) => onTrace(signalSequence)}
      empty={{
        title: ended ? 'No trade' : 'No trade yet',
        text: 'A trade is made when a signal is accepted and the market has its size.',
      }}
      actions={<DataTableExport source={events.source} total={total} name={`${name}-trades`} columns={EXPORT} />}
    />
  )
}
