import { EIGHTHS } from '../../../engines/domain/market/unit.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { FeedStatus, Tick } from '../../../engines/domain/market/market.ts'
import { formatAmount, formatCount } from '../../../engines/domain/money.ts'
import type { OrderUpdate } from '../../../engines/domain/trading/order.ts'
import { toFixed } from '../market/eighths.ts'
import { defaultsOf } from '../../../engines/domain/parameters.ts'
import type { KernelVersion } from '../../../engines/domain/simulation.ts'
import type { Side } from '../../../engines/domain/side.ts'
import type { Signal } from '../../../engines/domain/trading/signal.ts'
import { createSimulatorCore, type SimulatorCore, type SimulatorInput } from '../../../engines/simulator/core.ts'
import { simulatorParameters } from '../../../engines/simulator/parameters.ts'

/** Microseconds in a millisecond. */
export const MS = 1_000
let sequence = 0

export interface TickOptions {
  readonly spread?: number
  readonly size?: number
  readonly product?: string
}

/** A trade at `price`, quoted half the spread on either side. */
export function tick(
  ms: number,
  price: number,
  { spread = 0, size = 1e6, product = 'BTC-USD' }: TickOptions = {},
): Tick {
  sequence += 1
  return {
    type: 'tick',
    unit: EIGHTHS,
    sequence,
    time: ms * MS,
    product,
    price: toFixed(price),
    size: 1,
    bid: toFixed(price - spread / 2),
    bidSize: toFixed(size),
    ask: toFixed(price + spread / 2),
    askSize: toFixed(size),
    tradeId: sequence,
    takerSide: 'BUY',
  }
}

/** A signal at the newest tick. */
export function signal(ms: number, side: Side, confidence = 1, product = 'BTC-USD'): Signal {
  const rest = { price: 0, indicator: 0, reason: 'test', cause: sequence }
  return { type: 'signal', unit: EIGHTHS, product, side, confidence, time: ms * MS, ...rest }
}

/** A change of the feed's condition. */
export function feed(ms: number, state: FeedStatus['state'] = 'RECONNECTING', product = ''): FeedStatus {
  sequence += 1
  return { type: 'feed', sequence, time: ms * MS, state, product, count: 0, detail: 'test' }
}

/** A simulator without fees, with some of its parameters changed. */
export function core(changes: Record<string, unknown> = {}, version?: KernelVersion): SimulatorCore {
  return createSimulatorCore({ ...defaultsOf(simulatorParameters), TRADING_FEE_PCT: 0, ...changes }, version)
}

/** The same, by the rules of before orders could rest. */
export const firstCore = (changes: Record<string, unknown> = {}): SimulatorCore => core(changes, 1)

/** Feeds a simulator, and gathers what it tells. */
export function feedAll(simulator: SimulatorCore, inputs: readonly SimulatorInput[]): SimulatorEvent[] {
  const events: SimulatorEvent[] = []
  for (const input of inputs) simulator.step(input, (event) => events.push(event))
  return events
}

/** An order's number, state and what it has got. */
function orderLine({ id, state, reason, filled, quantity }: OrderUpdate): string {
  return `${id} ${state} ${formatAmount(filled)}/${formatAmount(quantity)}${reason === null ? '' : ` ${reason}`}`
}

/** One line an event, without the figures that a test does not look at. */
export function told(events: readonly SimulatorEvent[]): string[] {
  return events.map((event) => {
    const at = `${event.sequence} ${event.time / MS}ms ${event.type}`
    if (event.type === 'signal') {
      return `${at} ${event.decision.accepted ? formatAmount(event.decision.quantity) : event.decision.reason}`
    }
    if (event.type === 'fill') {
      const { side, quantity, price, positionAfter, signalSequence } = event.fill
      const figures = [quantity, price, positionAfter].map(formatAmount).join(' ')
      return `${at} ${side} ${figures} for ${signalSequence}`
    }
    if (event.type === 'lapsed') {
      return `${at} ${event.side} ${formatAmount(event.quantity)} for ${event.signalSequence}: ${event.reason}`
    }
    if (event.type === 'portfolio') return `${at} ${formatAmount(event.portfolio.equity)}`
    if (event.type === 'candle') {
      const { product, unit, open, high, low, close } = event.candle
      return `${at} ${product} ${[open, high, low, close].map((price) => formatCount(price, unit.price)).join(' ')}`
    }
    if (event.type === 'feed') return `${at} ${event.status.state}`
    if (event.type === 'finished') return `${at} ${event.fills}`
    if (event.type === 'order') return `${at} ${orderLine(event.order)}`
    if (event.type === 'roundTrip') {
      const { direction, quantity, netPnl, exitReason } = event.roundTrip
      return `${at} ${direction} ${formatAmount(quantity)} ${formatAmount(netPnl)} ${exitReason}`
    }
    if (event.type === 'liquidation')
      return `${at} ${event.liquidation.reason} ${formatAmount(event.liquidation.equity)}`
    return `${at} ${event.state} after ${event.after}: ${event.cause}`
  })
}
