import { createServer, type AddressInfo } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SINK_BOUND } from '../../../engines/edge/sink/event-sink.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../server/boot/postgres.ts'
import { expectContiguous, makeTape, openPlatform, PATIENCE, type Platform } from '../../support/server/platform.ts'
import { enginesOf } from '../../support/processes.ts'
import { layCluster } from '../../support/stores/cluster.ts'
import { temporaryDirectory } from '../../support/stores/postgres.ts'
import { newDataDir } from '../../support/server/server-process.ts'

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** A PostgreSQL of somebody else's, which goes away and comes back at the same address. */
class Elsewhere {
  #server: EmbeddedPostgres | null = null
  readonly #dataDir: string
  readonly #port: number

  constructor(dataDir: string, port: number) {
    this.#dataDir = dataDir
    this.#port = port
  }

  async come(): Promise<string> {
    const settings = ['fsync=off', 'shared_buffers=32MB']
    this.#server = await startEmbeddedPostgres({ dataDir: this.#dataDir, port: this.#port, settings })
    return this.#server.url
  }

  async go(): Promise<void> {
    await this.#server?.dispose()
    this.#server = null
  }
}

/** Makes a database refuse writes, as one does that has become a standby, or take them again. */
async function setReadOnly(url: string, readOnly: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const others = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1'
  try {
    await client.query('SET default_transaction_read_only = off')
    await client.query(`ALTER DATABASE aw_trade SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`)
    await client.query(others, ['aw_trade'])
  } finally {
    await client.end()
  }
}

interface Component {
  readonly name: string
  readonly status: string
  readonly message: string | null
}

