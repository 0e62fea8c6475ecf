import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { generateEvents } from '../../../engines/pipeline/generated-market.ts'
import { runChain, testLauncher } from '../../support/engines/engine-chain.ts'
import { openDockerLauncher, type TestDockerLauncher } from '../../support/docker/docker-launcher.ts'
import { startLiveChain } from '../../support/engines/live-chain.ts'
import { fills, fingerprintOf, runPure, specOf, writeTape } from '../../support/engines/tape-run.ts'

const host = inject('dockerHost')
const api = new Docker({ socketPath: host.slice('unix://'.length) })
const processes = testLauncher()
let launcher: TestDockerLauncher
let tape = ''

beforeAll(async () => {
  launcher = openDockerLauncher(host)
  const market = { seed: 7, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1 }
  tape = await writeTape(launcher.tapes, 'generated', generateEvents({ ...market, products: ['BTC-USD', 'ETH-USD'] }))
})
afterAll(async () => {
  await processes.remove()
  await launcher.remove()
})

const spec = { ...specOf('rsi', ['BTC-USD', 'ETH-USD']), id: '6f1e6a38-5f0e-4c0c-9a43-0a7c3c1d2e3f' }
const containers = () =>
  api.listContainers({ all: true, filters: { label: [`aw-trade.instance=${launcher.instance}`] } })
const networks = () => api.listNetworks({ filters: { label: [`aw-trade.instance=${launcher.instance}`] } })

describe('one tape gives one fingerprint, in processes and in containers', () => {
  it('as a REPLAY through three containers that find each other by name, and as a BACKTEST in one', async () => {
    const pure = runPure(spec, tape)
    expect(fills(pure)).toBeGreaterThan(10)
    for (const mode of ['REPLAY', 'BACKTEST'] as const) {
      const inProcesses = await runChain(processes, { ...spec, mode }, tape)
      const inContainers = await runChain(launcher, { ...spec, mode }, tape)
      expect(inContainers.fingerprint).toBe(fingerprintOf(pure))
      expect(inContainers.fingerprint).toBe(inProcesses.fingerprint)
      // Not only the fills: every event came over standard output as it was.
      expect(inContainers.events).toEqual(pure)
      if (mode === 'REPLAY') expect(inContainers.reports.get('SIMULATOR')?.quality?.lost).toBe(0)
      await launcher.release(spec.id)
    }
    expect(await containers()).toEqual([])
    expect((await networks()).map(({ Name }) => Name)).toEqual([`aw-trade-${launcher.instance}.gate`])
  })
})

describe('a LIVE run over the sandbox, in four containers', () => {
  it('trades, records what it saw, and stops in order without leaving a container or a network', async () => {
    const live = { ...spec, mode: 'LIVE' as const, speed: 1, source: 'sandbox', products: ['BTC-USD'] }
    const chain = await startLiveChain(launcher, live, `${launcher.tapes}/recorded.tape`, 20)
    chain.acknowledge()
    await vi.waitFor(() => expect(chain.events().length).toBeGreaterThan(3), { timeout: 20_000, interval: 20 })
    const engines = [chain.algorithm, chain.simulator, chain.streamer, chain.sandbox]
    for (const engine of engines) {
      expect(engine.entry()).toMatchObject({ state: 'running', launcher: 'DOCKER', pid: null, exitCode: null })
      expect(engine.entry().containerId).toMatch(/^[\da-f]{64}$/)
    }
    for (const engine of engines) {
      const exit = await engine.stop(8_000)
      expect(exit, exit.lastLines.join(' ')).toMatchObject({ code: 0, signal: null })
    }
    expect(chain.events().map((event) => event.sequence)).toEqual(chain.events().map((_, index) => index + 1))
    expect(launcher.running()).toEqual([])
    await launcher.release(spec.id)
    expect(await containers()).toEqual([])
    expect((await networks()).filter(({ Labels }) => Labels?.['aw-trade.owner'] === spec.id)).toEqual([])
  })
})
