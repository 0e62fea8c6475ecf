import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { catalog } from '../engines/algorithm/catalog.ts'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import { ORDER_STATES, ORDER_TYPES, TIMES_IN_FORCE } from '../engines/domain/trading/order.ts'
import { readTape } from '../engines/edge/tape/reader.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { createPipeline } from '../engines/pipeline/pipeline.ts'
import { cutWindow } from '../engines/pipeline/tape-window.ts'
import { bundleWithSimulator, runChain, testLauncher } from './support/engines/engine-chain.ts'
import { createBends } from './support/wire/lossy-relay.ts'
import { createScriptedCore } from './support/engines/scripted-simulator.ts'
import { specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-orders-'))
const launcher = testLauncher(folder)
const bends = createBends()
const products = ['BTC-USD', 'SHIB-USD']
const plain = specOf('rsi', products, { RSI_PERIOD: 5, SIGNAL_COOLDOWN_MS: 5_000 })
const latencies = { ORDER_LATENCY_MS: 30, CANCEL_LATENCY_MS: 20, MAKER_FEE_PCT: 0.0002 }
const spec = { ...plain, simulatorParameters: { ...plain.simulatorParameters, ...latencies } }
let tape = ''
let expected: readonly SimulatorEvent[] = []

/** As a back-test runs it: one event through all cores, and then the next. */
function runScripted(): readonly SimulatorEvent[] {
  const algorithm = catalog.find(spec.algorithm)!
  const events: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void events.push(event)
  const pipeline = createPipeline({ ...spec, algorithm, simulator: createScriptedCore(spec.simulatorParameters) })
  for (const batch of cutWindow(readTape(tape), spec)) for (const event of batch) pipeline.step(event, emit)
  pipeline.end(emit)
  return events
}

beforeAll(async () => {
  await bundleWithSimulator(folder, 'tests/support/engines/scripted-simulator.main.ts')
  const market = { seed: 5, startTime: 1_767_571_200_000_000, seconds: 120, activity: 1, products }
  tape = await writeTape(folder, 'market', generateEvents(market))
  expected = runScripted()
})
afterEach(() => bends.dispose())
afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('orders of every type, for every time, in groups, replaced and cancelled', () => {
  it('are all there, and come to every end that an order can come to', () => {
    const orders = expected.flatMap((event) => (event.type === 'order' ? [event.order] : []))
    expect(new Set(orders.map(({ type }) => type))).toEqual(new Set(ORDER_TYPES))
    expect(new Set(orders.map(({ timeInForce }) => timeInForce))).toEqual(new Set(TIMES_IN_FORCE))
    expect(new Set(orders.map(({ state }) => state))).toEqual(new Set(ORDER_STATES))
    const reasons = new Set(orders.map(({ reason }) => reason))
    for (const reason of ['WOULD_CROSS', 'GROUP', 'REQUESTED']) expect(reasons).toContain(reason)
    const fills = expected.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(new Set(fills.map(({ product }) => product))).toEqual(new Set(products))
    expect(new Set(fills.map(({ liquidity }) => liquidity))).toEqual(new Set(['MAKER', 'TAKER']))
    expect(expected.filter(({ type }) => type === 'roundTrip').length).toBeGreaterThan(5)
  })

  it('give in three processes each event that a back-test gives', async () => {
    expect((await runChain(launcher, spec, tape)).events).toEqual(expected)
  })

  it('give it also where a twentieth of what is sent is lost, on both ways', async () => {
    const { events } = await runChain(launcher, spec, tape, {
      toStreamer: (port) => bends.bend(port, 31),
      toAlgorithm: (port) => bends.bend(port, 32),
    })
    expect(bends.leastDropped()).toBeGreaterThan(0)
    expect(events).toEqual(expected)
  })
})
