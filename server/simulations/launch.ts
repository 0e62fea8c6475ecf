import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import { addressOf, type EngineAddress, type EngineHandle } from '../launcher/port.ts'
import type { SourceLease } from '../sources/live-sources.ts'
import { algorithmEngine, backtestEngine, replayStreamer, simulatorEngine, type OwnerlessSpec } from './engine-specs.ts'
import { reasonOf } from './ending/reason.ts'
import type { RunPorts } from './run-ports.ts'

/** What a run is told while its engines are launched. */
export interface Launching {
  /** Whether the run is ending already: then nothing more is launched. */
  isEnding(): boolean
  /** In the turn in which the engine is launched, so that none of its messages is missed. */
  attend(engine: EngineHandle): void
  share(lease: SourceLease): void
  /** Where this server finds the run's market data; null: nowhere. */
  served(address: EngineAddress | null): void
  /** All of a back-test is there. */
  begun(): Promise<void>
  fail(reason: string): void
}

const ENDED = 'The simulation was ended while it started.'

/** Launches the engines of a run. @throws Error, for a person, where one cannot be launched or the run is ending. */
export async function launchRun(spec: SimulationSpec, ports: RunPorts, run: Launching): Promise<void> {
  const launch = (engine: OwnerlessSpec): EngineHandle => {
    if (run.isEnding()) throw new Error(ENDED)
    const handle = ports.launcher.launch({ ...engine, owner: spec.id })
    run.attend(handle)
    return handle
  }
  const { logLevel, redisUrl } = ports
  if (spec.mode === 'BACKTEST') {
    run.served(null)
    await launch(backtestEngine(spec, ports.tapePath(spec.source), logLevel, redisUrl)).ready
    return run.begun()
  }
  // By it the engines of a tape's chain know whom to wait for.
  const key = ports.drawKey()
  const streamer =
    spec.source === 'coinbase' || spec.source === 'sandbox'
      ? await lease(spec.source, spec, ports, run)
      : await playTape(launch(replayStreamer(spec, ports.tapePath(spec.source), logLevel, key)), run)
  const upstream = await addressOf(launch(algorithmEngine(spec, streamer, logLevel, key)))
  launch(simulatorEngine(spec, upstream, logLevel, redisUrl, key))
}

/** Shares the streamer of a live source. */
async function lease(
  name: 'coinbase' | 'sandbox',
  spec: SimulationSpec,
  ports: RunPorts,
  run: Launching,
): Promise<EngineAddress> {
  const own = spec.freshMarket === true ? { ownedBy: spec.id } : {}
  const held = await ports.acquire({ name, seed: spec.seed, ...own })
  if (run.isEnding()) {
    held.release()
    throw new Error(ENDED)
  }
  run.share(held)
  run.served(held.address)
  return held.connect(spec.id)
}

function playTape(streamer: EngineHandle, run: Launching): Promise<EngineAddress> {
  streamer.ready.then(
    (addresses) => run.served(addresses?.outside ?? null),
    (error: unknown) => run.fail(reasonOf(error)),
  )
  return addressOf(streamer)
}
