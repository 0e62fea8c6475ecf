import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExposition, type Exposition } from '../support/server/exposition.ts'
import { openFreshPlatform, PATIENCE, type Platform } from '../support/server/platform.ts'

interface Counted {
  readonly trades: number
  readonly signals: number
  readonly received: number
}

const FIGURES = `query ($id: ID!) { simulation(id: $id) { dataQuality { received lost gaps } metrics { tradeCount } } }`

describe('what operators see of the server', () => {
  let platform: Platform

  beforeAll(async () => {
    platform = await openFreshPlatform({ DATABASE_POOL_SIZE: '4', STORE_QUEUE_EVENTS: '5000', SOURCE_LINGER_MS: '0' })
  })
  afterAll(() => platform.end())

  const metrics = async (): Promise<Exposition> =>
    parseExposition(await (await fetch(`${platform.server.url}/metrics`)).text())
  const sum = (page: Exposition, name: string): number =>
    page.series(`aw_trade_${name}`).reduce((total, { value }) => total + value, 0)
  const counted = (page: Exposition): Counted => ({
    trades: sum(page, 'fills_total'),
    signals: sum(page, 'signals_total'),
    received: sum(page, 'market_messages_received_total'),
  })
  /** The same as the API tells them of one run. */
  const told = async (id: string): Promise<Counted> => {
    const { simulation } = await platform.client.ask<{
      simulation: { dataQuality: { received: string }; metrics: { tradeCount: number } | null }
    }>(FIGURES, { id })
    const all = async (field: string): Promise<number> => {
      let found = 0
      const feed = platform.client.subscribe(
        `subscription ($id: ID!) { ${field}(simulationId: $id, after: "0") { sequence } }`,
        {
          id,
        },
      )
      for await (const { data } of feed) found += data === undefined ? 0 : 1
      return found
    }
    const trades = await all('trades')
    expect(simulation.metrics?.tradeCount).toBe(trades)
    return { trades, signals: await all('signals'), received: Number(simulation.dataQuality.received) }
  }
  const difference = (after: Counted, before: Counted): Counted => ({
    trades: after.trades - before.trades,
    signals: after.signals - before.signals,
    received: after.received - before.received,
  })

  it.each([
    ['a back-test', { mode: 'BACKTEST', source: 'tape:sample', algorithmParameters: { RSI_PERIOD: 5 } }, 'COMPLETED'],
    ['a live run', { mode: 'LIVE', durationSeconds: 4, algorithmParameters: { RSI_PERIOD: 3 } }, 'COMPLETED'],
  ])('%s moves the counters by the numbers that the API tells', { timeout: 40_000 }, async (_what, input, status) => {
    const before = await metrics()

    const { id } = await platform.start(input)
    await platform.reaches(id, status)

    const after = await metrics()
    const moved = difference(counted(after), counted(before))
    expect(moved).toEqual(await told(id))
    expect(moved.trades).toBeGreaterThan(0)
    expect(moved.received).toBeGreaterThan(0)
    expect(sum(after, 'market_messages_lost_total')).toBe(0)
    // Beside them there are books, and word of the feed.
    const ticks = sum(after, 'ticks_total') - sum(before, 'ticks_total')
    expect(ticks).toBeGreaterThan(moved.received / 10)
    expect(ticks).toBeLessThan(moved.received)
    const ended = (page: Exposition) => page.value('aw_trade_simulations_finished_total', { status }) ?? 0
    expect(ended(after) - ended(before)).toBe(1)
  })

  it('while a run goes on, its engines, subscriptions and taps are counted; afterwards they are gone', async () => {
    const { id } = await platform.running()
    const ticks = platform.client.subscribe('subscription ($id: ID!) { ticks(simulationId: $id) { price } }', { id })
    const logs = platform.client.subscribe('subscription ($id: ID!) { logs(simulationId: $id) { message } }', { id })
    await ticks.next()

    const page = await metrics()

    for (const role of ['STREAMER', 'ALGORITHM', 'SIMULATOR'])
      expect(page.value('aw_trade_engines', { role, state: 'running' }), role).toBeGreaterThan(0)
    expect(page.value('aw_trade_simulations_running')).toBe(1)
    expect(page.value('aw_trade_subscriptions', { field: 'ticks' })).toBe(1)
    await expect
      .poll(async () => (await metrics()).value('aw_trade_subscriptions', { field: 'logs' }), PATIENCE)
      .toBe(1)
    expect(page.value('aw_trade_taps')).toBe(1)
    expect(page.value('aw_trade_tap_messages_total', { type: 'tick' })).toBeGreaterThan(0)

    await ticks.return?.()
    await logs.return?.()
    await platform.stop(id)
    await expect
      .poll(async () => {
        const now = await metrics()
        return [sum(now, 'subscriptions'), sum(now, 'taps'), sum(now, 'engines'), sum(now, 'simulations_running')]
      }, PATIENCE)
      .toEqual([0, 0, 0, 0])
  })

  it('the store, the process and its event loop are measured, and no label holds an id', async () => {
    const page = await metrics()

    expect(page.value('aw_trade_ready')).toBe(1)
    expect(page.value('aw_trade_store_queue_limit_events')).toBe(5_000)
    expect(page.value('aw_trade_database_connections_limit')).toBe(4)
    expect(sum(page, 'database_connections')).toBeLessThanOrEqual(4)
    expect(page.value('aw_trade_store_write_seconds_count')).toBeGreaterThan(0)
    expect(page.value('aw_trade_store_batch_events_sum')).toBeGreaterThan(sum(page, 'fills_total'))
    expect(page.value('aw_trade_process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(page.value('aw_trade_nodejs_eventloop_lag_p99_seconds')).not.toBeNull()
    const names = [...page.types.keys()]
    expect(names.filter((name) => !name.startsWith('aw_trade_'))).toEqual([])
    const values = names.flatMap((name) => page.series(name).flatMap(({ labels }) => Object.values(labels)))
    expect(values.filter((value) => /[0-9a-f]{8}-[0-9a-f]{4}|U2ltdWxhdGlvb/.test(value))).toEqual([])
  })

  it('`/health` and the API tell the same of every component, each with its latency and since when', async () => {
    const { health } = await platform.client.ask<{
      health: {
        status: string
        components: { name: string; status: string; since: string; latencyMs: number | null }[]
      }
    }>('{ health { status components { name status message since latencyMs } } }')
    const response = await fetch(`${platform.server.url}/health`)
    const page = (await response.json()) as typeof health & { ready: boolean }

    expect([response.status, page.status, page.ready]).toEqual([200, 'up', true])
    const steady = ({ components }: typeof health) =>
      components.map(({ name, status, since }) => ({ name, status, since: Date.parse(since) }))
    expect(steady(page)).toEqual(steady(health))
    expect(health.components.map(({ name }) => name)).toEqual([
      'store',
      'configurations',
      'bus',
      'launcher',
      'simulations',
      'feed',
    ])
    for (const { since } of health.components) expect(Date.parse(since)).toBeLessThanOrEqual(Date.now())
    expect(health.components.find(({ name }) => name === 'store')?.latencyMs).toBeGreaterThan(0)
  })

  it('`launchers` tells what this server can launch engines with, the one that is taken first', async () => {
    const { launchers } = await platform.client.ask<{ launchers: readonly object[] }>(
      '{ launchers { kind available message } }',
    )

    expect(launchers[0]).toEqual({ kind: 'PROCESS', available: true, message: null })
    // A swarm must be asked for; whether Docker answers is this machine's affair.
    expect(launchers.slice(1)).toMatchObject([{ kind: 'DOCKER' }])
  })

  it('`resources` tells limits and use of the server, its database, its queue and its tapes', async () => {
    const { id } = await platform.running()
    const { resources } = await platform.client.ask<{ resources: Record<string, never> }>(`{ resources {
      cpuCount cpuLimit totalMemoryBytes memoryLimitBytes
      database { size open idle waiting } eventQueue { waiting bound } tapes { bytes limitBytes }
      engines { role memoryLimitBytes cpuLimit pidsLimit }
    } }`)
    const engine = (role: string) => ({ role, memoryLimitBytes: null, cpuLimit: null, pidsLimit: null })

    expect(resources).toMatchObject({
      database: { size: 4, waiting: expect.any(Number) as number },
      eventQueue: { bound: 5_000 },
      tapes: { limitBytes: '5000000000' },
      engines: expect.arrayContaining([engine('STREAMER'), engine('ALGORITHM'), engine('SIMULATOR')]) as unknown,
    })
    expect(Number(resources['tapes']?.['bytes'])).toBeGreaterThan(10_000)
    await platform.stop(id)
  })
})

describe('a market that is not recorded though it should be', () => {
  it('is told of by the run, by health, and to whoever watches', async () => {
    const platform = await openFreshPlatform({ RECORD_LIMIT_BYTES: '1', SOURCE_LINGER_MS: '0' })
    try {
      const { id } = await platform.running()
      type Told = {
        simulation: { warnings: string[] }
        health: { components: { name: string; message: string | null }[] }
      }
      const query = 'query ($id: ID!) { simulation(id: $id) { warnings } health { components { name message } } }'
      const { simulation, health } = await platform.client.ask<Told>(query, { id })
      const why = /This market is not being recorded: the tapes take \d+ bytes, and RECORD_LIMIT_BYTES allows 1\./
      expect(simulation.warnings).toEqual([expect.stringMatching(why)])
      expect(health.components.find(({ name }) => name === 'simulations')?.message).toMatch(why)
      const page = parseExposition(await (await fetch(`${platform.server.url}/metrics`)).text())
      expect(page.value('aw_trade_simulations_unrecorded')).toBe(1)
      await platform.stop(id)
    } finally {
      await platform.end()
    }
  })
})
