import { expect, it } from 'vitest'
import { NO_DATA_YET } from '../../engines/domain/quality.ts'
import { sampleEvents } from '../../tests/support/engines/events.ts'
import { parseExposition } from '../../tests/support/server/exposition.ts'
import { createPrometheus, type Prometheus } from './prometheus.ts'

const read = async (metrics: Prometheus) => parseExposition((await metrics.page()).body)

const count = (type: string) => sampleEvents(1, 30).filter((event) => event.type === type).length

it('counts an event once, though an engine hands it over again', async () => {
  const metrics = createPrometheus()

  metrics.happened('a', sampleEvents(1, 20))
  metrics.happened('a', sampleEvents(11, 30))
  metrics.happened('b', sampleEvents(1, 30))

  const page = await read(metrics)
  expect(count('fill')).toBeGreaterThan(0)
  expect(page.value('aw_trade_fills_total')).toBe(2 * count('fill'))
  const signals = page.series('aw_trade_signals_total').reduce((sum, { value }) => sum + value, 0)
  expect(signals).toBe(2 * count('signal'))
})

it('adds up what runs report of their messages since their start', async () => {
  const metrics = createPrometheus()

  metrics.heard('a', { ...NO_DATA_YET, received: 100, gaps: 1, lost: 2 })
  metrics.heard('a', { ...NO_DATA_YET, received: 90, gaps: 1, lost: 2 })
  metrics.heard('a', { ...NO_DATA_YET, received: 130, gaps: 2, lost: 5, duplicates: 1 })
  metrics.heard('b', { ...NO_DATA_YET, received: 10 })
  for (const count of [60, 50, 80]) metrics.ticked('a', count)
  metrics.ticked('b', 5)

  const page = await read(metrics)
  expect(page.value('aw_trade_market_messages_received_total')).toBe(140)
  expect(page.value('aw_trade_ticks_total')).toBe(85)
  expect(page.value('aw_trade_market_messages_lost_total')).toBe(5)
  expect(page.value('aw_trade_market_messages_duplicate_total')).toBe(1)
  expect(page.value('aw_trade_feed_gaps_total')).toBe(2)
})

it('does not count again what another server has counted of a run that is taken over from it', async () => {
  const metrics = createPrometheus()

  metrics.takenOver('a')
  metrics.heard('a', { ...NO_DATA_YET, received: 1_000, gaps: 1 })
  metrics.heard('a', { ...NO_DATA_YET, received: 1_030, gaps: 3 })
  for (const count of [500, 520]) metrics.ticked('a', count)

  const page = await read(metrics)
  expect(page.value('aw_trade_market_messages_received_total')).toBe(30)
  expect(page.value('aw_trade_ticks_total')).toBe(20)
  expect(page.value('aw_trade_feed_gaps_total')).toBe(2)
})

it('reads gauges when it is asked, and forgets label values that are gone', async () => {
  const metrics = createPrometheus()
  let engines: { role: 'STREAMER' | 'SIMULATOR'; state: string }[] = [
    { role: 'STREAMER', state: 'running' },
    { role: 'SIMULATOR', state: 'running' },
    { role: 'SIMULATOR', state: 'running' },
  ]
  let ticks = 5
  metrics.read({
    queue: () => ({ waiting: 3, bound: 10 }),
    pool: () => ({ size: 10, open: 4, idle: 1, waiting: 2 }),
    subscriptions: () => ({ ticks: 2, trades: 0 }),
    taps: () => ({ open: 1, ticks, books: 2 }),
    engines: () => engines,
    simulations: () => ({ running: 3, limit: 64, warning: 2, unrecorded: 1 }),
    ready: () => true,
  })

  const first = await read(metrics)
  ticks = 9
  engines = [{ role: 'STREAMER', state: 'stopping' }]
  const second = await read(metrics)

  expect(first.value('aw_trade_simulations_warning')).toBe(2)
  expect(first.value('aw_trade_simulations_unrecorded')).toBe(1)
  expect(first.value('aw_trade_engines', { role: 'SIMULATOR', state: 'running' })).toBe(2)
  expect(second.series('aw_trade_engines')).toEqual([
    { name: 'aw_trade_engines', labels: { role: 'STREAMER', state: 'stopping' }, value: 1 },
  ])
  expect(first.value('aw_trade_database_connections', { state: 'active' })).toBe(3)
  expect(first.value('aw_trade_subscriptions', { field: 'ticks' })).toBe(2)
  expect(first.value('aw_trade_store_queue_limit_events')).toBe(10)
  expect(first.value('aw_trade_ready')).toBe(1)
  expect([first, second].map((page) => page.value('aw_trade_tap_messages_total', { type: 'tick' }))).toEqual([5, 9])
})

it('measures writes, the event loop and the process', async () => {
  const metrics = createPrometheus()

  metrics.written(4_000, 0.2)
  metrics.written(3, 0.004)
  metrics.writeFailed()

  const page = await read(metrics)
  expect(page.value('aw_trade_store_write_seconds_count')).toBe(2)
  expect(page.value('aw_trade_store_write_seconds_bucket', { le: '0.005' })).toBe(1)
  expect(page.value('aw_trade_store_batch_events_sum')).toBe(4_003)
  expect(page.value('aw_trade_store_write_failures_total')).toBe(1)
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
  ]) {
    expect(page.value(`aw_trade_${name}`), name).not.toBeNull()
  }
})

it.each([
  ['without a line feed at its end', '# HELP a b\n# TYPE a gauge\na 1'],
  ['with a sample that nothing introduces', 'a 1\n'],
  ['with a label that is not closed', '# HELP a b\n# TYPE a gauge\na{x="1} 1\n'],
  ['with a series that comes twice', '# HELP a b\n# TYPE a gauge\na 1\na 2\n'],
  ['with a value that is none', '# HELP a b\n# TYPE a gauge\na one\n'],
  [
    'with buckets that fall',
    '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
  ],
])('the reader of these tests refuses a page %s', (_what, text) => {
  expect(() => parseExposition(text)).toThrow()
})
