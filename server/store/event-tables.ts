import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { formatAmount, formatCount } from '../../engines/domain/money.ts'
import type { LogRecord } from '../../schema/context.ts'
import { encodePositions } from '../../schema/records.ts'
import { liquidations, orderChanges, orders, roundTrips, tradingChanges } from './tables/orders.ts'
import { text, type Cell, type EventOf, type Table } from './tables/table.ts'

/** One statement with its parameters: an array for each column, as PostgreSQL writes one, and the server. */
export interface Insert {
  readonly sql: string
  readonly parameters: readonly string[]
}

/** Something of a run that is to be written. */
export interface Owned<Item> {
  readonly simulationId: string
  readonly item: Item
}

const signals: Table<EventOf<'signal'>> = {
  name: 'Signal',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['product', 'text', (event) => text(event.signal.product)],
    ['side', '"Side"', (event) => event.signal.side],
    ['confidence', 'float8', (event) => event.signal.confidence],
    ['price', 'numeric', (event) => formatCount(event.signal.price, event.signal.unit.price)],
    ['indicator', 'float8', (event) => event.signal.indicator],
    ['reason', 'text', (event) => text(event.signal.reason)],
    ['signalTime', 'int8', (event) => String(event.signal.time)],
    ['cause', 'int8', (event) => String(event.signal.cause)],
    ['accepted', 'bool', (event) => event.decision.accepted],
    ['quantity', 'numeric', ({ decision }) => (decision.accepted ? formatAmount(decision.quantity) : null)],
    ['refusal', 'text', ({ decision }) => (decision.accepted ? null : decision.reason)],
    ['refusalDetail', 'text', ({ decision }) => (decision.accepted ? null : text(decision.detail))],
  ],
}

const trades: Table<EventOf<'fill'>> = {
  name: 'Trade',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['product', 'text', (event) => text(event.fill.product)],
    ['side', '"Side"', (event) => event.fill.side],
    ['price', 'numeric', (event) => formatAmount(event.fill.price)],
    ['quantity', 'numeric', (event) => formatAmount(event.fill.quantity)],
    ['requested', 'numeric', (event) => formatAmount(event.fill.requested)],
    ['notional', 'numeric', (event) => formatAmount(event.fill.notional)],
    ['fee', 'numeric', (event) => formatAmount(event.fill.fee)],
    ['realizedPnl', 'numeric', (event) => formatAmount(event.fill.realizedPnl)],
    ['positionAfter', 'numeric', (event) => formatAmount(event.fill.positionAfter)],
    ['signalSequence', 'int8', (event) => String(event.fill.signalSequence)],
    ['fillTime', 'int8', (event) => String(event.fill.time)],
    // An engine in a container that outlived an older server may say nothing of these, nor of the costs of borrowing.
    ['orderId', 'int8', ({ fill }) => (fill.orderId ? String(fill.orderId) : null)],
    ['liquidity', '"Liquidity"', ({ fill }) => (fill.orderId ? fill.liquidity : null)],
    ['exitReason', '"OrderPurpose"', ({ fill }) => fill.exitReason ?? null],
  ],
}

const lapses: Table<EventOf<'lapsed'>> = {
  name: 'LapsedOrder',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['product', 'text', (event) => text(event.product)],
    ['side', '"Side"', (event) => event.side],
    ['quantity', 'numeric', (event) => formatAmount(event.quantity)],
    ['signalSequence', 'int8', (event) => String(event.signalSequence)],
    ['reason', 'text', (event) => event.reason],
  ],
}

const portfolios: Table<EventOf<'portfolio'> | EventOf<'finished'>> = {
  name: 'PortfolioSnapshot',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['cash', 'numeric', (event) => formatAmount(event.portfolio.cash)],
    ['equity', 'numeric', (event) => formatAmount(event.portfolio.equity)],
    ['realizedPnl', 'numeric', (event) => formatAmount(event.portfolio.realizedPnl)],
    ['unrealizedPnl', 'numeric', (event) => formatAmount(event.portfolio.unrealizedPnl)],
    ['feesPaid', 'numeric', (event) => formatAmount(event.portfolio.feesPaid)],
    ['borrowCost', 'numeric', (event) => formatAmount(event.portfolio.borrowCost ?? 0n)],
    ['drawdown', 'float8', (event) => event.portfolio.drawdown],
    ['maxDrawdown', 'float8', (event) => event.portfolio.maxDrawdown],
    ['winRate', 'float8', (event) => event.portfolio.winRate],
    // An engine in a container that outlived an older server may say nothing of it.
    ['buyAndHold', 'float8', (event) => event.portfolio.buyAndHoldReturn ?? null],
    ['tradeCount', 'int4', (event) => event.portfolio.tradeCount],
    ['positions', 'jsonb', (event) => JSON.stringify(encodePositions(event.portfolio.positions))],
  ],
}

const candles: Table<EventOf<'candle'>> = {
  name: 'PriceCandle',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['product', 'text', (event) => text(event.candle.product)],
    ['begin', 'int8', (event) => String(event.candle.begin)],
    ['open', 'numeric', (event) => formatCount(event.candle.open, event.candle.unit.price)],
    ['high', 'numeric', (event) => formatCount(event.candle.high, event.candle.unit.price)],
    ['low', 'numeric', (event) => formatCount(event.candle.low, event.candle.unit.price)],
    ['close', 'numeric', (event) => formatCount(event.candle.close, event.candle.unit.price)],
  ],
}

