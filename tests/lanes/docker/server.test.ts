import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { embeddedUrl, expectContiguous, makeTape, openPlatform, type Platform } from '../../support/server/platform.ts'
import { newDataDir } from '../../support/server/server-process.ts'

const host = inject('dockerHost')
const api = new Docker({ socketPath: host.slice('unix://'.length) })
const ENV = { LAUNCHER: 'docker', DOCKER_HOST: host, SOURCE_LINGER_MS: '0' }
const PATIENCE = { timeout: 30_000, interval: 50 }

const dataDir = newDataDir()
/** Of this server, since no other one uses this Docker. */
const labelled = { filters: { label: ['aw-trade.instance'] } }
const containers = () => api.listContainers({ all: true, ...labelled })
const ownersOfNetworks = async () =>
  (await api.listNetworks(labelled)).flatMap(({ Labels }) => {
    const owner = Labels?.['aw-trade.owner'] ?? ''
    return owner === 'shared' ? [] : [owner]
  })

/** Sees that nothing of any simulation is left in Docker. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(async () => (await containers()).map(({ Names }) => Names[0]), PATIENCE).toEqual([])
  await expect.poll(ownersOfNetworks, PATIENCE).toEqual([])
}

/** The container of a program, among those of this installation. */
async function containerOf(program: string): Promise<Docker.Container> {
  const found = (await containers()).find(({ Labels }) => Labels['aw-trade.entry'] === program)
  return api.getContainer(found?.Id ?? expect.fail(`there is no ${program}`))
}

