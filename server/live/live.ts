import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { FINAL_STATUSES, type SimulationStatus } from '../../engines/domain/simulation.ts'
import type {
  LiveEvents,
  LogRecord,
  OrderRecord,
  PortfolioRecord,
  SignalRecord,
  TradeRecord,
} from '../../schema/context.ts'
import { orderOf, portfolioOf, signalOf, tradeOf } from '../../schema/records.ts'
import { losslessBuffer, LOSSLESS_BOUND, newestBuffer, type Buffer } from '../bus/buffer.ts'
import { createTopics, type Topics } from '../bus/topics.ts'
import type { EventHistory, RunStore } from '../store/port.ts'
import { MissedEventsError, resumableFeed } from './resumable.ts'

export interface LiveOptions {
  readonly history: Omit<EventHistory, 'newest' | 'latestSwitch'>
  readonly runs: Pick<RunStore, 'find'>
  /** How many events may wait for one subscriber of a lossless feed; 10,000 unless told otherwise. */
  readonly bound?: number
}

/**
 * The live side of runs, with the doors by which what happens comes in.
 *
 * Whoever publishes keeps two orders: events are handed to the recorder (`append`, not awaited) BEFORE they are
 * published, so that a subscriber who comes in between finds them in the history; and a final status is written to
 * the store BEFORE it is published, so that a subscriber who comes in between sees that the run has ended.
 */
export interface Live extends LiveEvents {
  /** Events of one run, ascending. */
  publish(simulationId: string, events: readonly SimulatorEvent[]): void
  /** A final status ends all the run's feeds once they have given what they hold. */
  publishStatus(simulationId: string, status: SimulationStatus): void
  publishLogs(simulationId: string, lines: readonly LogRecord[]): void
  /** Portfolios that came another way than their run's other events; the newest wins. */
  publishPortfolios(simulationId: string, events: readonly SimulatorEvent[]): void
  /** What happened elsewhere may not have been heard here: a run's feeds (null: all) catch up from the store. */
  missed(simulationId: string | null): void
  /** Whether a run has a live feed open here. */
  wants(simulationId: string): boolean
  /** How many live feeds are open, over all runs. */
  subscribers(): number
  /** The same by the field of the API that they serve. */
  subscriptions(): Readonly<Record<LiveField, number>>
}

/** Some messages of a topic may not have been heard here: its feeds look into the store again. */
const MISSED = Symbol('missed')
/** The subscriptions of the API that are served from here. */
export type LiveField = 'signals' | 'trades' | 'orders' | 'logs' | 'portfolio' | 'simulation'

/** null ends the feeds of a topic. */
type Message<Item> = Item | null | typeof MISSED

/** Statuses only ever move forward; the rank tells a late reading of the store from a change. */
const RANK: Readonly<Record<SimulationStatus, number>> = {
  STARTING: 0,
  RUNNING: 1,
  STOPPING: 2,
  COMPLETED: 3,
  STOPPED: 3,
  FAILED: 3,
}

const isFinal = (status: SimulationStatus): boolean => FINAL_STATUSES.includes(status)

