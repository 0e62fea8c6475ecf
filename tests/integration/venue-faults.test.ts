import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../engines/exchange-sandbox/server/server.ts'
import { gather, until, type Gathered } from '../support/time/gather.ts'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'
import { readRun, runReaches, startRun, stopRun } from '../support/server/session.ts'

interface TickView {
  readonly product: string
  readonly tradeId: string
}

interface LogView {
  readonly role: string
  readonly message: string
}

interface HealthView {
  readonly health: { readonly components: readonly { readonly name: string; readonly status: string }[] }
}

const SILENCE_MS = 1_500

describe('a venue with faults', () => {
  const dataDir = newDataDir()
  let sandbox: Sandbox
  let server: ServerProcess
  let client: GraphqlClient
  let id: string
  let ticks: Gathered<TickView>
  let log: Gathered<LogView>

  beforeAll(async () => {
    sandbox = await createSandbox({ market: { kind: 'generated', seed: 5, activity: 10 } })
    const venue = { COINBASE_WS_URL: sandbox.wsUrl, COINBASE_REST_URL: sandbox.restUrl }
    server = await startServer(dataDir.path, { ...venue, FEED_SILENCE_MS: String(SILENCE_MS) })
    client = createGraphqlClient(server.url)
    id = await startRun(client, { algorithm: 'rsi', source: 'coinbase', products: ['BTC-USD'] })
    await runReaches(client, id, 'RUNNING')
    ticks = gather(client, 'subscription ($id: ID!) { ticks(simulationId: $id) { product tradeId } }', { id })
    log = gather(client, 'subscription ($id: ID!) { logs(simulationId: $id) { role message } }', { id })
    await flows()
  })
  afterEach(() => {
    sandbox.faults.resume()
  })
  afterAll(async () => {
    await client.dispose()
    await server.stop()
    await sandbox.dispose()
    dataDir.remove()
  })

  const newestTrade = (): number => Number(ticks.items.at(-1)?.tradeId ?? 0)
  const said = (words: string): number => log.items.filter(({ message }) => message.includes(words)).length

  /** Trades that are younger than now arrive, and the run is as it was. */
  async function flows(): Promise<void> {
    const before = newestTrade()
    await until(() => {
      expect(newestTrade()).toBeGreaterThan(before + 5)
    })
    expect(await readRun(client, id)).toMatchObject({ status: 'RUNNING', statusReason: null })
  }

  it.each([
    ['breaks the connection', () => sandbox.faults.disconnect()],
    ['cuts it off as a slow consumer', () => sandbox.faults.cutSlowConsumer()],
    ['falls silent', () => sandbox.faults.silence()],
  ])('that %s is connected anew, says so in the log, and the run goes on', async (_what, strike) => {
    const before = [said('feed RECONNECTING'), said('feed CONNECTED')]
    expect(strike()).toBe(1)
    await until(() => {
      expect([said('feed RECONNECTING'), said('feed CONNECTED')]).toEqual(before.map((count) => count + 1))
    })
    await flows()
  })

  it('that sends garbage disturbs nothing', async () => {
    const before = said('feed ')
    expect(sandbox.faults.garbage()).toBe(1)
    await until(() => {
      expect(said('8 frames that are not of its protocol')).toBe(1)
    })
    await flows()
    expect(said('feed ')).toBe(before)
  })

  it('that loses trades is asked for them, and the run tells how many were missing and recovered', async () => {
    const refills = said('feed REFILLED')
    sandbox.faults.dropTrades('BTC-USD', 3)
    await until(() => {
      expect(said('feed REFILLED')).toBe(refills + 1)
    })
    await flows()
    await until(async () => {
      const { dataQuality } = await readRun(client, id)
      // What was missed while it was connected anew counts too.
      expect([dataQuality.gaps, dataQuality.lost]).toEqual([refills + 1, '0'])
      expect(Number(dataQuality.recovered)).toBeGreaterThanOrEqual(refills + 3)
    })
  })

  it('whose trades are lost for good goes on, and the run says how many', async () => {
    sandbox.faults.failRest(1_000)
    sandbox.faults.dropTrades('BTC-USD', 2)
    await until(async () => {
      expect(Number((await readRun(client, id)).dataQuality.lost)).toBeGreaterThanOrEqual(2)
    }, 30_000)
    expect(said('feed GAP')).toBeGreaterThan(0)
    sandbox.faults.failRest(0)
    await flows()
  }, 40_000)

  it('that lists a product and then refuses it fails the run with its own words, and no other run', async () => {
    sandbox.faults.refuse('ETH-USD', 'ETH-USD is under maintenance')
    const refused = await startRun(client, { algorithm: 'rsi', source: 'coinbase', products: ['ETH-USD'] })
    const run = await runReaches(client, refused, 'FAILED')
    expect(run.statusReason).toBe('The venue refuses ETH-USD: ETH-USD is under maintenance.')
    await flows()

    sandbox.faults.allow('ETH-USD')
    const allowed = await startRun(client, { algorithm: 'rsi', source: 'coinbase', products: ['ETH-USD'] })
    await runReaches(client, allowed, 'RUNNING')
    const seen = gather<TickView>(client, 'subscription ($id: ID!) { ticks(simulationId: $id) { product tradeId } }', {
      id: allowed,
    })
    await until(() => {
      expect(seen.items.map(({ product }) => product)).toContain('ETH-USD')
    })
    expect((await stopRun(client, allowed)).simulation?.status).toBe('STOPPED')
  })

  it('is a part of the health, by the name of feed', async () => {
    const { health } = await client.ask<HealthView>('{ health { components { name status } } }')
    expect(health.components).toContainEqual({ name: 'feed', status: 'up' })
  })

  it('leaves a run that can be stopped in order after all that', async () => {
    const { simulation, userErrors } = await stopRun(client, id)
    expect([simulation?.status, userErrors]).toEqual(['STOPPED', []])
    expect(simulation?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(ticks.errors).toEqual([])
  })
})
