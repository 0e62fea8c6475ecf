import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog } from '../engines/algorithm/catalog.ts'
import { createAlgorithmCore } from '../engines/algorithm/core.ts'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import type { Signal } from '../engines/domain/trading/signal.ts'
import { FINAL_ORDER_STATES, type OrderState } from '../engines/domain/trading/order.ts'
import type { SimulationSpec } from '../engines/domain/simulation.ts'
import { readTape } from '../engines/edge/tape/reader.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { cutWindow } from '../engines/pipeline/tape-window.ts'
import { createSimulatorCore } from '../engines/simulator/core.ts'
import { decodeDatagram } from '../engines/wire/codec.ts'
import { Lane } from '../engines/wire/lane.ts'
import type { WireMessage } from '../engines/wire/message.ts'
import { root } from '../server/setup.mjs'
import { runChain, testLauncher } from './support/engines/engine-chain.ts'
import { captureEvents, hasRecording, MISSING_RECORDINGS } from './support/market/recordings.ts'
import { fills, fingerprintOf, runPure, specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-determinism-'))
const launcher = testLauncher()

afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

it.each(['REPLAY', 'BACKTEST'] as const)('a %s of a tape that may be of candles or of trades says so', async (mode) => {
  const tape = join(root, 'engines/edge/tape/samples/version-2-candles.tape')
  const { reports } = await runChain(launcher, { ...specOf('rsi', ['POL-USD']), mode }, tape)
  const told = [...reports.values()].flatMap(({ doubts = [] }) => doubts)
  expect(told).toEqual([expect.stringMatching(/^The tape is ambiguous\. It was written before/)])
})

/** Sends messages through the wire's encoding and back. */
function overTheWire(messages: readonly WireMessage[]): readonly WireMessage[] {
  const lane = new Lane(1, [], 1024 * 1024)
  const arrived: WireMessage[] = []
  const flush = (): void => {
    const datagram = lane.seal(0)
    if (datagram < 0) return
    const offset = lane.offsetOf(datagram)
    const decoded = decodeDatagram(lane.bytes.slice(offset, offset + lane.lengthOf(datagram)))
    if (!decoded.ok || decoded.datagram.kind !== 'data') throw new Error('our own datagram was refused')
    arrived.push(...decoded.datagram.messages)
  }
  for (const message of messages) {
    if (lane.append(message)) continue
    flush()
    lane.append(message)
  }
  flush()
  return arrived
}

/** The cores with encoding and decoding between the stages. */
function runEncoded(spec: SimulationSpec, tape: string): readonly SimulatorEvent[] {
  const definition = catalog.find(spec.algorithm)
  if (definition === null) throw new Error(`no algorithm ${spec.algorithm}`)
  const algorithm = createAlgorithmCore(definition, spec.algorithmParameters)
  const simulator = createSimulatorCore(spec.simulatorParameters)
  const events: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void events.push(event)
  for (const batch of cutWindow(readTape(tape), spec)) {
    const onward: WireMessage[] = []
    const collect = (signal: Signal): void => void onward.push({ ...signal, originSentAt: 0 })
    for (const message of overTheWire(batch)) {
      if (message.type === 'signal' || message.type === 'command' || message.type === 'trading')
        throw new Error('a tape holds no signals')
      onward.push(message)
      algorithm.step(message, collect)
    }
    for (const message of overTheWire(onward)) simulator.step(message, emit)
  }
  simulator.step({ type: 'end' }, emit)
  return events
}

async function expectOneFingerprint(spec: SimulationSpec, tape: string): Promise<void> {
  const pure = runPure(spec, tape)
  const expected = fingerprintOf(pure)
  expect(fills(pure)).toBeGreaterThan(10)
  expect(fingerprintOf(runEncoded(spec, tape))).toBe(expected)
  const replay = await runChain(launcher, spec, tape)
  expect(fills(replay.events)).toBe(fills(pure))
  expect(replay.fingerprint).toBe(expected)
  expect(replay.reports.get('SIMULATOR')?.quality?.lost).toBe(0)
  const backtest = await runChain(launcher, { ...spec, mode: 'BACKTEST' }, tape)
  expect(backtest.fingerprint).toBe(expected)
  // Not only the fills: every event is the same, in every figure.
  expect(backtest.events).toEqual(pure)
}

describe('one tape gives one fingerprint: pure, encoded between the stages, in three processes, and as a back-test', () => {
  let generated = ''
  beforeAll(async () => {
    const market = { seed: 7, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1 }
    generated = await writeTape(folder, 'generated', generateEvents({ ...market, products: ['BTC-USD', 'ETH-USD'] }))
  })

  it('with RSI over a generated market of two products', async () => {
    await expectOneFingerprint(specOf('rsi', ['BTC-USD', 'ETH-USD']), generated)
  })

  it('with order-book imbalance over one product of it', async () => {
    const parameters = { IMBALANCE_THRESHOLD: 0.3, MIN_VOLUME_THRESHOLD: 0.1 }
    await expectOneFingerprint(specOf('order-book-imbalance', ['BTC-USD'], parameters), generated)
  })

  it('over the first half minute only, where a duration is given', async () => {
    await expectOneFingerprint({ ...specOf('rsi', ['BTC-USD', 'ETH-USD']), durationSeconds: 30 }, generated)
  })

  it('with every exit that a position can have, on coins of every size side by side', async () => {
    const products = ['BTC-USD', 'SHIB-USD', 'PEPE-USD', 'DOGE-USD']
    const market = { seed: 9, startTime: 1_767_571_200_000_000, seconds: 90, activity: 1, products }
    const coins = await writeTape(folder, 'coins', generateEvents(market))
    const exits = {
      STOP_LOSS_PCT: 0.0015,
      TAKE_PROFIT_PCT: 0.0002,
      TRAILING_STOP_PCT: 0.0001,
      TRAILING_ACTIVATION_PCT: 0.0001,
      MAX_HOLD_SECONDS: 8,
      ORDER_LATENCY_MS: 30,
      CANCEL_LATENCY_MS: 20,
      MIN_CONFIDENCE: 0,
    }
    const plain = specOf('rsi', products, { RSI_PERIOD: 5, SIGNAL_COOLDOWN_MS: 5_000 })
    const spec = { ...plain, simulatorParameters: { ...plain.simulatorParameters, ...exits } }
    const told = runPure(spec, coins)
    const states = new Map<number, OrderState>()
    for (const event of told) {
      if (event.type !== 'order') continue
      const { id, state } = event.order
      // Of an order that has ended nothing more is told.
      expect([id, FINAL_ORDER_STATES.includes(states.get(id) ?? 'ACCEPTED')]).toEqual([id, false])
      states.set(id, state)
    }
    expect([...states.values()].filter((state) => !FINAL_ORDER_STATES.includes(state))).toEqual([])
    const filled = told.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(new Set(filled.map(({ exitReason }) => exitReason))).toEqual(
      new Set([null, 'SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'MAX_HOLD']),
    )
    expect(new Set(filled.map(({ liquidity }) => liquidity))).toEqual(new Set(['MAKER', 'TAKER']))
    expect(new Set(filled.map(({ product }) => product))).toEqual(new Set(products))
    await expectOneFingerprint(spec, coins)
  })

  it('of products that are quoted in another currency', async () => {
    const market = { seed: 10, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1, products: ['ETH-BTC'] }
    const tape = await writeTape(folder, 'eth-btc', generateEvents(market))
    const plain = specOf('rsi', ['ETH-BTC'], { RSI_PERIOD: 5 })
    const capital = { INITIAL_CAPITAL: 2, MIN_CONFIDENCE: 0 }
    await expectOneFingerprint({ ...plain, simulatorParameters: { ...plain.simulatorParameters, ...capital } }, tape)
  })

  it('and another seed gives another fingerprint', async () => {
    const market = { seed: 8, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1 }
    const other = await writeTape(folder, 'other', generateEvents({ ...market, products: ['BTC-USD', 'ETH-USD'] }))
    const spec = specOf('rsi', ['BTC-USD', 'ETH-USD'])
    expect(fingerprintOf(runPure(spec, other))).not.toBe(fingerprintOf(runPure(spec, generated)))
  })
})

describe.skipIf(!hasRecording('rawCapture'))(`on real input (else: ${MISSING_RECORDINGS})`, () => {
  it('the raw Coinbase capture gives one fingerprint, whichever way it is run', async () => {
    const tape = await writeTape(folder, 'capture', [captureEvents()])
    // The capture holds thin books; thresholds low enough that it trades.
    const parameters = { IMBALANCE_THRESHOLD: 0.2, MIN_VOLUME_THRESHOLD: 0, SIGNAL_COOLDOWN_MS: 100 }
    await expectOneFingerprint(specOf('order-book-imbalance', ['SKL-USD'], parameters), tape)
  })
})
