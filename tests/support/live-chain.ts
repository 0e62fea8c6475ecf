import type { SimulatorEvent } from '../../engines/domain/event.ts'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import type { EngineMessage } from '../../engines/edge/control.ts'
import type { EngineHandle, EngineSpec, Launcher } from '../../server/launcher/port.ts'
import { algorithmEnv, simulatorEnv } from '../../server/simulations/engine-env.ts'

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
): Promise<LiveChain> {
  const host = '127.0.0.1'
  const launch = (engine: Omit<EngineSpec, 'owner'>): EngineHandle => launcher.launch({ ...engine, owner: spec.id })
  const portOf = async (engine: EngineHandle): Promise<number> => {
    const port = await engine.ready
    if (port === null) throw new Error('the engine serves no port')
    return port
  }
  const common = { BIND_ADDR: `${host}:0`, LOG_LEVEL: 'warn' }
  const market = { SANDBOX_SEED: String(spec.seed), SANDBOX_ACTIVITY: String(activity) }
  const sandbox = launch({ entry: 'exchange-sandbox', role: 'STREAMER', env: { ...common, ...market } })
  const venue = `${host}:${await portOf(sandbox)}`
  const feed = { SOURCE: 'sandbox', COINBASE_WS_URL: `ws://${venue}`, COINBASE_REST_URL: `http://${venue}` }
  const record = { RECORD_PATH: recordPath }
  const streamer = launch({ entry: 'streamer', role: 'STREAMER', env: { ...common, ...feed, ...record } })
  const source = { host, port: await portOf(streamer) }
  const algorithm = launch({ entry: 'algorithm', role: 'ALGORITHM', env: algorithmEnv(spec, source, 'warn') })
  const upstream = { host, port: await portOf(algorithm) }
  const simulator = launch({ entry: 'simulator', role: 'SIMULATOR', env: simulatorEnv(spec, upstream, 'warn') })

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
    acknowledge() {
      acknowledging = true
      tellLast(events().at(-1)?.sequence)
    },
  }
}
