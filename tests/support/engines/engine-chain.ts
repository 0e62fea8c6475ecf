import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { Parameters, SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { EngineMessage } from '../../../engines/edge/process/control.ts'
import {
  algorithmEngine,
  backtestEngine,
  replayStreamer,
  simulatorEngine,
  type OwnerlessSpec,
} from '../../../server/simulations/engine-specs.ts'
import type { EngineHandle, Launcher } from '../../../server/launcher/port.ts'
import { createProcessLauncher } from '../../../server/launcher/process.ts'
import { bundleEngines, root } from '../../../server/setup.mjs'
import { insideOf } from './live-chain.ts'

/** What came out of engines that ran in processes of their own. */
export interface ChainResult {
  readonly events: readonly SimulatorEvent[]
  readonly fingerprint: string | null
  /** The last report of each engine, by role. */
  readonly reports: ReadonlyMap<string, Extract<EngineMessage, { type: 'report' }>>
}

const BUNDLED = join(root, 'dist/engines')

/**
 * A launcher of the bundled engines, with a folder of its own.
 * @param engines where their programs are
 */
export function testLauncher(engines = BUNDLED): Launcher & { remove(): Promise<void> } {
  const marks = mkdtempSync(join(tmpdir(), 'aw-trade-marks-'))
  const launcher = createProcessLauncher({ engines, marks, env: process.env })
  return {
    ...launcher,
    async remove() {
      await launcher.dispose()
      rmSync(marks, { recursive: true, force: true })
    },
  }
}

/** Puts the engines' programs into a folder, with another one of the tests' in the place of the simulator. */
export async function bundleWithSimulator(folder: string, source: string): Promise<void> {
  for (const name of ['streamer', 'algorithm']) symlinkSync(join(BUNDLED, `${name}.js`), join(folder, `${name}.js`))
  await bundleEngines({ simulator: source }, folder)
}

/** Collects a simulator's events, acknowledging each batch as the server would. */
export function collect(engine: EngineHandle): { events: SimulatorEvent[]; ended: Promise<string | null> } {
  const events: SimulatorEvent[] = []
  const ended = new Promise<string | null>((resolve, reject) => {
    engine.onMessage((message) => {
      if (message.type === 'events') {
        events.push(...message.events)
        engine.tell({ type: 'ack', sequence: message.events.at(-1)?.sequence ?? 0 })
      }
      if (message.type === 'ended') resolve(message.fingerprint)
    })
    void engine.exited.then((exit) => reject(new Error(`it ended: ${JSON.stringify(exit)}`)))
  })
  return { events, ended }
}

/** Where the wire between two engines is bent: given the true port, the port that the listener is told. */
export interface Detours {
  readonly toStreamer?: (port: number) => Promise<number>
  readonly toAlgorithm?: (port: number) => Promise<number>
}

/** What else a chain is told. */
export interface ChainOptions extends Detours {
  /** By which its engines know each other; absent: whoever is lossless is waited for. */
  readonly key?: number
  /** What the simulator is told otherwise than the algorithm. */
  readonly otherwise?: Parameters
  /** Called with each engine as it is launched. */
  readonly launched?: (engine: EngineHandle) => void
}

/** Runs a spec over a tape: REPLAY as three processes on loopback UDP, BACKTEST as one. */
export async function runChain(
  launcher: Launcher,
  spec: SimulationSpec,
  tape: string,
  { key, launched, otherwise = {}, ...detours }: ChainOptions = {},
): Promise<ChainResult> {
  const reports = new Map<string, Extract<EngineMessage, { type: 'report' }>>()
  const launch = (engine: OwnerlessSpec): EngineHandle => {
    const handle = launcher.launch({ ...engine, owner: spec.id })
    launched?.(handle)
    handle.onMessage((message) => {
      if (message.type === 'report') reports.set(engine.role, message)
    })
    return handle
  }
  if (spec.mode === 'BACKTEST') {
    const engine = launch(backtestEngine(spec, tape, 'warn'))
    const { events, ended } = collect(engine)
    const fingerprint = await ended
    await engine.exited
    return { events, fingerprint, reports }
  }
  const streamer = launch(replayStreamer(spec, tape, 'warn', key))
  const streamed = await insideOf(streamer)
  const source = { ...streamed, port: (await detours.toStreamer?.(streamed.port)) ?? streamed.port }
  const algorithm = launch(algorithmEngine(spec, source, 'warn', key))
  const proposed = await insideOf(algorithm)
  const upstream = { ...proposed, port: (await detours.toAlgorithm?.(proposed.port)) ?? proposed.port }
  const simulatorSpec = { ...spec, simulatorParameters: { ...spec.simulatorParameters, ...otherwise } }
  const simulator = launch(simulatorEngine(simulatorSpec, upstream, 'warn', null, key))
  const { events, ended } = collect(simulator)
  const fingerprint = await ended
  await Promise.all([streamer.exited, algorithm.exited, simulator.exited])
  return { events, fingerprint, reports }
}