/** Joins live events with the store's history. */
export function createLive(options: LiveOptions): Live {
  const { history, runs } = options
  const bound = options.bound ?? LOSSLESS_BOUND
  const signals = createTopics<Message<SignalRecord>>()
  const trades = createTopics<Message<TradeRecord>>()
  const orders = createTopics<Message<OrderRecord>>()
  const logs = createTopics<Message<LogRecord>>()
  const portfolios = createTopics<Message<PortfolioRecord>>()
  const statuses = createTopics<SimulationStatus | typeof MISSED>()
  const open: Record<LiveField, number> = { signals: 0, trades: 0, orders: 0, logs: 0, portfolio: 0, simulation: 0 }

  const listen = <Item>(
    field: LiveField,
    topics: Topics<Item>,
    id: string,
    listener: (item: Item) => void,
  ): (() => void) => {
    const unsubscribe = topics.subscribe(id, listener)
    let listening = true
    open[field]++
    return () => {
      if (listening) open[field]--
      listening = false
      unsubscribe()
    }
  }
  const ended = async (id: string): Promise<boolean> => {
    const run = await runs.find(id)
    return run === null || isFinal(run.status)
  }
  const resumable = <Item extends { readonly sequence: number }>(
    field: LiveField,
    topics: Topics<Message<Item>>,
    id: string,
    after: number | null,
    read: (after: number, limit: number) => Promise<readonly Item[]>,
  ) => {
    const attach = (buffer: Buffer<Item>) =>
      listen(field, topics, id, (item) => {
        if (item === null) buffer.end()
        else if (item === MISSED) buffer.end(new MissedEventsError())
        else buffer.push(item)
      })
    return resumableFeed({ attach, read, ended: () => ended(id) }, after ?? 0, bound)
  }

  return {
    signals: (id, after) => resumable('signals', signals, id, after, (from, limit) => history.signals(id, from, limit)),
    trades: (id, after) => resumable('trades', trades, id, after, (from, limit) => history.trades(id, from, limit)),
    orders: (id, after) => resumable('orders', orders, id, after, (from, limit) => history.orders(id, from, limit)),
    logs: (id, after) => resumable('logs', logs, id, after, (from, limit) => history.logs(id, from, limit)),
    portfolios(id) {
      let newest = 0
      const buffer = newestBuffer<PortfolioRecord>(() => id, { onEnd: () => stop() })
      const stop = listen('portfolio', portfolios, id, (record) => {
        if (record === null) buffer.end()
        else if (record === MISSED) look()
        else if (record.sequence > newest) {
          newest = record.sequence
          buffer.push(record)
        }
      })
      const begin = async () => {
        const over = await ended(id)
        const stored = await history.latestPortfolio(id)
        if (stored !== null && stored.sequence > newest) {
          newest = stored.sequence
          buffer.push(stored)
        }
        if (over) buffer.end()
      }
      const look = () => void begin().catch((error: Error) => buffer.end(error))
      look()
      return buffer
    },
    statuses(id) {
      let rank = -1
      const buffer = losslessBuffer<SimulationStatus>(bound, () => stop())
      const give = (status: SimulationStatus | typeof MISSED) => {
        if (status === MISSED) return look()
        if (RANK[status] <= rank) return
        rank = RANK[status]
        buffer.push(status)
        if (isFinal(status)) buffer.end()
      }
      const stop = listen('simulation', statuses, id, give)
      const begin = async () => {
        const run = await runs.find(id)
        if (run === null) buffer.end()
        else give(run.status)
      }
      const look = () => void begin().catch((error: Error) => buffer.end(error))
      look()
      return buffer
    },
    publish(id, events) {
      for (const event of events) {
        const signal = signalOf(event)
        if (signal !== null) signals.publish(id, signal)
        const trade = tradeOf(event)
        if (trade !== null) trades.publish(id, trade)
        const order = orderOf(event)
        if (order !== null) orders.publish(id, order)
        const portfolio = portfolioOf(event)
        if (portfolio !== null) portfolios.publish(id, portfolio)
      }
    },
    publishStatus(id, status) {
      statuses.publish(id, status)
      if (!isFinal(status)) return
      signals.publish(id, null)
      trades.publish(id, null)
      orders.publish(id, null)
      logs.publish(id, null)
      portfolios.publish(id, null)
    },
    publishLogs(id, lines) {
      for (const line of lines) logs.publish(id, line)
    },
    publishPortfolios(id, events) {
      for (const event of events) {
        const portfolio = portfolioOf(event)
        if (portfolio !== null) portfolios.publish(id, portfolio)
      }
    },
    missed(id) {
      const all: readonly Pick<Topics<typeof MISSED>, 'publish' | 'publishAll'>[] = [
        signals,
        trades,
        orders,
        logs,
        portfolios,
        statuses,
      ]
      for (const topics of all) {
        if (id === null) topics.publishAll(MISSED)
        else topics.publish(id, MISSED)
      }
    },
    wants: (id) => [signals, trades, orders, logs, portfolios, statuses].some((topics) => topics.listeners(id) > 0),
    subscribers: () => Object.values(open).reduce((sum, count) => sum + count, 0),
    subscriptions: () => ({ ...open }),
  }
}
