import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import { decimalsOf, formatAmount, parseAmount, parseCount, type Amount } from '../engines/domain/money.ts'
import type { OrderReason } from '../engines/domain/trading/order.ts'
import type { Portfolio, Position } from '../engines/domain/trading/portfolio.ts'
import { unitOf, type Unit } from '../engines/domain/market/unit.ts'
import type { RefusalReason, RiskDecision } from '../engines/domain/trading/signal.ts'
import type {
  LogLine as LogRow,
  OrderChange as OrderRow,
  PortfolioSnapshot as PortfolioRow,
  RoundTrip as RoundTripRow,
  Signal as SignalRow,
  Trade as TradeRow,
  TradingChange as TradingRow,
} from '../prisma/generated/client.ts'
import type {
  LogRecord,
  OrderRecord,
  PortfolioRecord,
  RoundTripRecord,
  SignalRecord,
  TradeRecord,
  TradingRecord,
} from './context.ts'

/** What Prisma hands out for a NUMERIC(48,18): exact, and printable with all its digits. */
interface StoredDecimal {
  toFixed(digits: number): string
}

const amount = (value: StoredDecimal): Amount => parseAmount(value.toFixed(18))

/** A stored price, in the coarsest unit that it can be counted in. */
function priced(value: StoredDecimal): { readonly price: number; readonly unit: Unit } {
  const text = value.toFixed(18)
  const decimals = decimalsOf(text)
  return { price: parseCount(text, decimals), unit: unitOf(decimals, 0) }
}

/** What risk said, as the row's columns tell it. */
function decisionOf(row: SignalRow): RiskDecision {
  if (row.accepted && row.quantity !== null) return { accepted: true, quantity: amount(row.quantity) }
  return { accepted: false, reason: row.refusal as RefusalReason, detail: row.refusalDetail ?? '' }
}

/** A stored signal in the domain's words. */
export function signalRecord(row: SignalRow): SignalRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    signal: {
      type: 'signal',
      product: row.product,
      side: row.side,
      confidence: row.confidence,
      ...priced(row.price),
      indicator: row.indicator,
      reason: row.reason,
      time: Number(row.signalTime),
      cause: Number(row.cause),
    },
    decision: decisionOf(row),
  }
}

/** A stored fill in the domain's words. */
export function tradeRecord(row: TradeRow): TradeRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    fill: {
      product: row.product,
      side: row.side,
      price: amount(row.price),
      quantity: amount(row.quantity),
      requested: amount(row.requested),
      notional: amount(row.notional),
      fee: amount(row.fee),
      realizedPnl: amount(row.realizedPnl),
      positionAfter: amount(row.positionAfter),
      signalSequence: Number(row.signalSequence),
      orderId: Number(row.orderId ?? 0),
      liquidity: row.liquidity ?? 'TAKER',
      exitReason: row.exitReason,
      time: Number(row.fillTime),
    },
  }
}

const count = (value: bigint | null): number | null => (value === null ? null : Number(value))
const maybe = (value: StoredDecimal | null): Amount | null => (value === null ? null : amount(value))

/** A stored change of an order in the domain's words; an order as it stands is its newest. */
export function orderRecord(row: OrderRow): OrderRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    order: {
      id: Number(row.orderId),
      product: row.product,
      side: row.side,
      type: row.type,
      timeInForce: row.timeInForce,
      purpose: row.purpose,
      state: row.state,
      reason: row.reason as OrderReason | null,
      detail: row.detail,
      quantity: amount(row.quantity),
      filled: amount(row.filled),
      averagePrice: amount(row.averagePrice),
      limitPrice: maybe(row.limitPrice),
      stopPrice: maybe(row.stopPrice),
      postOnly: row.postOnly,
      reduceOnly: row.reduceOnly,
      expiresAt: count(row.expiresAt),
      group: count(row.groupId),
      parent: count(row.parentId),
      replaces: count(row.replacesId),
      signalSequence: Number(row.signalSequence),
    },
  }
}

