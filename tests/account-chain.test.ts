import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { catalog } from '../engines/algorithm/catalog.ts'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import { readTape } from '../engines/edge/tape/reader.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { createPipeline } from '../engines/pipeline/pipeline.ts'
import { cutWindow } from '../engines/pipeline/tape-window.ts'
import { runChain, testLauncher } from './support/engines/engine-chain.ts'
import { createBends } from './support/wire/lossy-relay.ts'
import { specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-account-'))
const launcher = testLauncher()
const bends = createBends()
const products = ['BTC-USD', 'SHIB-USD']
const plain = specOf('market-maker', products, {})
const latencies = { ORDER_LATENCY_MS: 30, CANCEL_LATENCY_MS: 20, MAKER_FEE_PCT: 0.0002 }
const spec = { ...plain, simulatorParameters: { ...plain.simulatorParameters, ...latencies } }
let tape = ''
let expected: readonly SimulatorEvent[] = []

/** As a back-test runs it: the strategy trades on the simulator's own account. */
function inOneProcess(simulatorParameters = spec.simulatorParameters): readonly SimulatorEvent[] {
  const events: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void events.push(event)
  const pipeline = createPipeline({ ...spec, simulatorParameters, algorithm: catalog.find(spec.algorithm)! })
  for (const batch of cutWindow(readTape(tape), spec)) for (const event of batch) pipeline.step(event, emit)
  pipeline.end(emit)
  return events
}

beforeAll(async () => {
  const market = { seed: 5, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1, products }
  tape = await writeTape(folder, 'market', generateEvents(market))
  expected = inOneProcess()
})
afterEach(() => bends.dispose())
afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('a strategy that keeps its account in a process of its own', () => {
  it('is filled, on both sides', () => {
    const fills = expected.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(new Set(fills.map(({ side, liquidity }) => `${side} ${liquidity}`))).toEqual(
      new Set(['BUY MAKER', 'SELL MAKER']),
    )
  })

  it("gives each event that it gives where it trades on the simulator's own", async () => {
    expect((await runChain(launcher, spec, tape)).events).toEqual(expected)
  })

  it('gives it also where a twentieth of what is sent is lost, on both ways', async () => {
    const { events } = await runChain(launcher, spec, tape, {
      toStreamer: (port) => bends.bend(port, 31),
      toAlgorithm: (port) => bends.bend(port, 32),
    })
    expect(bends.leastDropped()).toBeGreaterThan(0)
    expect(events).toEqual(expected)
  })

  it('ends the run where the simulator has come to another account, and says from where on', async () => {
    const chain = runChain(launcher, spec, tape, { otherwise: { MAKER_FEE_PCT: 0.0003 } })
    await expect(chain).rejects.toThrow(/Not believable from event \d+ of the feed on/)
  })

  it('repeats the switches of another run at their places', async () => {
    const simulatorParameters = {
      ...spec.simulatorParameters,
      TRADING_SWITCHES: '1000:HALTED 1500:ACTIVE 3000:REDUCING',
    }
    const { events } = await runChain(launcher, { ...spec, simulatorParameters }, tape)
    expect(events).toEqual(inOneProcess(simulatorParameters))
    expect(events).not.toEqual(expected)
  })
})
