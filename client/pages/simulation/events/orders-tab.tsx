import { DataTableExport } from './event-export.tsx'
import type { DataColumn } from '../../../ui/table/column.ts'
import { Average, Exact } from '../../../ui/figures/figures.tsx'
import type { ExportColumn } from '../../../ui/table/export.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { EventTable } from './event-table.tsx'
import type { Events } from './events.ts'
import { notKept } from '../kernel.ts'
import type { Order } from '../order-documents.ts'
import { refusalWords } from './refusals.ts'
import { Side } from './side.tsx'
import { purposeWord, reasonWords, stateWord, typeWord } from './words.ts'
import classes from '../page.module.css'

/** Where it stands, and why. */
function State({ state, reason, detail }: Order) {
  const why = reason === null ? '' : state === 'REFUSED' ? refusalWords(reason) : reasonWords(reason)
  return (
    <span title={detail === '' ? undefined : detail}>
      {stateWord(state)} {why === '' ? null : <span className={classes.muted}>{why}</span>}
    </span>
  )
}

const COLUMNS: readonly DataColumn<Order>[] = [
  { id: 'orderId', header: 'Order', width: '70px', align: 'end', cell: ({ orderId }) => orderId },
  { id: 'time', header: 'Changed', width: 'minmax(132px, 1fr)', cell: ({ time }) => <Time value={time} seconds /> },
  { id: 'product', header: 'Product', width: 'minmax(92px, 0.8fr)', cell: ({ product }) => product },
  { id: 'side', header: 'Side', width: '72px', cell: ({ side }) => <Side side={side} /> },
  { id: 'type', header: 'Type', width: 'minmax(96px, 0.8fr)', cell: ({ type }) => typeWord(type) },
  {
    id: 'purpose',
    header: 'For',
    width: 'minmax(96px, 0.8fr)',
    spare: true,
    cell: ({ purpose }) => purposeWord(purpose),
  },
  { id: 'state', header: 'State', width: 'minmax(170px, 1.4fr)', cell: State },
  {
    id: 'quantity',
    header: 'Quantity',
    width: 'minmax(112px, 1fr)',
    align: 'end',
    cell: ({ quantity }) => <Exact value={quantity} />,
  },
  {
    id: 'filled',
    header: 'Filled',
    width: 'minmax(112px, 1fr)',
    align: 'end',
    cell: ({ filled }) => <Exact value={filled} />,
  },
  {
    id: 'limit',
    header: 'Limit',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ limitPrice }) => <Exact value={limitPrice} />,
  },
  {
    id: 'stop',
    header: 'Stop',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    cell: ({ stopPrice }) => <Exact value={stopPrice} />,
  },
  {
    id: 'average',
    header: 'Average',
    width: 'minmax(100px, 1fr)',
    align: 'end',
    spare: true,
    cell: ({ averagePrice }) => <Average value={averagePrice} />,
  },
]

const NAMES = [
  'orderId',
  'sequence',
  'time',
  'product',
  'side',
  'type',
  'purpose',
  'state',
  'reason',
  'detail',
  'quantity',
  'filled',
  'averagePrice',
  'limitPrice',
  'stopPrice',
  'postOnly',
  'reduceOnly',
  'signalSequence',
] as const
const EXPORT: readonly ExportColumn<Order>[] = NAMES.map((name) => ({ name, value: (order) => order[name] }))
const idOf = ({ orderId }: Order): string => orderId

interface OrdersTabProps {
  readonly events: Events<Order>
  /** Whether the run's rules know orders. */
  readonly kept: boolean
  /** Whether the run is over, so that no more will come. */
  readonly ended: boolean
  /** The export's name without its ending. */
  readonly name: string
  readonly onTrace: (signalSequence: string) => void
}

/** All orders of the run, each as it stands, the newest on top. */
export function OrdersTab({ events, kept, ended, name, onTrace }: OrdersTabProps) {
  return (
    <EventTable
      label="Orders"
      events={events}
      columns={COLUMNS}
      rowId={idOf}
      onOpen={({ signalSequence }) => (signalSequence === null ? undefined : onTrace(signalSequence))}
      empty={
        kept
          ? {
              title: ended ? 'No order' : 'No order yet',
              text: 'An order is made of each signal that is accepted, and of stops and targets where the simulator has them.',
            }
          : notKept('Orders')
      }
      actions={<DataTableExport source={events.source} total={null} name={`${name}-orders`} columns={EXPORT} />}
    />
  )
}
