import type { Parameters, SimulationSpec } from '../../engines/domain/simulation.ts'

/** The image that holds every engine; which one runs is its command. */
const IMAGE = 'aw-trade-engine'
const UDP_PORT = 8888
const SANDBOX_PORT = 8080
const TAPE_PREFIX = 'tape:'

type Environment = Readonly<Record<string, string>>

/** A service of the file: what it runs, with which variables, after which others. */
interface Service {
  readonly name: string
  readonly command: string
  readonly environment: Environment
  readonly dependsOn: readonly string[]
  readonly readsTapes: boolean
}

/** A YAML double-quoted scalar is a JSON string; `$` is doubled, since Compose would put variables in. */
const quote = (text: string): string => JSON.stringify(text).replaceAll('$', '$$$$')

function parameterVariables(parameters: Parameters): Environment {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
}

const tapePath = (spec: SimulationSpec): string => `/tapes/${spec.source.slice(TAPE_PREFIX.length)}.tape`

function durationVariable(spec: SimulationSpec): Environment {
  return spec.durationSeconds === null ? {} : { DURATION_SECONDS: String(spec.durationSeconds) }
}

function streamerVariables(spec: SimulationSpec): Environment {
  const common = { BIND_ADDR: `0.0.0.0:${UDP_PORT}`, PRODUCTS: spec.products.join(',') }
  if (spec.source.startsWith(TAPE_PREFIX)) {
    const tape = { SOURCE: 'tape', TAPE_PATH: tapePath(spec), REPLAY_SPEED: String(spec.speed) }
    return { ...common, ...tape, ...durationVariable(spec) }
  }
  if (spec.source !== 'sandbox') return { ...common, SOURCE: spec.source }
  const address = `exchange-sandbox:${SANDBOX_PORT}`
  return { ...common, SOURCE: 'sandbox', COINBASE_WS_URL: `ws://${address}`, COINBASE_REST_URL: `http://${address}` }
}

function sandboxService(spec: SimulationSpec): Service {
  const environment = { BIND_ADDR: `0.0.0.0:${SANDBOX_PORT}`, SANDBOX_SEED: String(spec.seed) }
  return { name: 'exchange-sandbox', command: 'exchange-sandbox', environment, dependsOn: [], readsTapes: false }
}

/** The three engines, and the sandbox where it is the source. */
function pipelineServices(spec: SimulationSpec): readonly Service[] {
  const sandbox = spec.source === 'sandbox' ? [sandboxService(spec)] : []
  const lossless = String(spec.mode !== 'LIVE')
  const streamer: Service = {
    name: 'streamer',
    command: 'streamer',
    environment: streamerVariables(spec),
    dependsOn: sandbox.map((service) => service.name),
    readsTapes: spec.source.startsWith(TAPE_PREFIX),
  }
  const algorithm: Service = {
    name: 'algorithm',
    command: 'algorithm',
    environment: {
      BIND_ADDR: `0.0.0.0:${UDP_PORT}`,
      STREAMING_SOURCE_IP: streamer.name,
      STREAMING_SOURCE_PORT: String(UDP_PORT),
      ALGORITHM: spec.algorithm,
      PRODUCTS: spec.products.join(','),
      LOSSLESS: lossless,
      ...parameterVariables(spec.algorithmParameters),
    },
    dependsOn: [streamer.name],
    readsTapes: false,
  }
  const simulator: Service = {
    name: 'simulator',
    command: 'simulator',
    environment: {
      SIMULATION_ID: spec.id,
      ALGORITHM_SOURCE_IP: algorithm.name,
      ALGORITHM_SOURCE_PORT: String(UDP_PORT),
      LOSSLESS: lossless,
      ...parameterVariables(spec.simulatorParameters),
    },
    dependsOn: [algorithm.name],
    readsTapes: false,
  }
  return [...sandbox, streamer, algorithm, simulator]
}

function backtestService(spec: SimulationSpec): Service {
  const environment = {
    SIMULATION_ID: spec.id,
    ALGORITHM: spec.algorithm,
    TAPE_PATH: tapePath(spec),
    PRODUCTS: spec.products.join(','),
    ...durationVariable(spec),
    ...parameterVariables(spec.algorithmParameters),
    ...parameterVariables(spec.simulatorParameters),
  }
  return { name: 'backtest', command: 'backtest', environment, dependsOn: [], readsTapes: true }
}

function serviceLines(service: Service): readonly string[] {
  return [
    `  ${service.name}:`,
    `    image: ${IMAGE}`,
    `    command: [${quote(service.command)}]`,
    '    environment:',
    ...Object.entries(service.environment).map(([name, value]) => `      ${name}: ${quote(value)}`),
    ...(service.readsTapes ? ['    volumes:', '      - "./tapes:/tapes:ro"'] : []),
    ...(service.dependsOn.length > 0 ? [`    depends_on: [${service.dependsOn.join(', ')}]`] : []),
    '    networks: [engines]',
    '    restart: "no"',
  ]
}

/**
 * The Compose file that runs a simulation by itself: the same engines with the same variables, on a network of their
 * own. A sandbox is added where it is the source; a tape is expected under `./tapes`.
 */
export function composeFile(spec: SimulationSpec): string {
  const services = spec.mode === 'BACKTEST' ? [backtestService(spec)] : pipelineServices(spec)
  const duration =
    spec.mode === 'LIVE' && spec.durationSeconds !== null ? [`# Stop it after ${spec.durationSeconds} seconds.`] : []
  // Without a way out, except where the market is outside.
  const internal = spec.source.startsWith(TAPE_PREFIX) || spec.source === 'sandbox'
  return [
    `# AW-Trade simulation ${spec.id}: ${quote(spec.algorithm)} on ${quote(spec.source)}, ${spec.mode}.`,
    ...duration,
    `name: aw-trade-${spec.id.slice(0, 8)}`,
    'services:',
    ...services.flatMap(serviceLines),
    'networks:',
    '  engines:',
    '    driver: bridge',
    `    internal: ${internal}`,
    '',
  ].join('\n')
}