describe('while the database is away', () => {
  const directory = newDataDir()
  let home: Awaited<ReturnType<typeof temporaryDirectory>>
  let postgres: Elsewhere
  let url: string
  let platform: Platform

  beforeAll(async () => {
    home = await temporaryDirectory()
    layCluster(home.path)
    postgres = new Elsewhere(home.path, await freePort())
    url = await postgres.come()
    makeTape(directory.path)
    // Before the server is there: while a tape is made this process answers nothing, and kept connections go stale.
    makeTape(directory.path, 'long', 500)
    platform = await openPlatform(directory.path, {
      DATABASE_URL: url,
      SOURCE_LINGER_MS: '0',
      STORE_QUEUE_EVENTS: '1000',
    })
  })
  afterAll(async () => {
    await platform.end()
    await postgres.go()
    await home.remove()
    directory.remove()
  })

  const store = async (): Promise<Component | undefined> => {
    const { health } = await platform.client.ask<{ health: { components: Component[] } }>(
      '{ health { components { name status message } } }',
    )
    return health.components.find(({ name }) => name === 'store')
  }
  const wholeLog = async (id: string): Promise<string> => {
    const lines: string[] = []
    const feed = platform.client.subscribe<{ logs: { level: string; message: string } }>(
      'subscription ($id: ID!) { logs(simulationId: $id, after: "0") { level message } }',
      { id },
    )
    for await (const { data } of feed) lines.push(`${data?.logs.level}: ${data?.logs.message}`)
    return lines.join('\n')
  }
  const ready = async (): Promise<number> => (await fetch(`${platform.server.url}/ready`)).status

  it('a run goes on, says so, and has everything written once when it is back', { timeout: 60_000 }, async () => {
    const { id } = await platform.running({ mode: 'REPLAY', source: 'tape:sample', speed: 15 })
    await expect.poll(async () => (await platform.look(id)).dataQuality.received, PATIENCE).not.toBe('0')

    await postgres.go()

    await expect.poll(ready, PATIENCE).toBe(503)
    expect(await store()).toMatchObject({ status: 'down' })
    await expect
      .poll(async () => Number(/(\d+) of at most/.exec((await store())?.message ?? '')?.[1]), PATIENCE)
      .toBeGreaterThan(20)
    expect(enginesOf(platform.server.pid)).toHaveLength(3)

    await postgres.come()

    await expect.poll(ready, PATIENCE).toBe(200)
    const run = await platform.reaches(id, 'COMPLETED')
    const log = await wholeLog(id)
    expect(log).toMatch(/^warn: The database cannot be reached \(.+\)\. The simulation goes on/m)
    expect(log).toMatch(/^info: The database answers again/m)
    expect(run.dataQuality.lost).toBe('0')
    const { id: same } = await platform.start({ mode: 'BACKTEST', source: 'tape:sample' })
    expect((await platform.reaches(same, 'COMPLETED')).fingerprint).toBe(run.fingerprint)
    expect(await expectContiguous(url, id)).toBe(await expectContiguous(url, same))
  })

  it(
    'nothing new is started, with a reason; a stop ends engines at once, and is written later',
    { timeout: 60_000 },
    async () => {
      const run = await platform.running()
      await postgres.go()

      const refused = await platform.tell({})
      expect(refused.simulation).toBeNull()
      expect(refused.userErrors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])
      expect(refused.userErrors[0]?.message).toContain('The database cannot be reached')

      const stopping = platform.stop(run.id)
      await expect.poll(() => enginesOf(platform.server.pid), { timeout: 2_500, interval: 25 }).toEqual([])
      expect((await stopping).userErrors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])

      await postgres.come()
      const stopped = await platform.reaches(run.id, 'STOPPED')
      expect(stopped.statusReason).toBe('Stopped on request.')
      await expectContiguous(url, run.id)
    },
  )

  it(
    'or takes no writes, each run warns, and has everything written when it does again',
    { timeout: 60_000 },
    async () => {
      const { id } = await platform.running({ mode: 'REPLAY', source: 'tape:sample', speed: 15 })
      const warnings = async (): Promise<string> => {
        const { simulation } = await platform.client.ask<{ simulation: { warnings: string[] } }>(
          'query ($id: ID!) { simulation(id: $id) { warnings } }',
          { id },
        )
        return simulation.warnings.join()
      }
      expect(await warnings()).toBe('')

      await setReadOnly(url, true)

      await expect
        .poll(warnings, PATIENCE)
        .toMatch(/^Events cannot be stored \(.*read-only.*\); \d+ of at most 1000 wait/)
      expect(await store()).toMatchObject({ status: 'degraded' })
      expect(await ready()).toBe(503)

      expect((await platform.tell({})).userErrors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])

      await setReadOnly(url, false)

      const run = await platform.reaches(id, 'COMPLETED')
      expect(run.dataQuality.lost).toBe('0')
      expect(await warnings()).toBe('')
      expect(await expectContiguous(url, id)).toBeGreaterThan(100)
    },
  )

  it('memory is bounded: the engines wait, and nothing is lost', { timeout: 60_000 }, async () => {
    const input = { source: 'tape:long', products: ['BTC-USD', 'ETH-USD'], algorithmParameters: { RSI_PERIOD: 2 } }
    const { id: reference } = await platform.start({ ...input, mode: 'BACKTEST' })
    const expected = await platform.reaches(reference, 'COMPLETED')
    const events = await expectContiguous(url, reference)
    expect(events).toBeGreaterThan(9_000)
    const { id } = await platform.running({ ...input, mode: 'REPLAY', speed: 100 })
    await postgres.go()

    const waiting = async (): Promise<number> =>
      Number(/(\d+) of at most/.exec((await store())?.message ?? '')?.[1] ?? 0)
    await expect.poll(waiting, PATIENCE).toBeGreaterThanOrEqual(1_000)
    let before = -1
    await expect
      .poll(
        async () => {
          const now = await waiting()
          const still = now === before
          before = now
          return still
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe(true)
    expect(before).toBeLessThanOrEqual(1_000 + SINK_BOUND + 1_000)
    expect(enginesOf(platform.server.pid)).toHaveLength(3)

    await postgres.come()
    const run = await platform.reaches(id, 'COMPLETED')
    expect(run.fingerprint).toBe(expected.fingerprint)
    expect(await expectContiguous(url, id)).toBe(events)
  })

  it('the server ends in order all the same', { timeout: 60_000 }, async () => {
    const run = await platform.running()
    await postgres.go()

    await platform.end()

    expect(await platform.server.exited).toEqual({ code: 0, signal: null })
    await postgres.come()
    platform = await openPlatform(directory.path, { DATABASE_URL: url })
    expect((await platform.look(run.id)).status).toBe('FAILED')
  })
})
