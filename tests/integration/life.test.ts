import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  embeddedUrl,
  expectContiguous,
  FINAL,
  makeTape,
  openFreshPlatform,
  openPlatform,
  PATIENCE,
  type Platform,
  type SimulationView,
} from '../support/server/platform.ts'
import { busy } from '../support/server/busy-runs.ts'
import { gather, until } from '../support/time/gather.ts'
import { descendantsOf, enginesOf, isRunning, stillRunning } from '../support/processes.ts'
import { newDataDir } from '../support/server/server-process.ts'

/** Long enough that one test's streamer still serves the next. */
const LINGER_MS = 1_000

const pidOf = (run: SimulationView, role: string): number =>
  run.engines.find((engine) => engine.role === role)?.pid ?? expect.fail(`there is no ${role}`)

describe('the life of a simulation', () => {
  let platform: Platform

  beforeAll(async () => {
    platform = await openFreshPlatform({ SOURCE_LINGER_MS: String(LINGER_MS) })
  })
  afterAll(async () => {
    // Of none of the tests is an engine left, once the streamers have lingered.
    await vi.waitFor(() => expect(enginesOf(platform.server.pid)).toEqual([]), PATIENCE)
    await platform.end()
  })

  it('leaves nothing of a live run when it is stopped, and its streamer only for a while', async () => {
    const run = await platform.running()
    const own = [pidOf(run, 'ALGORITHM'), pidOf(run, 'SIMULATOR')]
    const streamer = pidOf(run, 'STREAMER')
    expect([...own, streamer].filter(isRunning)).toEqual([...own, streamer])

    const stopped = await platform.stop(run.id)

    expect(own.filter(isRunning)).toEqual([])
    expect(stopped.userErrors).toEqual([])
    expect(stopped.simulation).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
    expect((await platform.look(run.id)).engines.toSorted((a, b) => a.role.localeCompare(b.role))).toMatchObject([
      { role: 'ALGORITHM', state: 'exited' },
      { role: 'SIMULATOR', state: 'exited' },
      { role: 'STREAMER', state: 'released', pid: null },
    ])
    await expect.poll(() => isRunning(streamer), PATIENCE).toBe(false)
  })

  it('stores every event of a run that is stopped, numbered without a hole', async () => {
    const run = await platform.running({ products: ['BTC-USD', 'ETH-USD'], simulatorParameters: { MIN_CONFIDENCE: 0 } })
    await expect
      .poll(async () => Number((await platform.look(run.id)).dataQuality.received), PATIENCE)
      .toBeGreaterThan(100)

    const { simulation } = await platform.stop(run.id)

    const events = await expectContiguous(embeddedUrl(platform.server.dataDir), run.id)
    expect(events).toBeGreaterThan(0)
    expect(simulation?.dataQuality.lost).toBe('0')
    expect(simulation?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  })

  it('changes what a run may do where its stream stands, and tells its orders as they stand and as they came to', async () => {
    const { client } = platform
    const set = async (id: string, state: string) =>
      (
        await client.ask<{ setTrading: { simulation: object | null; userErrors: readonly object[] } }>(
          `mutation ($id: ID!, $state: TradingState!) { setTrading(input: { simulationId: $id, state: $state }) {
             simulation { trading tradingChanges { state after cause } } userErrors { code } } }`,
          { id, state },
        )
      ).setTrading
    const run = await platform.running({ ...busy, products: ['BTC-USD'] })
    const orders = gather<{ orderId: string; state: string; sequence: string }>(
      client,
      'subscription ($id: ID!) { orders(simulationId: $id) { orderId state sequence } }',
      { id: run.id },
    )
    await until(() => expect(orders.items.some(({ state }) => state === 'FILLED')).toBe(true))

    const halted = await set(run.id, 'HALTED')
    expect(halted.userErrors).toEqual([])
    const [change] = (halted.simulation as { tradingChanges: { after: string }[] }).tradingChanges
    expect(halted.simulation).toEqual({
      trading: 'HALTED',
      tradingChanges: [{ ...change, state: 'HALTED', cause: 'SWITCH' }],
    })
    expect(Number(change?.after)).toBeGreaterThan(0)
    expect((await set(run.id, 'HALTED')).userErrors).toEqual([])
    await platform.stop(run.id)
    expect((await set(run.id, 'ACTIVE')).userErrors).toEqual([{ code: 'NOT_RUNNING' }])
    const { simulation: switched } = await client.ask<{ simulation: { tradingSwitches: string } }>(
      'query ($id: ID!) { simulation(id: $id) { tradingSwitches } }',
      { id: run.id },
    )
    expect(switched.tradingSwitches).toMatch(new RegExp(`^${change?.after}(\\.\\d+)?:HALTED$`))

    await until(() => expect(orders.ended()).toBe(true))
    const newest = new Map(orders.items.map((order) => [order.orderId, order]))
    const stored = await client.ask<{ simulation: { orders: { edges: { node: object }[] } } }>(
      'query ($id: ID!) { simulation(id: $id) { orders(first: 100) { edges { node { orderId state sequence } } } } }',
      { id: run.id },
    )
    expect(stored.simulation.orders.edges.map(({ node }) => node)).toEqual([...newest.values()].slice(0, 100))
    await expectContiguous(embeddedUrl(platform.server.dataDir), run.id)
  })

  it("tells the simulator's parameters as JSON Schema, with the defaults that a run gets", async () => {
    const { simulatorParametersSchema: schema } = await platform.client.ask<{
      simulatorParametersSchema: { properties: Record<string, { default: unknown; title: string; maximum?: number }> }
    }>('{ simulatorParametersSchema }')
    const run = await platform.running()
    const { simulation } = await platform.client.ask<{ simulation: { simulatorParameters: unknown } }>(
      'query ($id: ID!) { simulation(id: $id) { simulatorParameters } }',
      { id: run.id },
    )
    await platform.stop(run.id)

    const defaults = Object.entries(schema.properties).map(([key, property]) => [key, property.default])
    expect(simulation.simulatorParameters).toEqual(Object.fromEntries(defaults))
    expect(schema.properties['MIN_CONFIDENCE']).toMatchObject({ title: 'Least confidence', maximum: 1 })
  })

  it('serves several algorithms from one streamer, which goes on while one of them is left', async () => {
    // The streamers of the tests before are gone before this one counts its own.
    await expect.poll(() => enginesOf(platform.server.pid), PATIENCE).toEqual([])
    // Of every size that coins have, and priced in dollars and in coins.
    const [dollars, coins] = [['BTC-USD', 'SHIB-USD', 'PEPE-USD'], ['ETH-BTC']] as const
    const simulatorParameters = { MIN_CONFIDENCE: 0 }
    const algorithmParameters = { RSI_PERIOD: 2, SIGNAL_COOLDOWN_MS: 0 }
    const [rsi, imbalance] = await Promise.all([
      platform.running({ algorithm: 'rsi', products: dollars, algorithmParameters, simulatorParameters }),
      platform.running({
        algorithm: 'order-book-imbalance',
        products: coins,
        algorithmParameters: { IMBALANCE_THRESHOLD: 0.1, SIGNAL_COOLDOWN_MS: 0 },
        simulatorParameters: { ...simulatorParameters, INITIAL_CAPITAL: 2 },
      }),
    ])
    expect(pidOf(rsi, 'STREAMER')).toBe(pidOf(imbalance, 'STREAMER'))
    expect(enginesOf(platform.server.pid, 'streamer')).toHaveLength(1)
    expect(enginesOf(platform.server.pid, 'exchange-sandbox')).toHaveLength(1)

    type Traded = { simulation: { trades: { edges: { node: { product: string; price: string } }[] } } }
    const traded = async (id: string) => {
      const query =
        'query ($id: ID!) { simulation(id: $id) { trades(first: 100) { edges { node { product price } } } } }'
      const { simulation } = await platform.client.ask<Traded>(query, { id })
      return new Map(simulation.trades.edges.map(({ node }) => [node.product, node.price]))
    }
    await expect.poll(async () => [...(await traded(rsi.id)).keys()].sort(), PATIENCE).toEqual([...dollars].sort())
    await expect.poll(async () => [...(await traded(imbalance.id)).keys()], PATIENCE).toEqual(coins)
    expect((await traded(rsi.id)).get('PEPE-USD')).toMatch(/^0\.00000\d{4,}$/)

    const stopped = await platform.stop(rsi.id)
    expect(stopped.simulation?.status).toBe('STOPPED')
    expect((await platform.look(imbalance.id)).status).toBe('RUNNING')
    expect(isRunning(pidOf(imbalance, 'STREAMER'))).toBe(true)
    await platform.stop(imbalance.id)
  })

  it('gives another seed a market and a streamer of its own', async () => {
    const [one, two] = await Promise.all([platform.running({ seed: 1 }), platform.running({ seed: 2 })])

    expect(pidOf(one, 'STREAMER')).not.toBe(pidOf(two, 'STREAMER'))

    await Promise.all([platform.stop(one.id), platform.stop(two.id)])
  })

  it('completes a live run after its duration', async () => {
    const { id } = await platform.start({ durationSeconds: 1 })

    const run = await platform.reaches(id, 'COMPLETED')

    const took = Date.parse(run.endedAt ?? '') - Date.parse(run.startedAt ?? '')
    expect(took).toBeGreaterThanOrEqual(1_000)
    expect(run.statusReason).toBeNull()
  })

  it('plays a tape to its end, with the same fills through processes and in one', async () => {
    const input = { source: 'tape:sample', products: ['BTC-USD'], simulatorParameters: { MIN_CONFIDENCE: 0 } }
    const runs = await Promise.all([
      platform.start({ ...input, mode: 'REPLAY', speed: 600 }),
      platform.start({ ...input, mode: 'BACKTEST' }),
    ])

    const [replayed, tested] = await Promise.all(runs.map(({ id }) => platform.reaches(id, 'COMPLETED')))

    expect(replayed?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(replayed?.fingerprint).toBe(tested?.fingerprint)
    const url = embeddedUrl(platform.server.dataDir)
    const counts = await Promise.all(runs.map(({ id }) => expectContiguous(url, id)))
    expect(counts[0]).toBe(counts[1])

    // What its orders took is taken over into other runs, which draw it the same each time.
    const { simulation } = await platform.client.ask<{
      simulation: { latency: { signalToFill: { distribution: string } } }
    }>('query ($id: ID!) { simulation(id: $id) { latency { signalToFill { distribution } } } }', { id: runs[0]?.id })
    const LATENCY_DISTRIBUTION = simulation.latency.signalToFill.distribution
    const frozen = { ...input.simulatorParameters, LATENCY_DISTRIBUTION, LATENCY_SEED: 3 }
    const late = { ...input.simulatorParameters, ORDER_LATENCY_MS: 250 }
    const again = await Promise.all([
      platform.start({ ...input, mode: 'BACKTEST', simulatorParameters: frozen }),
      platform.start({ ...input, mode: 'BACKTEST', simulatorParameters: frozen }),
      platform.start({ ...input, mode: 'REPLAY', speed: 600, simulatorParameters: late }),
    ])
    const [once, twice, held] = await Promise.all(again.map(({ id }) => platform.reaches(id, 'COMPLETED')))
    expect(once?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(once?.fingerprint).toBe(twice?.fingerprint)
    // Also where orders are held back before they reach the market, each that was filled is measured.
    const { simulation: measured } = await platform.client.ask<{
      simulation: { trades: { edges: readonly unknown[] }; latency: Record<string, { count: number } | null> }
    }>(
      `query ($id: ID!) { simulation(id: $id) {
        trades(first: 100) { edges { cursor } } latency { tickToSignal { count } signalToFill { count } tickToFill { count } }
      } }`,
      { id: held?.id },
    )
    const count = measured.trades.edges.length
    expect(count).toBeGreaterThan(0)
    expect(measured.latency).toMatchObject({ signalToFill: { count }, tickToFill: { count } })
  })

  it.each([{ mode: 'BACKTEST' }, { mode: 'REPLAY', speed: 1_000 }])(
    'says of a run ($mode) that was to be switched where its market never came that it does not repeat another',
    async (mode) => {
      const simulatorParameters = { TRADING_SWITCHES: '0:REDUCING 999999999:ACTIVE' }
      const { id } = await platform.start({ ...mode, source: 'tape:sample', simulatorParameters })
      await platform.reaches(id, 'COMPLETED')
      const { simulation } = await platform.client.ask<{
        simulation: { warnings: readonly string[]; trading: string }
      }>('query ($id: ID!) { simulation(id: $id) { warnings trading } }', { id })
      expect(simulation.trading).toBe('REDUCING')
      expect(simulation.warnings).toContainEqual(
        expect.stringMatching(/^1 of the switches in TRADING_SWITCHES had no place: the market ended before/),
      )
    },
  )

  it('stops a run that is still starting', async () => {
    const { id, status } = await platform.start({ seed: 7 })
    expect(status).toBe('STARTING')

    const stopped = await platform.stop(id)

    expect(stopped.simulation?.status).toBe('STOPPED')
    expect(stopped.simulation?.engines.filter(({ role, pid }) => role !== 'STREAMER' && pid && isRunning(pid))).toEqual(
      [],
    )
  })

  it('stops a run once when it is told twice at once, and tells the second so', async () => {
    const run = await platform.running()

    const [first, second] = await Promise.all([platform.stop(run.id), platform.stop(run.id)])

    const codes = [first, second].flatMap(({ userErrors }) => userErrors.map(({ code }) => code))
    expect(codes).toEqual(['ALREADY_STOPPED'])
    expect(await platform.look(run.id)).toMatchObject({ status: 'STOPPED' })
    expect((await platform.stop(run.id)).userErrors).toMatchObject([{ code: 'ALREADY_STOPPED' }])
  })

  it('tells each change of status once and in order', async () => {
    const { id } = await platform.start()
    const seen: string[] = []
    const feed = platform.client.subscribe<{ simulation: { status: string } }>(
      `subscription ($id: ID!) { simulation(id: $id) { status } }`,
      { id },
    )
    for await (const { data } of feed) {
      const status = data?.simulation.status ?? 'nothing'
      seen.push(status)
      if (status === 'RUNNING') void platform.stop(id)
      if (FINAL.includes(status)) break
    }
    expect(seen.slice(seen.indexOf('RUNNING'))).toEqual(['RUNNING', 'STOPPING', 'STOPPED'])
  })
})

describe('the end of a server with simulations under way', () => {
  const directory = newDataDir()
  let platform: Platform

  beforeAll(async () => {
    makeTape(directory.path)
    platform = await openPlatform(directory.path)
  })
  afterAll(async () => {
    await platform.end()
    directory.remove()
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends all in order on %s', { timeout: 60_000 }, async (signal) => {
    const runs = [
      await platform.running(),
      await platform.start({ seed: 3 }),
      await platform.running({ mode: 'REPLAY', source: 'tape:sample', speed: 1 }),
    ]
    const below = descendantsOf(platform.server.pid)
    expect(below.some(({ command }) => command.includes('postgres'))).toBe(true)

    process.kill(platform.server.pid, signal)
    const exit = await platform.server.exited

    expect(exit).toEqual({ code: 0, signal: null })
    expect(stillRunning(below)).toEqual([])

    await platform.client.dispose()
    // It tells what became of them, and is the next one to be ended.
    platform = await openPlatform(directory.path)
    const ended = await Promise.all(runs.map(({ id }) => platform.look(id)))
    expect(ended.map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED', 'STOPPED'])
    // Nothing of it had to be cut short.
    for (const { statusReason } of ended) expect(statusReason).toBe('Stopped because its server was shut down.')
  })
})
