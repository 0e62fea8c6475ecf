import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { EngineHandle } from '../../../server/launcher/port.ts'
import { replayStreamer, sandboxEngine, simulatorEngine } from '../../../server/simulations/engine-specs.ts'
import { generateEvents } from '../../../engines/pipeline/generated-market.ts'
import { ENGINE_IMAGE } from '../../support/docker/docker.ts'
import { openDockerLauncher, type TestDockerLauncher } from '../../support/docker/docker-launcher.ts'
import { specOf, writeTape } from '../../support/engines/tape-run.ts'

const nothingKept = () => Promise.resolve(() => false)

const host = inject('dockerHost')
const api = new Docker({ socketPath: host.slice('unix://'.length) })
const SIMULATION = '6f1e6a38-5f0e-4c0c-9a43-0a7c3c1d2e3f'
const spec = { ...specOf('rsi', ['BTC-USD']), id: SIMULATION, speed: 1 }
const PATIENCE = { timeout: 20_000, interval: 50 }

let launcher: TestDockerLauncher
let tape = ''

beforeAll(async () => {
  launcher = openDockerLauncher(host)
  const market = { seed: 3, startTime: 1_767_571_200_000_000, seconds: 120, activity: 1 }
  tape = await writeTape(launcher.tapes, 'long', generateEvents({ ...market, products: spec.products }))
})
afterEach(async () => {
  // Also what a test that failed has left running: it is not to be what the next one fails of.
  await Promise.all((await containers()).map(({ Id }) => api.getContainer(Id).remove({ force: true }).catch(isGone)))
  await vi.waitFor(() => expect(launcher.running()).toEqual([]), PATIENCE)
  await launcher.reapOrphans(nothingKept)
  await launcher.release(SIMULATION)
})
afterAll(() => launcher.remove())

const labelled = (): { filters: { label: string[] } } => ({
  filters: { label: [`aw-trade.instance=${launcher.instance}`] },
})
const containers = () => api.listContainers({ all: true, ...labelled() })
const networksOf = async (owner: string) =>
  (await api.listNetworks(labelled())).filter(({ Labels }) => Labels?.['aw-trade.owner'] === owner)
const launch = (from: TestDockerLauncher = launcher): EngineHandle =>
  from.launch({ ...sandboxEngine(1, 'info'), owner: SIMULATION })
const containerOf = (engine: EngineHandle): Docker.Container => api.getContainer(engine.entry().containerId ?? '')