const feedEvents: Table<EventOf<'feed'>> = {
  name: 'FeedEvent',
  columns: [
    ['sequence', 'int8', (event) => String(event.sequence)],
    ['time', 'int8', (event) => String(event.time)],
    ['state', 'text', (event) => event.status.state],
    ['product', 'text', (event) => text(event.status.product)],
    ['count', 'int8', (event) => event.status.count],
    ['detail', 'text', (event) => text(event.status.detail)],
  ],
}

const logLines: Table<LogRecord> = {
  name: 'LogLine',
  columns: [
    ['sequence', 'int8', (line) => String(line.sequence)],
    ['time', 'int8', (line) => String(line.time)],
    ['role', '"EngineRole"', (line) => line.role],
    ['level', 'text', (line) => line.level],
    ['message', 'text', (line) => text(line.message)],
  ],
}

/** Of rows with the same key, the newest: one statement may not write a row twice. */
function newestOf<Item>(rows: readonly Owned<Item>[], keyOf: (item: Item) => number): readonly Owned<Item>[] {
  const newest = new Map(rows.map((row) => [`${row.simulationId} ${keyOf(row.item)}`, row]))
  return [...newest.values()]
}

/** What becomes of a row whose key is there already. */
function onConflict<Item>({ name, columns, newestBy }: Table<Item>): string {
  if (newestBy === undefined) return 'ON CONFLICT DO NOTHING'
  const changes = columns.filter(([column]) => column !== newestBy.column)
  const set = changes.map(([column]) => `"${column}" = excluded."${column}"`).join(', ')
  return (
    `ON CONFLICT ("simulationId", "${newestBy.column}") DO UPDATE SET ${set} ` +
    `WHERE "${name}"."sequence" < excluded."sequence"`
  )
}

/**
 * A whole batch as one statement. What is there already stays as it is, or gives way to what is newer, which makes a repeated
 * write harmless; rows of a run that was deleted meanwhile, or that another server has taken over, fall away.
 * @param all of one run in order of their sequence.
 */
function insertInto<Item>(table: Table<Item>, all: readonly Owned<Item>[], serverId: string): readonly Insert[] {
  if (all.length === 0) return []
  const rows = table.newestBy === undefined ? all : newestOf(all, table.newestBy.of)
  const names = ['simulationId', ...table.columns.map(([name]) => name)].map((name) => `"${name}"`).join(', ')
  const arrays = ['uuid', ...table.columns.map(([, type]) => type)].map((type, index) => `$${index + 1}::${type}[]`)
  const sql =
    `INSERT INTO "${table.name}" (${names}) SELECT batch.* FROM unnest(${arrays.join(', ')}) AS batch(${names}) ` +
    `JOIN "Simulation" ON "Simulation"."id" = batch."simulationId" ` +
    `AND "Simulation"."ownerId" = $${arrays.length + 1}::uuid ${onConflict(table)}`
  const columns = table.columns.map(([, , of]) => arrayOf(rows, (row) => of(row.item)))
  return [{ sql, parameters: [arrayOf(rows, (row) => row.simulationId), ...columns, serverId] }]
}

/** What an array's element must be quoted for: an empty one, `NULL`, and the characters that mean something there. */
const TO_QUOTE = /^$|^null$|["\\{},\s]/i

/**
 * A column as PostgreSQL writes an array. Here, where the next batch can be made ready while one is being written,
 * rather than in the driver, which would do it between two of them.
 */
function arrayOf<Item>(items: readonly Item[], cellOf: (item: Item) => Cell): string {
  const cells = items.map((item) => {
    const cell = cellOf(item)
    if (cell === null) return 'NULL'
    if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
    // What came over a bus may lack anything.
    if (typeof cell !== 'string') throw new TypeError('a value is missing in what is to be stored')
    return TO_QUOTE.test(cell) ? `"${cell.replace(/["\\]/g, '\\$&')}"` : cell
  })
  return `{${cells.join(',')}}`
}

/** Where each type of event is kept: all of them are somewhere, so that the newest that is kept is the newest of all. */
const TABLES: { readonly [Type in SimulatorEvent['type']]: readonly Table<EventOf<Type>>[] } = {
  signal: [signals],
  fill: [trades],
  lapsed: [lapses],
  order: [orderChanges, orders],
  roundTrip: [roundTrips],
  liquidation: [liquidations],
  trading: [tradingChanges],
  portfolio: [portfolios],
  finished: [portfolios],
  candle: [candles],
  feed: [feedEvents],
}

/** The tables in which every event is, each in one of them. */
export const EVENT_TABLES: readonly string[] = Object.values(TABLES)
  .flatMap((tables: readonly Pick<Table<never>, 'name' | 'newestBy'>[]) => tables)
  .filter(({ newestBy }) => newestBy === undefined)
  .map(({ name }) => name)
  .filter((name, place, all) => all.indexOf(name) === place)

/**
 * Sorts a batch of events by table.
 * @param serverId the server that answers for the runs.
 */
export function eventInserts(events: readonly Owned<SimulatorEvent>[], serverId: string): readonly Insert[] {
  // Each table is given the events of its own types alone.
  const batches = new Map<Table<SimulatorEvent>, Owned<SimulatorEvent>[]>()
  for (const event of events) {
    // An engine in a container may be newer than this server: what it does not know it keeps nowhere.
    for (const table of (TABLES[event.item.type] ?? []) as unknown as readonly Table<SimulatorEvent>[]) {
      const rows = batches.get(table)
      if (rows === undefined) batches.set(table, [event])
      else rows.push(event)
    }
  }
  return [...batches].flatMap(([table, rows]) => insertInto(table, rows, serverId))
}

/** A batch of log lines. */
export function logInserts(lines: readonly Owned<LogRecord>[], serverId: string): readonly Insert[] {
  return insertInto(logLines, lines, serverId)
}
