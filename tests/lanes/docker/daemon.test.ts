import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { generateEvents } from '../../../engines/pipeline/generated-market.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { EngineHandle } from '../../../server/launcher/port.ts'
import { Intake } from '../../../server/simulations/events/intake.ts'
import { algorithmEngine, replayStreamer, simulatorEngine } from '../../../server/simulations/engine-specs.ts'
import { openDocker, type TestDocker } from '../../support/docker/docker.ts'
import { openDockerLauncher, type TestDockerLauncher } from '../../support/docker/docker-launcher.ts'
import { insideOf } from '../../support/engines/live-chain.ts'
import { makeTape, openPlatform } from '../../support/server/platform.ts'
import { newDataDir } from '../../support/server/server-process.ts'
import { specOf, writeTape } from '../../support/engines/tape-run.ts'

const PATIENCE = { timeout: 30_000, interval: 50 }
const spec = { ...specOf('rsi', ['BTC-USD']), id: '6f1e6a38-5f0e-4c0c-9a43-0a7c3c1d2e3f', speed: 2 }

let docker: TestDocker
const open = async (liveRestore: boolean): Promise<void> => {
  docker = await openDocker({ liveRestore, images: inject('dockerImages') })
}
afterEach(() => docker.remove())

describe('a Docker that is stopped while a simulation runs', () => {
  beforeEach(() => open(false))

  it(
    'fails the run, which says why; health says so, and a start is refused until it is back',
    { timeout: 60_000 },
    async () => {
      const dataDir = newDataDir()
      makeTape(dataDir.path)
      const platform = await openPlatform(dataDir.path, { LAUNCHER: 'docker', DOCKER_HOST: docker.host })
      const run = await platform.running()
      await docker.stop()
      const { statusReason } = await platform.reaches(run.id, 'FAILED')
      expect(statusReason).toMatch(
        /told to stop, but not by this server|Docker was told to end it, but not by this server/,
      )
      const query = '{ health { status components { name status message } } }'
      const { health } = await platform.client.ask<{ health: { components: readonly unknown[] } }>(query)
      expect(health.components).toContainEqual({
        name: 'launcher',
        status: 'down',
        message: expect.stringMatching(/Docker cannot be reached at unix:.* Start Docker/) as string,
      })
      expect((await platform.tell({})).userErrors).toMatchObject([{ code: 'LAUNCHER_UNAVAILABLE' }])
      await docker.start()
      await platform.stop((await platform.running()).id)
      await platform.end()
      dataDir.remove()
    },
  )

  it('gives an engine up where it is killed and does not come back', async () => {
    const launcher = openDockerLauncher(docker.host, {}, { lostAfterMs: 500 })
    const tape = await writeTape(
      launcher.tapes,
      'short',
      generateEvents({ seed: 1, startTime: 0, seconds: 5, activity: 1, products: ['BTC-USD'] }),
    )
    const engine = launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner: spec.id })
    await engine.ready
    await docker.kill()
    expect((await engine.exited).cause).toMatch(/^was lost: Docker went away and did not come back within 0.5 s/)
    expect(launcher.running()).toEqual([])
    await docker.start()
    // It is not left behind once Docker is there again.
    await vi.waitFor(async () => expect(await docker.api.listContainers({ all: true })).toEqual([]), PATIENCE)
    await launcher.remove()
  })
})

describe('a Docker that restarts under containers that live on (live-restore)', () => {
  let launcher: TestDockerLauncher
  beforeEach(async () => {
    await open(true)
    launcher = openDockerLauncher(docker.host)
  })

  /** A simulator's events and its last word, taken as the server takes them: what is missing in between is asked for again. */
  function follow(simulator: EngineHandle): { events: SimulatorEvent[]; ended: Promise<string | null> } {
    const events: SimulatorEvent[] = []
    const intake = new Intake({
      newest: 0,
      record: () => Promise.resolve(),
      onEvent: (event) => events.push(event),
      onHole: (sequence) => simulator.tell({ type: 'resume', sequence }),
    })
    const ended = new Promise<string | null>((resolve) => {
      simulator.onMessage((message) => {
        if (message.type === 'events') {
          void intake.take(message.events, null, false)
          simulator.tell({ type: 'ack', sequence: intake.newestTaken })
        }
        if (message.type === 'ended') resolve(message.fingerprint)
      })
    })
    return { events, ended }
  }

  it('goes on with a run, of which no event is lost', async () => {
    const market = { seed: 3, startTime: 1_767_571_200_000_000, seconds: 40, activity: 5, products: ['BTC-USD'] }
    const tape = await writeTape(launcher.tapes, 'long', generateEvents(market))
    const owner = spec.id
    const streamer = launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner })
    const algorithm = launcher.launch({ ...algorithmEngine(spec, await insideOf(streamer), 'warn'), owner })
    const simulator = launcher.launch({ ...simulatorEngine(spec, await insideOf(algorithm), 'warn', null), owner })
    const { events, ended } = follow(simulator)
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(3), PATIENCE)
    await docker.kill()
    await docker.start()
    const before = events.length
    await ended
    expect(events.length).toBeGreaterThan(before)
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect(await simulator.exited).toMatchObject({ code: 0, signal: null })
    await Promise.all([streamer.exited, algorithm.exited])
    await launcher.release(owner)
    await launcher.remove()
  })
})
