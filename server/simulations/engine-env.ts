import type { Parameters, SimulationSpec } from '../../engines/domain/simulation.ts'
import type { StreamerAddress } from './live-sources.ts'

/** Parameters as environment variables: their names are the keys. */
function parametersEnv(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
}

const products = (spec: SimulationSpec): string => spec.products.join(',')

/** Whether every engine of the run must see every event: a tape can wait, a live feed cannot. */
const lossless = (spec: SimulationSpec): string => String(spec.mode !== 'LIVE')

/** Variables of a streamer that plays a tape for one simulation. */
export function replayStreamerEnv(spec: SimulationSpec, tape: string, logLevel: string): Record<string, string> {
  return {
    BIND_ADDR: '127.0.0.1:0',
    SOURCE: 'tape',
    TAPE_PATH: tape,
    PRODUCTS: products(spec),
    REPLAY_SPEED: String(spec.speed),
    LOG_LEVEL: logLevel,
    ...(spec.durationSeconds === null ? {} : { DURATION_SECONDS: String(spec.durationSeconds) }),
  }
}

/** Variables of an algorithm that listens to `streamer`. */
export function algorithmEnv(
  spec: SimulationSpec,
  streamer: StreamerAddress,
  logLevel: string,
): Record<string, string> {
  return {
    ...parametersEnv(spec.algorithmParameters),
    BIND_ADDR: '127.0.0.1:0',
    STREAMING_SOURCE_IP: streamer.host,
    STREAMING_SOURCE_PORT: String(streamer.port),
    ALGORITHM: spec.algorithm,
    PRODUCTS: products(spec),
    LOSSLESS: lossless(spec),
    LOG_LEVEL: logLevel,
  }
}

/** Variables of a simulator that listens to the algorithm at `algorithm`. */
export function simulatorEnv(
  spec: SimulationSpec,
  algorithm: StreamerAddress,
  logLevel: string,
): Record<string, string> {
  return {
    ...parametersEnv(spec.simulatorParameters),
    SIMULATION_ID: spec.id,
    ALGORITHM_SOURCE_IP: algorithm.host,
    ALGORITHM_SOURCE_PORT: String(algorithm.port),
    LOSSLESS: lossless(spec),
    LOG_LEVEL: logLevel,
  }
}

/** Variables of a back-test: the whole path in one process. */
export function backtestEnv(spec: SimulationSpec, tape: string, logLevel: string): Record<string, string> {
  return {
    ...parametersEnv(spec.algorithmParameters),
    ...parametersEnv(spec.simulatorParameters),
    SIMULATION_ID: spec.id,
    ALGORITHM: spec.algorithm,
    TAPE_PATH: tape,
    PRODUCTS: products(spec),
    LOG_LEVEL: logLevel,
    ...(spec.durationSeconds === null ? {} : { DURATION_SECONDS: String(spec.durationSeconds) }),
  }
}