describe('a server whose launcher is Docker', () => {
  let platform: Platform
  beforeAll(async () => {
    makeTape(dataDir.path)
    platform = await openPlatform(dataDir.path, ENV)
  })
  afterEach(expectNothingLeft)
  afterAll(() => platform.end())

  const fingerprintOf = async (input: Record<string, unknown>): Promise<string | null> => {
    const { id } = await platform.start({ source: 'tape:sample', products: ['BTC-USD', 'ETH-USD'], ...input })
    return (await platform.reaches(id, 'COMPLETED')).fingerprint
  }

  it('gives the same fingerprint as processes do, in REPLAY and in BACKTEST', async () => {
    const expected = await fingerprintOf({ mode: 'BACKTEST', launcher: 'PROCESS' })
    expect(expected).toMatch(/^[\da-f]{64}$/)
    expect(await fingerprintOf({ mode: 'BACKTEST' })).toBe(expected)
    expect(await fingerprintOf({ mode: 'REPLAY', speed: 1_000 })).toBe(expected)
  })

  it('hands on ticks, lines and figures of a LIVE run, and stops it in order', async () => {
    const { id } = await platform.running()
    const ticks = platform.client.subscribe<{ ticks: { price: string } }>(
      'subscription ($id: ID!) { ticks(simulationId: $id) { price } }',
      { id },
    )
    const { value } = await ticks.next()
    expect(Number((value as { data: { ticks: { price: string } } }).data.ticks.price)).toBeGreaterThan(0)
    await ticks.return?.()
    const query = `query ($id: ID!) { simulation(id: $id) { launcher engines { role state containerId memoryBytes } } }`
    await expect
      .poll(async () => {
        const { simulation } = await platform.client.ask<{ simulation: { engines: { memoryBytes: string | null }[] } }>(
          query,
          { id },
        )
        return simulation.engines.map(({ memoryBytes }) => Number(memoryBytes) > 10_000_000)
      }, PATIENCE)
      .toEqual([true, true, true])
    const { simulation } = await platform.stop(id)
    expect(simulation).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
  })

  it.each([
    { mode: 'LIVE', program: 'algorithm', says: /^The ALGORITHM was killed by SIGKILL \(Docker was told to end it, / },
    { mode: 'LIVE', program: 'simulator', says: /^The SIMULATOR was killed by SIGKILL \(/ },
    { mode: 'LIVE', program: 'streamer', says: /^The streamer was killed by SIGKILL \(/ },
    { mode: 'LIVE', program: 'exchange-sandbox', says: /^The exchange sandbox was killed by SIGKILL \(/ },
    { mode: 'REPLAY', program: 'streamer', says: /^The STREAMER was killed by SIGKILL \(/ },
  ])('fails a $mode run whose $program is killed, and leaves nothing', async ({ mode, program, says }) => {
    const run = await platform.running(mode === 'LIVE' ? {} : { mode, source: 'tape:sample', speed: 1 })
    await (await containerOf(program)).kill()
    expect((await platform.reaches(run.id, 'FAILED')).statusReason).toMatch(says)
  })

  it('fails a run whose engines somebody else stops in order', async () => {
    const run = await platform.running()
    await (await containerOf('algorithm')).stop()
    expect((await platform.reaches(run.id, 'FAILED')).statusReason).toMatch(/told to stop, but not by this server/)
  })

  it('warns while the network of an engine is cut, and goes on when it is whole again', async () => {
    const { id } = await platform.running()
    const simulator = await containerOf('simulator')
    const { NetworkSettings } = await simulator.inspect()
    const [network] = Object.values(NetworkSettings.Networks).map(({ NetworkID }) => api.getNetwork(NetworkID))
    const look = async () => {
      const query = `query ($id: ID!) { simulation(id: $id) { status warnings dataQuality { received } }
        health { components { name status } } }`
      return await platform.client.ask<{
        simulation: { status: string; warnings: readonly string[]; dataQuality: { received: string } }
        health: { components: readonly { name: string; status: string }[] }
      }>(query, { id })
    }
    const simulations = async (): Promise<string | undefined> =>
      (await look()).health.components.find(({ name }) => name === 'simulations')?.status
    const warnings = async (): Promise<readonly string[]> => (await look()).simulation.warnings
    expect(await warnings()).toEqual([])

    await network?.disconnect({ Container: simulator.id })

    await expect.poll(warnings, PATIENCE).toContainEqual(expect.stringMatching(/algorithm.* \d+ s/i))
    expect(await simulations()).toBe('degraded')

    await network?.connect({ Container: simulator.id })

    const { received } = (await look()).simulation.dataQuality
    await expect
      .poll(async () => BigInt((await look()).simulation.dataQuality.received), PATIENCE)
      .toBeGreaterThan(BigInt(received) + 20n)
    await expect.poll(simulations, PATIENCE).toBe('up')
    const { simulation } = await platform.stop(id)
    expect(simulation).toMatchObject({ status: 'STOPPED' })
  })

  it('says that it is up, and how many engines run', async () => {
    const { health } = await platform.client.ask<{ health: { components: { name: string; status: string }[] } }>(
      '{ health { components { name status message } } }',
    )
    expect(health.components).toContainEqual({ name: 'launcher', status: 'up', message: 'DOCKER: 0 engines run' })
  })
})

describe('a server that is killed with -9 while containers run', () => {
  it('leaves them to the next, which goes on with them and loses nothing', async () => {
    const first = await openPlatform(dataDir.path, ENV)
    const run = await first.running()
    const before = (await containers()).map(({ Id }) => Id).sort()
    await first.server.kill()
    const second = await openPlatform(dataDir.path, ENV)
    await second.reaches(run.id, 'RUNNING')
    expect((await containers()).map(({ Id }) => Id).sort()).toEqual(before)
    const ticks = second.client.subscribe('subscription ($id: ID!) { ticks(simulationId: $id) { price } }', {
      id: run.id,
    })
    await ticks.next()
    await ticks.return?.()
    const { simulation } = await second.stop(run.id)
    expect(simulation).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
    expect(await expectContiguous(embeddedUrl(dataDir.path), run.id)).toBeGreaterThan(0)
    await expectNothingLeft()
    await second.end()
  })

  it('has those removed that belong to nobody', async () => {
    const first = await openPlatform(dataDir.path, ENV)
    const run = await first.running()
    await first.server.kill()
    // The shared streamer and its sandbox are gone: the run cannot go on, and what is left of it is no use.
    for (const program of ['streamer', 'exchange-sandbox']) await (await containerOf(program)).remove({ force: true })
    const second = await openPlatform(dataDir.path, ENV)
    const { status, statusReason } = await second.reaches(run.id, 'FAILED')
    expect([status, statusReason]).toEqual([
      'FAILED',
      expect.stringMatching(/streamer that it listened to was not left/),
    ])
    await expectNothingLeft()
    await second.end()
  })
})

describe('a start that Docker cannot do', () => {
  it.each([
    [{ ENGINE_IMAGE: 'aw-trade-engine:none' }, /There is no image aw-trade-engine:none .* "npm run images"/],
    [{ DOCKER_HOST: 'unix:///nowhere/docker.sock' }, /Docker cannot be reached at unix:\/\/\/nowhere/],
  ])('is refused at the door: %j', async (env, told) => {
    const other = newDataDir()
    const platform = await openPlatform(other.path, { ...ENV, ...env })
    const { simulation, userErrors } = await platform.tell({})
    expect(simulation).toBeNull()
    expect(userErrors).toEqual([{ code: 'LAUNCHER_UNAVAILABLE', message: expect.stringMatching(told) as string }])
    await platform.end()
    other.remove()
  })
})

afterAll(() => dataDir.remove())