/** A stored round trip in the domain's words. */
export function roundTripRecord(row: RoundTripRow): RoundTripRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    roundTrip: {
      number: Number(row.number),
      product: row.product,
      direction: row.direction,
      quantity: amount(row.quantity),
      entryPrice: amount(row.entryPrice),
      exitPrice: amount(row.exitPrice),
      entryNotional: amount(row.entryNotional),
      exitNotional: amount(row.exitNotional),
      openedAt: Number(row.openedAt),
      closedAt: Number(row.closedAt),
      grossPnl: amount(row.grossPnl),
      fees: amount(row.fees),
      borrowCost: amount(row.borrowCost),
      netPnl: amount(row.netPnl),
      maxAdverse: amount(row.maxAdverse),
      maxFavorable: amount(row.maxFavorable),
      maxAdverseShare: row.maxAdverseShare,
      maxFavorableShare: row.maxFavorableShare,
      exitReason: row.exitReason,
      fills: row.fills,
      entryOrderId: Number(row.entryOrderId),
      exitOrderId: Number(row.exitOrderId),
      entrySignalSequence: Number(row.entrySignalSequence),
    },
  }
}

/** A stored change of what a run may do in the domain's words. */
export function tradingRecord(row: TradingRow): TradingRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    state: row.state,
    after: Number(row.after),
    cause: row.cause as TradingRecord['cause'],
  }
}

/** A position as JSON keeps it: exact decimals as strings. */
type StoredPosition = Readonly<Record<keyof Position, string>>

/** Positions as they are stored: JSON without loss. */
export function encodePositions(positions: readonly Position[]): readonly StoredPosition[] {
  return positions.map((position) => ({
    product: position.product,
    quantity: formatAmount(position.quantity),
    averagePrice: formatAmount(position.averagePrice),
    markPrice: formatAmount(position.markPrice),
    unrealizedPnl: formatAmount(position.unrealizedPnl),
  }))
}

function decodePosition(stored: StoredPosition): Position {
  return {
    product: stored.product,
    quantity: parseAmount(stored.quantity),
    averagePrice: parseAmount(stored.averagePrice),
    markPrice: parseAmount(stored.markPrice),
    unrealizedPnl: parseAmount(stored.unrealizedPnl),
  }
}

/** A stored snapshot of the ledger in the domain's words. */
export function portfolioRecord(row: PortfolioRow): PortfolioRecord {
  const portfolio: Portfolio = {
    cash: amount(row.cash),
    equity: amount(row.equity),
    realizedPnl: amount(row.realizedPnl),
    unrealizedPnl: amount(row.unrealizedPnl),
    feesPaid: amount(row.feesPaid),
    borrowCost: amount(row.borrowCost),
    drawdown: row.drawdown,
    maxDrawdown: row.maxDrawdown,
    winRate: row.winRate,
    buyAndHoldReturn: row.buyAndHold,
    tradeCount: row.tradeCount,
    positions: (row.positions as unknown as readonly StoredPosition[]).map(decodePosition),
  }
  return { sequence: Number(row.sequence), time: Number(row.time), portfolio }
}

/** A stored log line in the domain's words. */
export function logRecord(row: LogRow): LogRecord {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    role: row.role,
    level: row.level as LogRecord['level'],
    message: row.message,
  }
}

/** A signal event as the feeds hand it out; null where the event is none. */
export function signalOf(event: SimulatorEvent): SignalRecord | null {
  if (event.type !== 'signal') return null
  return { sequence: event.sequence, time: event.time, signal: event.signal, decision: event.decision }
}

/** A fill event as the feeds hand it out; null where the event is none. */
export function tradeOf(event: SimulatorEvent): TradeRecord | null {
  return event.type === 'fill' ? { sequence: event.sequence, time: event.time, fill: event.fill } : null
}

/** A change of an order as the feeds hand it out; null where the event is none. */
export function orderOf(event: SimulatorEvent): OrderRecord | null {
  return event.type === 'order' ? { sequence: event.sequence, time: event.time, order: event.order } : null
}

/** A change of what a run may do; null where the event is none. */
export function tradingOf(event: SimulatorEvent): TradingRecord | null {
  if (event.type !== 'trading') return null
  const { sequence, time, state, after, cause } = event
  return { sequence, time, state, after, cause }
}

/** A portfolio event as the feeds hand it out; null where the event holds none. */
export function portfolioOf(event: SimulatorEvent): PortfolioRecord | null {
  if (event.type !== 'portfolio' && event.type !== 'finished') return null
  return { sequence: event.sequence, time: event.time, portfolio: event.portfolio }
}
