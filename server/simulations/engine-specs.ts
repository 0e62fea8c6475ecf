import { SANDBOX_PRODUCTS } from '../../engines/exchange-sandbox/listing.ts'
import type { Parameters, SimulationSpec } from '../../engines/domain/simulation.ts'
import type { EngineAddress, EngineSpec } from '../launcher/port.ts'

/** An engine of which it is not said yet to whom it belongs. */
export type OwnerlessSpec = Omit<EngineSpec, 'owner'>

/** Parameters as environment variables: their names are the keys. */
function parametersEnv(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
}

const products = (spec: SimulationSpec): string => spec.products.join(',')

/** Whether every engine of the run must see every event: a tape can wait, a live feed cannot. */
const lossless = (spec: SimulationSpec): string => String(spec.mode !== 'LIVE')

/** By a run's key its engines know whom to wait for. A live one waits for nobody. */
const keyOf = (spec: SimulationSpec, key: number | null): Record<string, string> =>
  spec.mode === 'LIVE' || key === null ? {} : { LOSSLESS_CHAIN: String(key) }

const duration = (spec: SimulationSpec): Record<string, string> =>
  spec.durationSeconds === null ? {} : { DURATION_SECONDS: String(spec.durationSeconds) }

/** A streamer that plays a tape for one simulation. @param key of the run; null: whoever is lossless is waited for. */
export function replayStreamer(
  spec: SimulationSpec,
  tape: string,
  logLevel: string,
  key: number | null = null,
): OwnerlessSpec {
  return {
    entry: 'streamer',
    role: 'STREAMER',
    serves: 'udp',
    outbound: false,
    tape: { variable: 'TAPE_PATH', path: tape },
    env: {
      SOURCE: 'tape',
      PRODUCTS: products(spec),
      REPLAY_SPEED: String(spec.speed),
      LOG_LEVEL: logLevel,
      ...keyOf(spec, key),
      ...duration(spec),
    },
  }
}

/** An algorithm that listens to `streamer`. */
export function algorithmEngine(
  spec: SimulationSpec,
  streamer: EngineAddress,
  logLevel: string,
  key: number | null = null,
): OwnerlessSpec {
  return {
    entry: 'algorithm',
    role: 'ALGORITHM',
    serves: 'udp',
    outbound: false,
    tape: null,
    env: {
      ...parametersEnv(spec.algorithmParameters),
      // One that trades on its account keeps it as the simulator does.
      ...parametersEnv(spec.simulatorParameters),
      STREAMING_SOURCE_IP: streamer.host,
      STREAMING_SOURCE_PORT: String(streamer.port),
      ALGORITHM: spec.algorithm,
      PRODUCTS: products(spec),
      LOSSLESS: lossless(spec),
      ...keyOf(spec, key),
      LOG_LEVEL: logLevel,
    },
  }
}

/** Where a simulator puts its events; null: it hands them to its launcher. */
const bus = (redisUrl: string | null): Record<string, string> => (redisUrl === null ? {} : { REDIS_URL: redisUrl })

/** A simulator that listens to the algorithm at `algorithm`. @param redisUrl where its events go; null: to its launcher. */
export function simulatorEngine(
  spec: SimulationSpec,
  algorithm: EngineAddress,
  logLevel: string,
  redisUrl: string | null = null,
  key: number | null = null,
): OwnerlessSpec {
  return {
    entry: 'simulator',
    role: 'SIMULATOR',
    serves: null,
    outbound: false,
    tape: null,
    env: {
      ...parametersEnv(spec.simulatorParameters),
      SIMULATION_ID: spec.id,
      ALGORITHM_SOURCE_IP: algorithm.host,
      ALGORITHM_SOURCE_PORT: String(algorithm.port),
      LOSSLESS: lossless(spec),
      ...keyOf(spec, key),
      LOG_LEVEL: logLevel,
      ...bus(redisUrl),
    },
  }
}

/** A back-test: the whole path in one process. @param redisUrl where its events go; null: to its launcher. */
export function backtestEngine(
  spec: SimulationSpec,
  tape: string,
  logLevel: string,
  redisUrl: string | null = null,
): OwnerlessSpec {
  return {
    entry: 'backtest',
    role: 'SIMULATOR',
    serves: null,
    outbound: false,
    tape: { variable: 'TAPE_PATH', path: tape },
    env: {
      ...parametersEnv(spec.algorithmParameters),
      ...parametersEnv(spec.simulatorParameters),
      SIMULATION_ID: spec.id,
      ALGORITHM: spec.algorithm,
      PRODUCTS: products(spec),
      LOG_LEVEL: logLevel,
      ...duration(spec),
      ...bus(redisUrl),
    },
  }
}

/**
 * A local feed that speaks the venue's protocol.
 * @param start when its market begins: as soon as it is open, or when the first asks for it
 */
export function sandboxEngine(
  seed: number,
  logLevel: string,
  start: 'at-once' | 'first-subscription' = 'at-once',
): OwnerlessSpec {
  return {
    entry: 'exchange-sandbox',
    role: 'STREAMER',
    serves: 'tcp',
    outbound: false,
    tape: null,
    env: {
      SANDBOX_SEED: String(seed),
      SANDBOX_PRODUCTS: SANDBOX_PRODUCTS.join(','),
      SANDBOX_START: start,
      LOG_LEVEL: logLevel,
    },
  }
}

/** Where a streamer finds its venue, and how it follows it. */
export interface VenueSettings {
  readonly source: 'coinbase' | 'sandbox'
  readonly wsUrl: string
  readonly restUrl: string
  /** Without a message for so long the feed is dead. */
  readonly silenceMs: number
  /** The tape that it records; null: it does not. */
  readonly record: string | null
}

/** A streamer that follows a live feed. */
export function liveStreamer(venue: VenueSettings, logLevel: string): OwnerlessSpec {
  return {
    entry: 'streamer',
    role: 'STREAMER',
    serves: 'udp',
    outbound: true,
    tape: venue.record === null ? null : { variable: 'RECORD_PATH', path: venue.record },
    env: {
      SOURCE: venue.source,
      COINBASE_WS_URL: venue.wsUrl,
      COINBASE_REST_URL: venue.restUrl,
      FEED_SILENCE_MS: String(venue.silenceMs),
      LOG_LEVEL: logLevel,
    },
  }
}
