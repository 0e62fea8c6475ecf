import type { SimulatorEvent } from '../../engines/domain/event.ts'
import { formatAmount, formatCount } from '../../engines/domain/money.ts'
import type { LogRecord } from '../../schema/context.ts'
import { encodePositions } from '../../schema/records.ts'

/** What a column of a batch holds for one row. Whole numbers and decimals go as text, so that nothing is rounded. */
type Cell = string | number | boolean | null

type EventOf<Type extends SimulatorEvent['type']> = Extract<SimulatorEvent, { type: Type }>

/** A column: its name, its Postgres type, and where its value comes from. */
type Column<Item> = readonly [name: string, type: string, of: (item: Item) => Cell]

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

interface Table<Item> {
  readonly name: string
  readonly columns: readonly Column<Item>[]
}

/** Postgres text cannot hold a NUL; a log line of an engine may. */
const text = (value: string): string => value.replaceAll('\0', '\uFFFD')

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

/**
 * A whole batch as one statement. What is there already stays as it is, which makes a repeated write harmless; rows of
 * a run that was deleted meanwhile, or that another server has taken over, fall away.
 */
function insertInto<Item>(table: Table<Item>, rows: readonly Owned<Item>[], serverId: string): readonly Insert[] {
  if (rows.length === 0) return []
  const names = ['simulationId', ...table.columns.map(([name]) => name)].map((name) => `"${name}"`).join(', ')
  const arrays = ['uuid', ...table.columns.map(([, type]) => type)].map((type, index) => `$${index + 1}::${type}[]`)
  const sql =
    `INSERT INTO "${table.name}" (${names}) SELECT batch.* FROM unnest(${arrays.join(', ')}) AS batch(${names}) ` +
    `JOIN "Simulation" ON "Simulation"."id" = batch."simulationId" ` +
    `AND "Simulation"."ownerId" = $${arrays.length + 1}::uuid ON CONFLICT DO NOTHING`
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

/**
 * Sorts a batch of events by table.
 * @param serverId the server that answers for the runs.
 */
export function eventInserts(events: readonly Owned<SimulatorEvent>[], serverId: string): readonly Insert[] {
  const bySignal: Owned<EventOf<'signal'>>[] = []
  const byTrade: Owned<EventOf<'fill'>>[] = []
  const byLapse: Owned<EventOf<'lapsed'>>[] = []
  const byPortfolio: Owned<EventOf<'portfolio'> | EventOf<'finished'>>[] = []
  const byCandle: Owned<EventOf<'candle'>>[] = []
  const byFeed: Owned<EventOf<'feed'>>[] = []
  for (const { simulationId, item } of events) {
    if (item.type === 'signal') bySignal.push({ simulationId, item })
    else if (item.type === 'fill') byTrade.push({ simulationId, item })
    else if (item.type === 'lapsed') byLapse.push({ simulationId, item })
    else if (item.type === 'candle') byCandle.push({ simulationId, item })
    else if (item.type === 'feed') byFeed.push({ simulationId, item })
    else if (item.type === 'portfolio' || item.type === 'finished') byPortfolio.push({ simulationId, item })
  }
  return [
    ...insertInto(signals, bySignal, serverId),
    ...insertInto(trades, byTrade, serverId),
    ...insertInto(lapses, byLapse, serverId),
    ...insertInto(portfolios, byPortfolio, serverId),
    ...insertInto(candles, byCandle, serverId),
    ...insertInto(feedEvents, byFeed, serverId),
  ]
}

/** A batch of log lines. */
export function logInserts(lines: readonly Owned<LogRecord>[], serverId: string): readonly Insert[] {
  return insertInto(logLines, lines, serverId)
}
