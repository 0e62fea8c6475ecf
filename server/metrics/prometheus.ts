import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DataCounts } from '../../engines/domain/quality.ts'
import type { Metrics, MetricsPage, Readings } from './port.ts'
import { RunTally } from './run-tally.ts'

/** Every name begins so. */
const PREFIX = 'aw_trade_'

/** From a batch that finds the database idle to one that waits for a disk, in seconds. */
const WRITE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Up to what the recorder puts into one transaction. */
const BATCH_EVENTS = [1, 10, 50, 100, 250, 500, 1_000, 2_000, 4_000]

const COUNTS: Readonly<Record<keyof DataCounts, readonly [name: string, help: string]>> = {
  received: ['market_messages_received_total', 'Market messages that reached the simulators, each once'],
  lost: ['market_messages_lost_total', 'Market messages that never arrived'],
  recovered: ['market_messages_recovered_total', 'Market messages that arrived after they were asked for again'],
  duplicates: ['market_messages_duplicate_total', 'Market messages that arrived more than once'],
  reordered: ['market_messages_reordered_total', 'Market messages that arrived out of their order'],
  gaps: ['feed_gaps_total', 'Holes noticed in the feeds and on the way to the engines'],
}

/** {@link Metrics} with the page on which Prometheus reads them. */
export interface Prometheus extends Metrics {
  /** Has what is only looked up read from there from now on; called once, when all parts are open. */
  read(readings: Readings): void
  page(): Promise<MetricsPage>
}

/** Gauges that are read from the running server when they are asked for. Labels have few values, and never an id. */
function addReadings(registry: Registry, readings: Readings): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  const family = (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count)
      },
    })
  }
  gauge('ready', '1 while the server is ready', () => Number(readings.ready()))
  gauge('simulations_running', 'Simulations that run', () => readings.simulations().running)
  gauge('simulations_warning', 'Simulations that warn of something now', () => readings.simulations().warning)
  gauge(
    'simulations_unrecorded',
    'Simulations whose market is not being recorded, though it should be',
    () => readings.simulations().unrecorded,
  )
  gauge('simulations_limit', 'How many simulations may run at once', () => readings.simulations().limit)
  gauge('store_queue_events', 'Events that wait to be written', () => readings.queue().waiting)
  gauge('store_queue_limit_events', 'How many events may wait to be written', () => readings.queue().bound)
  gauge('database_connections_limit', 'The most database connections', () => readings.pool().size)
  gauge('database_queries_waiting', 'Queries that wait for a database connection', () => readings.pool().waiting)
  family('database_connections', 'Open database connections by what they do', 'state', () => {
    const { open, idle } = readings.pool()
    return { active: open - idle, idle }
  })
  family('subscriptions', 'Open subscriptions by field', 'field', readings.subscriptions)
  gauge('taps', 'UDP subscriptions of the server itself', () => readings.taps().open)
  new Counter({
    name: `${PREFIX}tap_messages_total`,
    help: 'Messages that the server itself heard from streamers, by type',
    labelNames: ['type'],
    registers: [registry],
    collect() {
      const { ticks, books } = readings.taps()
      this.reset()
      this.inc({ type: 'tick' }, ticks)
      this.inc({ type: 'book' }, books)
    },
  })
  new Gauge({
    name: `${PREFIX}engines`,
    help: 'Engines that run, by role and state',
    labelNames: ['role', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { role, state } of readings.engines()) this.inc({ role, state })
    },
  })
}

/** Counts for Prometheus, in a registry of its own: several servers in one process do not mix. */
export function createPrometheus(): Prometheus {
  const registry = new Registry()
  const tally = new RunTally()
  const registers = [registry]
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: PREFIX + name, help, labelNames, registers })

  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const counts = Object.entries(COUNTS).map(
    ([key, [name, help]]) => [key as keyof DataCounts, counter(name, help)] as const,
  )
  const ticks = counter('ticks_total', 'Ticks that reached the simulators, each once')
  const signals = counter('signals_total', 'Signals by what risk decided on them', ['decision'])
  const fills = counter('fills_total', 'Fills, which are the trades of the API')
  const lapses = counter('lapsed_orders_total', 'Accepted orders that got nothing')
  const finished = counter('simulations_finished_total', 'Simulations that ended, by their final status', ['status'])
  const operations = counter('graphql_operations_total', 'GraphQL operations by type and outcome', ['type', 'outcome'])
  const failures = counter('store_write_failures_total', 'Attempts to write a batch that failed')
  const writeSeconds = new Histogram({
    name: `${PREFIX}store_write_seconds`,
    help: 'How long a batch of events took to become durable',
    buckets: WRITE_SECONDS,
    registers,
  })
  const batchEvents = new Histogram({
    name: `${PREFIX}store_batch_events`,
    help: 'Events and log lines of a batch',
    buckets: BATCH_EVENTS,
    registers,
  })

  return {
    written(events, seconds) {
      writeSeconds.observe(seconds)
      batchEvents.observe(events)
    },
    writeFailed: () => failures.inc(),
    happened(simulationId, events) {
      for (const event of tally.newEvents(simulationId, events)) {
        if (event.type === 'signal') signals.inc({ decision: event.decision.accepted ? 'accepted' : 'refused' })
        else if (event.type === 'fill') fills.inc()
        else if (event.type === 'lapsed') lapses.inc()
      }
    },
    heard(simulationId, quality) {
      const added = tally.newCounts(simulationId, quality)
      for (const [key, count] of counts) count.inc(added[key])
    },
    ticked: (simulationId, count) => ticks.inc(tally.newTicks(simulationId, count)),
    takenOver: (simulationId) => tally.goOn(simulationId),
    finished: (status) => finished.inc({ status }),
    forget: (simulationId) => tally.forget(simulationId),
    operation: (type, outcome) => operations.inc({ type, outcome }),
    read: (readings) => addReadings(registry, readings),
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}
