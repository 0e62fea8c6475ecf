import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulatorEvent } from '../../engines/domain/event.ts'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import type { EngineMessage } from '../../engines/edge/control.ts'
import { algorithmEnv, backtestEnv, replayStreamerEnv, simulatorEnv } from '../../server/simulations/engine-env.ts'
import type { EngineHandle, EngineSpec, Launcher } from '../../server/launcher/port.ts'
import { createProcessLauncher } from '../../server/launcher/process.ts'
import { root } from '../../server/setup.mjs'

/** What came out of engines that ran in processes of their own. */
export interface ChainResult {
  readonly events: readonly SimulatorEvent[]
  readonly fingerprint: string | null
  /** The last report of each engine, by role. */
  readonly reports: ReadonlyMap<string, Extract<EngineMessage, { type: 'report' }>>
}

/** A launcher of the bundled engines, with a folder of its own. */
export function testLauncher(): Launcher & { remove(): Promise<void> } {
  const marks = mkdtempSync(join(tmpdir(), 'aw-trade-marks-'))
  const launcher = createProcessLauncher({ engines: join(root, 'dist/engines'), marks, env: process.env })
  return {
    ...launcher,
    async remove() {
      await launcher.dispose()
      rmSync(marks, { recursive: true, force: true })
    },
  }
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

/** Runs a spec over a tape: REPLAY as three processes on loopback UDP, BACKTEST as one. */
export async function runChain(
  launcher: Launcher,
  spec: SimulationSpec,
  tape: string,
  detours: Detours = {},
): Promise<ChainResult> {
  const reports = new Map<string, Extract<EngineMessage, { type: 'report' }>>()
  const launch = (engine: Omit<EngineSpec, 'owner'>): EngineHandle => {
    const handle = launcher.launch({ ...engine, owner: spec.id })
    handle.onMessage((message) => {
      if (message.type === 'report') reports.set(engine.role, message)
    })
    return handle
  }
  const portOf = async (engine: EngineHandle): Promise<number> => {
    const port = await engine.ready
    if (port === null) throw new Error('the engine serves no port')
    return port
  }
  if (spec.mode === 'BACKTEST') {
    const engine = launch({ entry: 'backtest', role: 'SIMULATOR', env: backtestEnv(spec, tape, 'warn') })
    const { events, ended } = collect(engine)
    return { events, fingerprint: await ended, reports }
  }
  const host = '127.0.0.1'
  const streamer = launch({ entry: 'streamer', role: 'STREAMER', env: replayStreamerEnv(spec, tape, 'warn') })
  const streamerPort = await portOf(streamer)
  const source = { host, port: (await detours.toStreamer?.(streamerPort)) ?? streamerPort }
  const algorithm = launch({ entry: 'algorithm', role: 'ALGORITHM', env: algorithmEnv(spec, source, 'warn') })
  const algorithmPort = await portOf(algorithm)
  const upstream = { host, port: (await detours.toAlgorithm?.(algorithmPort)) ?? algorithmPort }
  const simulator = launch({ entry: 'simulator', role: 'SIMULATOR', env: simulatorEnv(spec, upstream, 'warn') })
  const { events, ended } = collect(simulator)
  const fingerprint = await ended
  await Promise.all([streamer.exited, algorithm.exited, simulator.exited])
  return { events, fingerprint, reports }
}
