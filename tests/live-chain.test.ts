import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { EngineMessage } from '../engines/edge/process/control.ts'
import type { SimulationSpec } from '../engines/domain/simulation.ts'
import { placeSwitches, writeSwitches } from '../engines/domain/trading/switches.ts'
import { describeTape } from '../engines/edge/tape/reader.ts'
import { runChain, testLauncher } from './support/engines/engine-chain.ts'
import { insideOf, startLiveChain } from './support/engines/live-chain.ts'
import { createLossyRelay, type LossyRelay } from './support/wire/lossy-relay.ts'
import { fillLines } from './support/engines/pipeline-run.ts'
import { fills, specOf } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-live-'))
const launcher = testLauncher()
const soon = { timeout: 15_000, interval: 20 }

afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('the whole chain, live against the sandbox', () => {
  const spec: SimulationSpec = { ...specOf('rsi', ['BTC-USD', 'ETH-USD']), mode: 'LIVE', speed: 1, source: 'sandbox' }
  const tape = join(folder, 'live.tape')

  it('ends with every event acknowledged and nothing running, and a back-test of its recording repeats it', async () => {
    const chain = await startLiveChain(launcher, spec, tape, 30)
    const traded = async (count: number): Promise<void> =>
      await vi.waitFor(() => expect(fills(chain.events())).toBeGreaterThanOrEqual(count), soon)
    await traded(10)
    // Somebody switches it meanwhile.
    for (const state of ['HALTED', 'ACTIVE', 'REDUCING', 'ACTIVE'] as const) {
      const told = chain.events().length
      chain.simulator.tell({ type: 'trading', state })
      await vi.waitFor(() => expect(chain.events().length).toBeGreaterThan(told + 20), soon)
    }
    await traded(25)
    chain.algorithm.tell({ type: 'stop' })
    await vi.waitFor(() => expect(chain.events().at(-1)?.type).toBe('finished'), soon)
    // It goes on reporting, but has not ended while nobody says that its events are safe.
    const reports = (): number => chain.messages.filter((message) => message.type === 'report').length
    const before = reports()
    await vi.waitFor(() => expect(reports()).toBeGreaterThan(before), soon)
    expect(chain.messages.some((message) => message.type === 'ended')).toBe(false)
    chain.acknowledge()
    expect((await chain.algorithm.exited).code).toBe(0)
    expect((await chain.simulator.exited).code).toBe(0)
    expect(chain.messages.at(-2)).toMatchObject({ type: 'ended', reason: 'STOPPED' })
    expect(chain.messages.at(-1)).toMatchObject({ type: 'report', quality: { lost: 0 } })

    // The source serves others, and lives on until it is stopped for itself.
    const pids = [chain.sandbox, chain.streamer, chain.algorithm, chain.simulator].map((one) => one.entry().pid ?? 0)
    expect(launcher.running().map(({ entry }) => entry.pid)).toEqual(pids.slice(0, 2))
    const exits = [await chain.streamer.stop(5_000), await chain.sandbox.stop(5_000)]
    expect(exits).toMatchObject([{ code: 0 }, { code: 0 }])
    expect(launcher.running()).toEqual([])
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')

    const live = chain.events()
    expect(live.map((event) => event.sequence)).toEqual(live.map((_, index) => index + 1))
    expect(describeTape(tape).complete).toBe(true)
    const asked = live.filter((event) => event.type === 'trading')
    expect(asked.map(({ state }) => state)).toEqual(['HALTED', 'ACTIVE', 'REDUCING', 'ACTIVE'])
    const raised = live.flatMap((event) =>
      event.type === 'signal' ? [{ sequence: event.sequence, cause: event.signal.cause }] : [],
    )
    const TRADING_SWITCHES = writeSwitches(placeSwitches(asked, raised))
    const simulatorParameters = { ...spec.simulatorParameters, TRADING_SWITCHES }
    const backtest = await runChain(launcher, { ...spec, simulatorParameters, mode: 'BACKTEST' }, tape)
    // The recording goes on behind the run's end; up to there, the fills are the same in every figure.
    const lines = fillLines(live)
    expect(fillLines(backtest.events).slice(0, lines.length)).toEqual(lines)
    // And so is all else that it told, but its very end: the candles that it broke off, and the last word.
    const end = live.findLastIndex(({ type }) => type !== 'candle' && type !== 'finished') + 1
    expect(backtest.events.slice(0, end)).toEqual(live.slice(0, end))
  })

  it('says that it is not known what is missing where another streamer comes into the place of the first', async () => {
    let relay: LossyRelay | undefined
    const toStreamer = async (port: number): Promise<number> => {
      relay = await createLossyRelay({ target: { host: '127.0.0.1', port }, seed: 1, faults: {} })
      return relay.port
    }
    const chain = await startLiveChain(launcher, spec, join(folder, 'place.tape'), 5, toStreamer)
    chain.acknowledge()
    type Report = Extract<EngineMessage, { type: 'report' }>
    const reports = new Map<string, Report>()
    for (const [role, engine] of [
      ['algorithm', chain.algorithm],
      ['simulator', chain.simulator],
    ] as const)
      engine.onMessage((message) => message.type === 'report' && reports.set(role, message))
    await vi.waitFor(() => expect(fills(chain.events())).toBeGreaterThanOrEqual(2), soon)
    await vi.waitFor(() => expect(reports.get('algorithm')?.reached?.count).toBeGreaterThan(10), soon)
    const before = reports.get('algorithm')
    expect(before).toMatchObject({ quality: { lost: 0, lossUnknown: false }, doubts: [] })

    const next = chain.anotherStreamer()
    relay?.setTarget((await insideOf(next)).port)

    const told = expect.stringMatching(
      /^From after event \d+ of the feed, .* the algorithm cannot be believed: another streamer/,
    ) as string
    await vi.waitFor(
      () => expect(reports.get('algorithm')).toMatchObject({ quality: { lossUnknown: true }, doubts: [told] }),
      soon,
    )
    expect(reports.get('algorithm')?.reached?.publisher).not.toBe(before?.reached?.publisher)
    expect(reports.get('simulator')).toMatchObject({ quality: { lossUnknown: false }, doubts: [] })
    for (const engine of [chain.simulator, chain.algorithm, chain.streamer, next, chain.sandbox])
      await engine.stop(5_000)
    await relay?.dispose()
  })
})