/** Passes over that a container has gone by itself meanwhile. */
function isGone(error: { readonly statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error
}

/** Runs a command in an engine's container. */
async function run(engine: EngineHandle, ...command: readonly string[]): Promise<{ code: number; said: string }> {
  const exec = await containerOf(engine).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const parts: Buffer[] = []
  stream.on('data', (part: Buffer) => parts.push(part))
  await new Promise((resolve) => stream.once('end', resolve))
  const { ExitCode } = await exec.inspect()
  return { code: ExitCode ?? -1, said: Buffer.concat(parts).toString('latin1') }
}

describe('an engine in a container', () => {
  it('has no rights, cannot write but to a small /tmp, and is not root', async () => {
    const engine = launch()
    await engine.ready
    const { HostConfig, Config, NetworkSettings, State } = await containerOf(engine).inspect()
    expect(State.Health?.Status).toMatch(/starting|healthy/)
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Privileged: false,
      Memory: 256 * 1024 * 1024,
      MemorySwap: 256 * 1024 * 1024,
      NanoCpus: 1_000_000_000,
      PidsLimit: 64,
      Init: true,
      RestartPolicy: { Name: 'no' },
    })
    expect(Config.User).toBe('1000:1000')
    expect((Config.Env ?? []).map((variable) => variable.split('=')[0]).sort()).toEqual(
      [
        'ALIVE_PATH',
        'BIND_ADDR',
        'CONTROL',
        'LOG_LEVEL',
        'NODE_ENV',
        'NODE_EXTRA_CA_CERTS',
        'PATH',
        'SANDBOX_PRODUCTS',
        'SANDBOX_SEED',
        'SANDBOX_START',
      ].sort(),
    )
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`aw-trade-${launcher.instance}-${SIMULATION}`])
    expect((await networksOf(SIMULATION)).map(({ Internal }) => Internal)).toEqual([true])

    const { said } = await run(engine, 'cat', '/proc/1/status')
    expect(said).toMatch(/CapEff:\s*0+\n/)
    expect(said).toMatch(/NoNewPrivs:\s*1\n/)
    expect(said).toMatch(/Uid:\s*1000\s/)
    for (const path of ['/app/x', '/x', '/tapes/x']) {
      expect((await run(engine, 'cp', '/etc/passwd', path)).said, path).toMatch(/Read-only file system/)
    }
    expect(await run(engine, 'cp', '/etc/passwd', '/tmp/x')).toMatchObject({ code: 0 })
    await engine.stop(3_000)
  })

  it('is found alive while its event loop turns, and not any more where it is stuck', async () => {
    const engine = launch()
    await engine.ready
    const look = async (): Promise<number> => (await run(engine, '/bin/sh', '/app/alive.sh')).code
    expect(await look()).toBe(0)
    // The one process that is node, below the init.
    const { said } = await run(engine, '/bin/sh', '-c', 'for p in /proc/[0-9]*; do echo "$p $(cat $p/comm)"; done')
    const pid = /\/proc\/(\d+) node/.exec(said)?.[1] ?? ''
    await run(engine, '/bin/sh', '-c', `kill -STOP ${pid}`)
    await vi.waitFor(async () => expect(await look()).toBe(1), PATIENCE)
    await run(engine, '/bin/sh', '-c', `kill -CONT ${pid}`)
    await vi.waitFor(async () => expect(await look()).toBe(0), PATIENCE)
    await engine.stop(3_000)
  })

  it('tells its lines, and its use of processor and memory', async () => {
    const engine = launch()
    const lines: string[] = []
    engine.onLine(({ message }) => lines.push(message))
    await engine.ready
    await vi.waitFor(() => expect(engine.entry().cpuPercent).toBeGreaterThan(0), PATIENCE)
    expect(engine.entry().memoryBytes).toBeGreaterThan(10_000_000)
    expect(lines).toContainEqual(expect.stringMatching(/^the sandbox is open \(wsUrl ws:/))
    await engine.stop(3_000)
    expect(engine.entry()).toMatchObject({ state: 'exited', exitCode: 0, cpuPercent: null })
  })

  it('that is killed says so, and leaves no container', async () => {
    const engine = launch()
    await engine.ready
    await containerOf(engine).kill()
    const exit = await engine.exited
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(exit.cause).toBe('Docker was told to end it, but not by this server')
    expect(await containers()).toEqual([])
  })

  it('that is stopped by somebody else has not ended in order, though it says so', async () => {
    const engine = launch()
    await engine.ready
    await containerOf(engine).stop()
    expect(await engine.exited).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('that is removed by force says so', async () => {
    const engine = launch()
    await engine.ready
    await containerOf(engine).remove({ force: true })
    expect(await engine.exited).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('that needs more memory than it may have says that', async () => {
    const small = launcher.next({ memoryMb: 16 })
    const engine = launch(small)
    const exit = await engine.exited
    expect(exit.cause).toBe('it needed more memory than its limit of 16 MB, which ENGINE_MEMORY_MB sets')
    expect(exit.signal).toBe('SIGKILL')
    await small.dispose()
  })

  it('ends with its exit code and its last lines where it cannot do what it was told', async () => {
    const engine = launcher.launch({ ...sandboxEngine(1, 'loud'), owner: SIMULATION })
    await expect(engine.ready).rejects.toThrow(/ended with exit code 1 before it was ready.*LOG_LEVEL must be one of/)
    expect(await engine.exited).toMatchObject({ code: 1, signal: null })
  })

  it('is killed where it does not stop in time, also while it starts', async () => {
    const engine = launch()
    const exit = await engine.stop(0)
    expect(exit.code).toBeNull()
    expect(await containers()).toEqual([])
    const simulator = launcher.launch({
      ...simulatorEngine(spec, { host: 'nobody', port: 1 }, 'warn'),
      owner: SIMULATION,
    })
    await simulator.ready
    const pid = await run(simulator, '/bin/sh', '-c', 'kill -STOP $(cat /proc/1/task/1/children)')
    expect(pid.code).toBe(0)
    expect(await simulator.stop(200)).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('serves its market data to the server on the loopback, and to nobody else', async () => {
    const streamer = launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner: SIMULATION })
    const addresses = await streamer.ready
    expect(addresses?.inside).toEqual({ host: 'streamer', port: 8888 })
    expect(addresses?.outside?.host).toBe('127.0.0.1')
    const { NetworkSettings } = await containerOf(streamer).inspect()
    expect(NetworkSettings.Ports['8888/udp']).toEqual([
      { HostIp: '127.0.0.1', HostPort: String(addresses?.outside?.port) },
    ])
    const [gate] = (await api.listNetworks(labelled())).filter(({ Name }) => Name.endsWith('.gate'))
    expect(gate?.Options).toMatchObject({
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
      'com.docker.network.bridge.enable_icc': 'false',
    })
    await streamer.stop(3_000)
  })

  it('serves the engines of another owner while it is connected to them', async () => {
    const streamer = launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner: 'shared-source' })
    expect(await launcher.connect(streamer, SIMULATION)).toEqual({ host: 'streamer', port: 8888 })
    const { NetworkSettings } = await containerOf(streamer).inspect()
    expect(Object.keys(NetworkSettings.Networks)).toContain(`aw-trade-${launcher.instance}-${SIMULATION}`)
    await launcher.release(SIMULATION)
    expect(await networksOf(SIMULATION)).toEqual([])
    expect(streamer.entry().state).toBe('running')
    await streamer.stop(3_000)
    await launcher.release('shared-source')
    expect(await networksOf('shared-source')).toEqual([])
    // Nothing is left to release, which is no failure.
    await launcher.release('shared-source')
  })
})

describe('what keeps an engine from starting', () => {
  it('is told where the image is missing, before the start and by it', async () => {
    const other = launcher.next({ image: 'aw-trade-engine:none' })
    const told = /There is no image aw-trade-engine:none on Docker's host. Build the images with "npm run images"/
    expect(await other.available()).toMatch(told)
    expect(await other.health()).toMatchObject({ status: 'degraded' })
    const engine = launch(other)
    await expect(engine.ready).rejects.toThrow(told)
    expect(await engine.exited).toMatchObject({ code: null, signal: null })
    await other.dispose()
    expect(await launcher.available()).toBeNull()
  })

  it('is told where the name is taken', async () => {
    const first = launch()
    await first.ready
    const second = launch()
    await expect(second.ready).rejects.toThrow(/exists already. Remove it with "docker rm -f aw-trade-/)
    expect(first.entry().state).toBe('running')
    await first.stop(3_000)
  })

  it('is told where the network is gone', async () => {
    const first = launch()
    await first.ready
    await first.stop(3_000)
    await api.getNetwork(`aw-trade-${launcher.instance}-${SIMULATION}`).remove()
    const second = launch()
    await expect(second.ready).rejects.toThrow(/network is gone; somebody removed it. Start the simulation again/)
  })

  it('is not that the shared networks were pruned: they are made again', async () => {
    const first = launch()
    await first.ready
    const streamer = (): EngineHandle => launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner: SIMULATION })
    const before = streamer()
    await before.ready
    await before.stop(3_000)
    await api.getNetwork(`aw-trade-${launcher.instance}.gate`).remove()
    const again = streamer()
    expect((await again.ready)?.outside?.host).toBe('127.0.0.1')
    await Promise.all([again.stop(3_000), first.stop(3_000)])
  })

  it('is told where there is no Docker', async () => {
    const nowhere = openDockerLauncher('unix:///nowhere/docker.sock')
    expect(await nowhere.available()).toMatch(/no such socket. Start Docker, or set DOCKER_HOST/)
    expect(await nowhere.health()).toMatchObject({ status: 'down', latencyMs: null })
    await expect(launch(nowhere).ready).rejects.toThrow(/no such socket/)
    expect(await nowhere.reapOrphans(nothingKept)).toEqual([])
    await nowhere.release(SIMULATION)
    await nowhere.remove()
  })
})

