import { formatAmount, type Amount } from '../../../engines/domain/money.ts'
import { text, whole, type Column, type EventOf, type Table } from './table.ts'

type OrderEvent = EventOf<'order'>

const decimal = (value: Amount | null): string | null => (value === null ? null : formatAmount(value))

const orderColumns: readonly Column<OrderEvent>[] = [
  ['sequence', 'int8', (event) => String(event.sequence)],
  ['time', 'int8', (event) => String(event.time)],
  ['orderId', 'int8', ({ order }) => String(order.id)],
  ['product', 'text', ({ order }) => text(order.product)],
  ['side', '"Side"', ({ order }) => order.side],
  ['type', '"OrderType"', ({ order }) => order.type],
  ['timeInForce', '"TimeInForce"', ({ order }) => order.timeInForce],
  ['purpose', '"OrderPurpose"', ({ order }) => order.purpose],
  ['state', '"OrderState"', ({ order }) => order.state],
  ['reason', 'text', ({ order }) => order.reason],
  ['detail', 'text', ({ order }) => text(order.detail)],
  ['quantity', 'numeric', ({ order }) => formatAmount(order.quantity)],
  ['filled', 'numeric', ({ order }) => formatAmount(order.filled)],
  ['averagePrice', 'numeric', ({ order }) => formatAmount(order.averagePrice)],
  ['limitPrice', 'numeric', ({ order }) => decimal(order.limitPrice)],
  ['stopPrice', 'numeric', ({ order }) => decimal(order.stopPrice)],
  ['postOnly', 'bool', ({ order }) => order.postOnly],
  ['reduceOnly', 'bool', ({ order }) => order.reduceOnly],
  ['expiresAt', 'int8', ({ order }) => whole(order.expiresAt)],
  ['groupId', 'int8', ({ order }) => whole(order.group)],
  ['parentId', 'int8', ({ order }) => whole(order.parent)],
  ['replacesId', 'int8', ({ order }) => whole(order.replaces)],
  ['signalSequence', 'int8', ({ order }) => String(order.signalSequence)],
]

/** Every change in the life of every order. */
export const orderChanges: Table<OrderEvent> = { name: 'OrderChange', columns: orderColumns }

/** Each order as it stands. */
export const orders: Table<OrderEvent> = {
  name: 'Order',
  columns: orderColumns,
  newestBy: { column: 'orderId', of: ({ order }) => order.id },
}

/** Positions that are flat again. */
export const roundTrips: Table<EventOf<'roundTrip'>> = {
  name: 'RoundTrip',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['number', 'int8', ({ roundTrip }) => String(roundTrip.number)],
    ['product', 'text', ({ roundTrip }) => text(roundTrip.product)],
    ['direction', '"Direction"', ({ roundTrip }) => roundTrip.direction],
    ['quantity', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.quantity)],
    ['entryPrice', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.entryPrice)],
    ['exitPrice', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.exitPrice)],
    ['entryNotional', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.entryNotional)],
    ['exitNotional', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.exitNotional)],
    ['openedAt', 'int8', ({ roundTrip }) => String(roundTrip.openedAt)],
    ['closedAt', 'int8', ({ roundTrip }) => String(roundTrip.closedAt)],
    ['grossPnl', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.grossPnl)],
    ['fees', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.fees)],
    ['borrowCost', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.borrowCost)],
    ['netPnl', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.netPnl)],
    ['maxAdverse', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.maxAdverse)],
    ['maxFavorable', 'numeric', ({ roundTrip }) => formatAmount(roundTrip.maxFavorable)],
    ['maxAdverseShare', 'float8', ({ roundTrip }) => roundTrip.maxAdverseShare],
    ['maxFavorableShare', 'float8', ({ roundTrip }) => roundTrip.maxFavorableShare],
    ['exitReason', '"OrderPurpose"', ({ roundTrip }) => roundTrip.exitReason],
    ['fills', 'int4', ({ roundTrip }) => roundTrip.fills],
    ['entryOrderId', 'int8', ({ roundTrip }) => String(roundTrip.entryOrderId)],
    ['exitOrderId', 'int8', ({ roundTrip }) => String(roundTrip.exitOrderId)],
    ['entrySignalSequence', 'int8', ({ roundTrip }) => String(roundTrip.entrySignalSequence)],
  ],
}

/** Positions that were closed for want of equity. */
export const liquidations: Table<EventOf<'liquidation'>> = {
  name: 'Liquidation',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['reason', 'text', ({ liquidation }) => liquidation.reason],
    ['equity', 'numeric', ({ liquidation }) => formatAmount(liquidation.equity)],
    ['required', 'numeric', ({ liquidation }) => formatAmount(liquidation.required)],
    ['products', 'jsonb', ({ liquidation }) => JSON.stringify(liquidation.products)],
  ],
}

/** Changes of what a run may do. */
export const tradingChanges: Table<EventOf<'trading'>> = {
  name: 'TradingChange',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['state', '"TradingState"', (event) => event.state],
    ['after', 'int8', (event) => String(event.after)],
    ['cause', 'text', (event) => event.cause],
  ],
}
