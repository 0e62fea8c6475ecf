import { copyFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { root } from '../../../server/setup.mjs'
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
} from '../../support/server/platform.ts'
import { enginesOf, isRunning, type SystemProcess } from '../../support/processes.ts'
import { newDataDir } from '../../support/server/server-process.ts'

const STARTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  LIVE: { mode: 'LIVE' },
  REPLAY: { mode: 'REPLAY', source: 'tape:sample', speed: 1 },
  BACKTEST: { mode: 'BACKTEST', source: 'tape:long' },
}

/** Numbers from 0 to 1 that are the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('an engine that is killed', () => {
  let platform: Platform

  beforeAll(async () => {
    platform = await openFreshPlatform({ SOURCE_LINGER_MS: '0' })
    makeTape(platform.server.dataDir, 'long', 2_500)
  })
  afterAll(async () => await platform.end())

  const engines = (program?: string): readonly SystemProcess[] => enginesOf(platform.server.pid, program)
  const warningsOf = async (id: string): Promise<readonly string[]> => {
    const query = 'query ($id: ID!) { simulation(id: $id) { warnings } }'
    const { simulation } = await platform.client.ask<{ simulation: { warnings: readonly string[] } }>(query, { id })
    return simulation.warnings
  }
  const pidsOf = (run: SimulationView): readonly number[] =>
    run.engines.flatMap(({ pid }) => (pid === null ? [] : [pid]))

  /** The run that was started after a failure to see that one can be. */
  let next: { readonly mode: string; readonly run: SimulationView } | null = null

  /** Gives it to be the next one to fail, where it is of this mode; else sees that it can be stopped. */
  async function takeNext(mode?: string): Promise<SimulationView | null> {
    const taken = next
    next = null
    if (taken?.mode === mode) return taken?.run ?? null
    if (taken !== null) expect((await platform.stop(taken.run.id)).userErrors).toEqual([])
    await expect.poll(() => engines(), PATIENCE).toEqual([])
    return null
  }

  it.each([
    { mode: 'LIVE', program: 'algorithm', says: /^The ALGORITHM was killed by SIGKILL\. Its last lines: .+/ },
    { mode: 'LIVE', program: 'simulator', says: /^The SIMULATOR was killed by SIGKILL\./ },
    { mode: 'LIVE', program: 'streamer', says: /^The streamer was killed by SIGKILL\. Its last lines: .+/ },
    { mode: 'LIVE', program: 'exchange-sandbox', says: /^The exchange sandbox was killed by SIGKILL\./ },
    { mode: 'REPLAY', program: 'streamer', says: /^The STREAMER was killed by SIGKILL\. Its last lines: .+/ },
    { mode: 'REPLAY', program: 'algorithm', says: /^The ALGORITHM was killed by SIGKILL\./ },
    { mode: 'REPLAY', program: 'simulator', says: /^The SIMULATOR was killed by SIGKILL\./ },
    { mode: 'BACKTEST', program: 'backtest', says: /^The SIMULATOR was killed by SIGKILL\./ },
  ])('fails its $mode run, which says so and leaves nothing ($program)', async ({ mode, program, says }) => {
    const run = (await takeNext(mode)) ?? (await platform.running(STARTS[mode]))
    const own = pidsOf(run)
    const victim = engines(program)[0] ?? expect.fail(`there is no ${program}`)

    process.kill(victim.pid, 'SIGKILL')

    const failed = await platform.reaches(run.id, 'FAILED')
    expect(failed.statusReason).toMatch(says)
    await expect.poll(() => own.filter(isRunning), PATIENCE).toEqual([])
    await expect.poll(() => engines(), PATIENCE).toEqual([])
    await expectContiguous(embeddedUrl(platform.server.dataDir), run.id)
    next = { mode, run: await platform.running(STARTS[mode]) }
  })

  it('leaves other runs alone', async () => {
    await takeNext()
    const other = await platform.running({ seed: 11 })
    const replay = await platform.running(STARTS['REPLAY'])
    const victim = await platform.running({ seed: 12 })
    const algorithm = victim.engines.find(({ role }) => role === 'ALGORITHM')?.pid ?? expect.fail('no algorithm')

    process.kill(algorithm, 'SIGKILL')

    await platform.reaches(victim.id, 'FAILED')
    const before = (await platform.look(other.id)).dataQuality.received
    await expect.poll(async () => (await platform.look(other.id)).dataQuality.received, PATIENCE).not.toBe(before)
    for (const { id } of [other, replay]) expect((await platform.stop(id)).simulation?.status).toBe('STOPPED')
  })

  it('fails every run of a shared streamer that goes, and the next start gets a new one', async () => {
    const runs = await Promise.all([platform.running({ seed: 21 }), platform.running({ seed: 21 })])
    const streamer = runs[0].engines.find(({ role }) => role === 'STREAMER')?.pid ?? expect.fail('no streamer')

    process.kill(streamer, 'SIGKILL')

    for (const { id } of runs) await platform.reaches(id, 'FAILED')
    const next = await platform.running({ seed: 21 })
    expect(next.engines.find(({ role }) => role === 'STREAMER')?.pid).not.toBe(streamer)
    await platform.stop(next.id)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('ends its run at whatever moment it is killed (seed %i)', async (seed) => {
    await expect.poll(() => engines(), PATIENCE).toEqual([])
    const random = randomFrom(seed)
    for (let draw = 0; draw < 5; draw++) random()
    const mode = ['LIVE', 'REPLAY', 'BACKTEST'][Math.floor(random() * 3)] ?? 'LIVE'
    // The moment is counted in looks at the processes, from the very first one that shows an engine.
    let looks = Math.floor(random() ** 2 * 60)
    const choice = random()
    const { id } = await platform.start(STARTS[mode])
    const victim = await vi.waitUntil(
      () => {
        const running = engines()
        const chosen = running[Math.floor(choice * running.length)]
        return chosen !== undefined && looks-- <= 0 ? chosen : false
      },
      { timeout: 10_000, interval: 5 },
    )

    process.kill(victim.pid, 'SIGKILL')

    const ended = await platform.reaches(id, ...FINAL)
    expect(ended.status, `${mode}, ${victim.command}: ${ended.statusReason}`).toBe('FAILED')
    expect(ended.statusReason).toContain('SIGKILL')
    await expect.poll(() => engines(), PATIENCE).toEqual([])
    await expectContiguous(embeddedUrl(platform.server.dataDir), id)
  })

  it('while its run is being stopped does not turn the stop into a failure', async () => {
    const run = await platform.running(STARTS['REPLAY'])
    const simulator = run.engines.find(({ role }) => role === 'SIMULATOR')?.pid ?? expect.fail('no simulator')

    process.kill(simulator, 'SIGSTOP')
    const stopping = platform.stop(run.id)
    await platform.reaches(run.id, 'STOPPING')
    process.kill(simulator, 'SIGKILL')

    const { simulation } = await stopping
    expect(simulation?.status).toBe('STOPPED')
    expect(simulation?.statusReason).toMatch(
      /^Stopped on request\. The simulator did not hand over its last events and was killed; .+ While it was ending: The SIMULATOR was killed by SIGKILL\./,
    )
    expect(pidsOf(run).filter(isRunning)).toEqual([])
  })

  it('or hangs is told of by its run and by health for as long as it does', { timeout: 60_000 }, async () => {
    const runs = await Promise.all(['LIVE', 'LIVE', 'REPLAY'].map((mode) => platform.running(STARTS[mode])))
    const roles = ['SIMULATOR', 'ALGORITHM', 'STREAMER'] as const
    const pids = runs.map(({ engines: own }, index) => own.find(({ role }) => role === roles[index])?.pid ?? 0)
    const warned = (): Promise<readonly (readonly string[])[]> => Promise.all(runs.map(({ id }) => warningsOf(id)))
    const simulations = async (): Promise<unknown> => {
      const query = '{ health { components { name status message } } }'
      const { health } = await platform.client.ask<{ health: { components: readonly { name: string }[] } }>(query)
      return health.components.find(({ name }) => name === 'simulations')
    }
    await expect.poll(warned, PATIENCE).toEqual([[], [], []])
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    const sentences = roles.map((role) =>
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^The ${role} has not been heard for \\d+ s: it hangs,`)),
      ]),
    )
    await expect.poll(warned, PATIENCE).toEqual(sentences)
    await expect.poll(simulations, PATIENCE).toMatchObject({
      status: 'degraded',
      message: expect.stringMatching(/has not been heard for/) as string,
    })

    for (const pid of pids) process.kill(pid, 'SIGCONT')

    await expect.poll(warned, PATIENCE).toEqual([[], [], []])
    await expect.poll(simulations, PATIENCE).toMatchObject({ status: 'up', message: null })
    for (const { id } of runs) expect((await platform.stop(id)).userErrors).toEqual([])
  })

  it('or hangs is ended by a stop all the same, which tells what is missing', async () => {
    const run = await platform.running(STARTS['REPLAY'])
    const pids = pidsOf(run)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')

    const { simulation } = await platform.stop(run.id)

    expect(simulation?.status).toBe('STOPPED')
    expect(pids.filter(isRunning)).toEqual([])
    const stored = await expectContiguous(embeddedUrl(platform.server.dataDir), run.id)
    const newest = stored === 0 ? 'nothing of this simulation is stored' : `the newest stored event is number ${stored}`
    const [killed, lacking] = simulation?.statusReason?.split(' The market was ') ?? []
    expect(killed).toBe(
      `Stopped on request. The simulator did not hand over its last events and was killed; ${newest}.`,
    )
    expect(lacking).toMatch(/^not processed to the end, since the SIMULATOR did not finish: .* missing/)
  })
})

describe('an engine whose program is missing', () => {
  const copy = newDataDir()
  const directory = newDataDir()
  const dist = join(copy.path, 'dist')
  let platform: Platform

  beforeAll(async () => {
    makeTape(directory.path)
    // Packages and migrations are found from where the bundle lies.
    mkdirSync(dist)
    cpSync(join(root, 'dist'), dist, { recursive: true })
    for (const name of ['node_modules', 'prisma', 'package.json']) symlinkSync(join(root, name), join(copy.path, name))
    platform = await openPlatform(directory.path, { SOURCE_LINGER_MS: '0' }, dist)
  })
  afterAll(async () => {
    await platform.end()
    directory.remove()
    copy.remove()
  })

  it.each(['simulator', 'streamer', 'backtest'])('fails the run with a sentence (%s)', async (missing) => {
    const program = join(dist, 'engines', `${missing}.js`)
    rmSync(program)
    onTestFinished(() => copyFileSync(join(root, 'dist', 'engines', `${missing}.js`), program))
    const input = missing === 'backtest' ? { mode: 'BACKTEST', source: 'tape:sample' } : {}
    const { id } = await platform.start(input)

    const failed = await platform.reaches(id, 'FAILED')

    expect(failed.statusReason).toMatch(new RegExp(`^There is no ${missing} program at .+\\. Run "npm run build"\\.$`))
    expect(enginesOf(platform.server.pid, 'simulator')).toEqual([])
    expect(enginesOf(platform.server.pid, 'algorithm')).toEqual([])
  })
})
