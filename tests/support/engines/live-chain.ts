import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { EngineMessage } from '../../../engines/edge/process/control.ts'
import type { EngineAddress, EngineHandle, Launcher } from '../../../server/launcher/port.ts'
import {
  algorithmEngine,
  liveStreamer,
  sandboxEngine,
  simulatorEngine,
  type OwnerlessSpec,
} from '../../../server/simulations/engine-specs.ts'

/** A LIVE run over the sandbox's generated market, as four processes. */
export interface LiveChain {
  readonly sandbox: EngineHandle
  readonly streamer: EngineHandle
  readonly algorithm: EngineHandle
  readonly simulator: EngineHandle
  /** Everything that the simulator told so far. */
  readonly messages: readonly EngineMessage[]
  /** Its events among it. */
  events(): readonly SimulatorEvent[]
  /** Acknowledges all events so far, and from now on each batch as it comes. */
  acknowledge(): void
  /** Launches another streamer of the same market. */
  anotherStreamer(): EngineHandle
}

/** Bends the way to the streamer: takes its port, gives the one that the algorithm is told instead. */
export type LiveDetour = (port: number) => Promise<number>

/** Where the other engines of its owner reach an engine. */
export async function insideOf(engine: EngineHandle): Promise<EngineAddress> {
  const addresses = await engine.ready
  if (addresses === null) throw new Error('the engine serves nobody')
  return addresses.inside
}

/** The engines of a chain, from the market to the simulator. */
export type ChainRole = 'sandbox' | 'streamer' | 'algorithm' | 'simulator'

/**
 * Starts a run as the server would: each engine once the one before it listens. The streamer learns the products from the
 * algorithm's subscription, so that the run sees a tape recorded at `recordPath` from its first market event on.
 */
export async function startLiveChain(
  launcher: Launcher,
  spec: SimulationSpec,
  recordPath: string,
  activity: number,
  toStreamer?: LiveDetour,
): Promise<LiveChain> {
  const launch = (engine: OwnerlessSpec): EngineHandle => launcher.launch({ ...engine, owner: spec.id })
  const market = sandboxEngine(spec.seed, 'warn')
  const sandbox = launch({ ...market, env: { ...market.env, SANDBOX_ACTIVITY: String(activity) } })
  const { host, port } = await insideOf(sandbox)
  const feed = { wsUrl: `ws://${host}:${port}`, restUrl: `http://${host}:${port}`, silenceMs: 15_000 }
  const streamer = launch(liveStreamer({ source: 'sandbox', ...feed, record: recordPath }, 'warn'))
  const source = await insideOf(streamer)
  const bent = toStreamer === undefined ? source : { ...source, port: await toStreamer(source.port) }
  const algorithm = launch(algorithmEngine(spec, bent, 'warn'))
  const simulator = launch(simulatorEngine(spec, await insideOf(algorithm), 'warn'))

  const messages: EngineMessage[] = []
  let acknowledging = false
  const events = (): SimulatorEvent[] => {
    return messages.flatMap((message) => (message.type === 'events' ? message.events : []))
  }
  const tellLast = (sequence: number | undefined): void => {
    if (sequence !== undefined) simulator.tell({ type: 'ack', sequence })
  }
  simulator.onMessage((message) => {
    messages.push(message)
    if (acknowledging && message.type === 'events') tellLast(message.events.at(-1)?.sequence)
  })
  return {
    sandbox,
    streamer,
    algorithm,
    simulator,
    messages,
    events,
    anotherStreamer: () => launch(liveStreamer({ source: 'sandbox', ...feed, record: null }, 'warn')),
    acknowledge() {
      acknowledging = true
      tellLast(events().at(-1)?.sequence)
    },
  }
}