describe('containers that outlive their server', () => {
  it('are taken over by the next, which hears them and is heard', async () => {
    const before = launcher.next()
    const streamer = before.launch({ ...replayStreamer(spec, tape, 'warn'), owner: SIMULATION })
    const addresses = await streamer.ready
    const sandbox = launch(before)
    await sandbox.ready
    const [adopted, other] = await Promise.all([launcher.adopt(SIMULATION), launcher.adopt('nobody')])
    expect(other).toEqual([])
    expect(adopted.map((engine) => engine.entry().containerId).sort()).toEqual(
      [streamer, sandbox].map((engine) => engine.entry().containerId).sort(),
    )
    const again = adopted.find((engine) => engine.entry().containerId === streamer.entry().containerId)!
    expect(again.entry()).toMatchObject({ role: 'STREAMER', state: 'running' })
    expect(await again.ready).toEqual(addresses)
    const heard: string[] = []
    again.onMessage(({ type }) => heard.push(type))
    await vi.waitFor(() => expect(heard).toContain('report'), PATIENCE)
    // What is kept is not reaped.
    expect(await launcher.reapOrphans(() => Promise.resolve((owner) => owner === SIMULATION))).toEqual([])
    for (const engine of adopted) expect(await engine.stop(5_000)).toMatchObject({ code: 0, signal: null })
    await before.dispose()
  })

  it('are reached by the next server also where that is another container', async () => {
    const servers = await Promise.all(
      ['one', 'two'].map((name) =>
        api.createContainer({ name: `${launcher.instance}-${name}`, Image: ENGINE_IMAGE, Cmd: ['exchange-sandbox'] }),
      ),
    )
    const [before, after] = servers.map(({ id }) => launcher.next({ serverContainer: id }))
    const streamer = before!.launch({ ...replayStreamer(spec, tape, 'warn'), owner: SIMULATION })
    await streamer.ready

    const [adopted] = await after!.adopt(SIMULATION)

    const { NetworkSettings } = await servers[1]!.inspect()
    expect(Object.keys(NetworkSettings.Networks)).toContain(`aw-trade-${launcher.instance}-${SIMULATION}`)
    await adopted?.stop(3_000)
    await Promise.all(servers.map((server) => server.remove({ force: true })))
    await Promise.all([before!.dispose(), after!.dispose()])
  })

  it('are removed with their networks where their owner is not kept, running or not', async () => {
    const before = launcher.next()
    const engine = launch(before)
    await engine.ready
    const stopped = before.launch({ ...replayStreamer(spec, tape, 'warn'), owner: 'other' })
    await stopped.ready
    const names = [
      `aw-trade-${launcher.instance}-${SIMULATION}-exchange-sandbox`,
      `aw-trade-${launcher.instance}-other-streamer`,
    ]
    const orphans = await launcher.reapOrphans(nothingKept)
    expect([...orphans].sort((one, two) => (one.owner < two.owner ? -1 : 1))).toEqual([
      { owner: SIMULATION, description: `container ${names[0]}` },
      { owner: 'other', description: `container ${names[1]}` },
    ])
    expect(await containers()).toEqual([])
    expect(await networksOf(SIMULATION)).toEqual([])
    expect(await networksOf('other')).toEqual([])
    await before.dispose()
  })

  it('of another installation are left alone', async () => {
    const stranger = openDockerLauncher(host)
    const engine = launch(stranger)
    await engine.ready
    expect(await launcher.reapOrphans(nothingKept)).toEqual([])
    expect(await launcher.adopt(SIMULATION)).toEqual([])
    expect(engine.entry().state).toBe('running')
    await engine.stop(3_000)
    await stranger.release(SIMULATION)
    await stranger.remove()
  })
})
