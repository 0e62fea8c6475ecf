import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DataQuality } from '../engines/domain/quality.ts'
import type { SimulationSpec } from '../engines/domain/simulation.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import type { EngineHandle } from '../server/launcher/port.ts'
import { createSubscriber } from '../engines/edge/udp/subscriber.ts'
import { runChain, testLauncher, type ChainResult, type Detours } from './support/engines/engine-chain.ts'
import { createLossyRelay, type Faults, type LossyRelay } from './support/wire/lossy-relay.ts'
import { fills, fingerprintOf, runPure, specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-lossy-'))
const launcher = testLauncher()
const plain = specOf('rsi', ['BTC-USD', 'ETH-USD'], { SIGNAL_COOLDOWN_MS: 5_000 })
/** With every exit that a position can have, so that orders of all their types are on the way. */
const spec: SimulationSpec = {
  ...plain,
  simulatorParameters: {
    ...plain.simulatorParameters,
    STOP_LOSS_PCT: 0.0015,
    TAKE_PROFIT_PCT: 0.0002,
    TRAILING_STOP_PCT: 0.0001,
    TRAILING_ACTIVATION_PCT: 0.0001,
    MAX_HOLD_SECONDS: 8,
    ORDER_LATENCY_MS: 30,
  },
}
let tape = ''
const relays: LossyRelay[] = []
const opened: { dispose(): Promise<void> }[] = []

beforeAll(async () => {
  const market = { seed: 11, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1 }
  tape = await writeTape(folder, 'generated', generateEvents({ ...market, products: spec.products }))
})
afterEach(async () => {
  await Promise.all([...relays.splice(0), ...opened.splice(0)].map((one) => one.dispose()))
})
afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** Puts a relay before a port. */
async function bend(port: number, seed: number, faults: Faults): Promise<number> {
  const relay = await createLossyRelay({ target: { host: '127.0.0.1', port }, seed, faults })
  relays.push(relay)
  return relay.port
}

/** Subscribes to a port as anybody can, asks to be waited for, and takes nothing. */
async function holdUp(port: number): Promise<number> {
  const source = { host: '127.0.0.1', port }
  const stranger = await createSubscriber({
    source,
    products: [],
    lossless: true,
    now: () => 0,
    random: Math.random,
    onMessage: () => undefined,
  })
  opened.push(stranger)
  stranger.hold()
  await stranger.whenSubscribed()
  return port
}

/** What each listener says of its hop. */
function hops(result: ChainResult): readonly [toAlgorithm: DataQuality, toSimulator: DataQuality] {
  const quality = (role: string): DataQuality => {
    const found = result.reports.get(role)?.quality
    if (found === undefined) throw new Error(`the ${role} told nothing of its data`)
    return found
  }
  return [quality('ALGORITHM'), quality('SIMULATOR')]
}

describe('three processes with a bad network on both hops', () => {
  it('give the fingerprint of the pure pipeline, and say how much had to be sent again', async () => {
    const pure = runPure(spec, tape)
    expect(fills(pure)).toBeGreaterThan(10)
    const faults = { drop: 0.05, duplicate: 0.05, reorder: 0.05 }
    const result = await runChain(launcher, spec, tape, {
      toStreamer: (port) => bend(port, 21, faults),
      toAlgorithm: (port) => bend(port, 22, faults),
    })
    expect(result.fingerprint).toBe(fingerprintOf(pure))
    // Not only the fills: every event is the same, in every figure.
    expect(result.events).toEqual(pure)
    for (const [index, quality] of hops(result).entries()) {
      const { dropped, duplicated, reordered } = relays[index]!.counts()
      expect(Math.min(dropped, duplicated, reordered)).toBeGreaterThan(0)
      expect(quality.gaps).toBeGreaterThan(0)
      expect(quality.recovered).toBeGreaterThan(0)
      expect(quality.duplicates).toBeGreaterThan(0)
      expect(quality.lost).toBe(0)
    }
  })

  it.each<[hop: string, detour: (bent: (port: number) => Promise<number>) => Detours]>([
    ['streamer and algorithm', (bent) => ({ toStreamer: bent })],
    ['algorithm and simulator', (bent) => ({ toAlgorithm: bent })],
  ])('bear that the line between %s is cut for a moment', async (_, detour) => {
    const running = runChain(
      launcher,
      { ...spec, speed: 40 },
      tape,
      detour((port) => bend(port, 23, {})),
    )
    // Handled below; a failure meanwhile must not count as unhandled.
    running.catch(() => undefined)
    const soon = { timeout: 10_000, interval: 5 }
    const relay = await vi.waitFor(() => {
      expect(relays[0]?.counts().forwarded).toBeGreaterThan(50)
      return relays[0]!
    }, soon)
    relay.setFaults({ drop: 1 })
    const { dropped, forwarded } = relay.counts()
    // Long enough that heartbeats and repeated requests are lost too, in both directions.
    await vi.waitFor(() => expect(relay.counts().dropped - dropped).toBeGreaterThan(20), soon)
    expect(relay.counts().forwarded).toBe(forwarded)
    relay.setFaults({})
    const result = await running
    const pure = runPure(spec, tape)
    expect(result.fingerprint).toBe(fingerprintOf(pure))
    expect(result.events).toEqual(pure)
    const [toAlgorithm, toSimulator] = hops(result)
    expect(toAlgorithm.gaps + toSimulator.gaps).toBeGreaterThan(0)
    expect(toAlgorithm.recovered + toSimulator.recovered).toBeGreaterThan(0)
    expect(toAlgorithm.lost + toSimulator.lost).toBe(0)
  })
})

describe('three processes that know each other', () => {
  it('wait for one of theirs that is frozen, say so meanwhile, and are held up by nobody else', async () => {
    const engines = new Map<string, EngineHandle>()
    const running = runChain(launcher, { ...spec, speed: 20 }, tape, {
      key: 77,
      launched: (engine) => engines.set(engine.role, engine),
      toStreamer: holdUp,
      toAlgorithm: holdUp,
    })
    running.catch(() => undefined)
    const soon = { timeout: 15_000, interval: 20 }
    const sayings = (role: string) => engines.get(role)?.saying()
    await vi.waitFor(() => expect(sayings('ALGORITHM')?.emitted?.total).toBeGreaterThan(10), soon)
    const pid = engines.get('ALGORITHM')?.entry().pid ?? Number.NaN
    process.kill(pid, 'SIGSTOP')
    try {
      await vi.waitFor(() => {
        expect(sayings('STREAMER')?.warnings).toEqual([
          expect.stringMatching(/^The tape has waited for \d+ s for the algorithm/),
        ])
        expect(sayings('SIMULATOR')?.warnings).toEqual([expect.stringContaining('has heard nothing of the algorithm')])
      }, soon)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    const result = await running
    expect(result.events).toEqual(runPure(spec, tape))
    for (const quality of hops(result)) expect(quality).toMatchObject({ lost: 0, lossUnknown: false })
    for (const report of result.reports.values()) expect(report).toMatchObject({ warnings: [] })
    expect(result.reports.get('SIMULATOR')?.doubts).toEqual([])
  })
})
