import type { Parameters, SimulationSpec } from '../../engines/domain/simulation.ts'

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
  /** Whether it must reach a venue; none but this one leaves the internal network. */
  readonly outbound: boolean
}

/** A YAML double-quoted scalar is a JSON string; `$` is doubled, since Compose would put variables in. */
const quote = (text: string): string => JSON.stringify(text).replaceAll('$', '$$$$')

function parameterVariables(parameters: Parameters): Environment {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
}

/** Whether its market data come from a venue, not from a tape or from the sandbox. */
const isOutside = ({ source }: SimulationSpec): boolean => !source.startsWith(TAPE_PREFIX) && source !== 'sandbox'

const tapePath = (spec: SimulationSpec): string => `/tapes/${spec.source.slice(TAPE_PREFIX.length)}.tape`

function durationVariable(spec: SimulationSpec): Environment {
  return spec.durationSeconds === null ? {} : { DURATION_SECONDS: String(spec.durationSeconds) }
}

/**
 * Only the engines of the file hold its tape up: they know each other by this number, which the run's id gives, so that the
 * same run gives the same file.
 */
function keyVariable(spec: SimulationSpec): Environment {
  if (spec.mode === 'LIVE') return {}
  return { LOSSLESS_CHAIN: String(1 + Number.parseInt(spec.id.replaceAll('-', '').slice(-12), 16)) }
}

function streamerVariables(spec: SimulationSpec): Environment {
  const common = { BIND_ADDR: `0.0.0.0:${UDP_PORT}`, PRODUCTS: spec.products.join(',') }
  if (spec.source.startsWith(TAPE_PREFIX)) {
    const tape = { SOURCE: 'tape', TAPE_PATH: tapePath(spec), REPLAY_SPEED: String(spec.speed) }
    return { ...common, ...tape, ...keyVariable(spec), ...durationVariable(spec) }
  }
  if (spec.source !== 'sandbox') return { ...common, SOURCE: spec.source }
  const address = `exchange-sandbox:${SANDBOX_PORT}`
  return { ...common, SOURCE: 'sandbox', COINBASE_WS_URL: `ws://${address}`, COINBASE_REST_URL: `http://${address}` }
}

function sandboxService(spec: SimulationSpec): Service {
  const environment = {
    BIND_ADDR: `0.0.0.0:${SANDBOX_PORT}`,
    SANDBOX_SEED: String(spec.seed),
    SANDBOX_PRODUCTS: spec.products.join(','),
    SANDBOX_START: spec.freshMarket === true ? 'first-subscription' : 'at-once',
  }
  return {
    name: 'exchange-sandbox',
    command: 'exchange-sandbox',
    environment,
    dependsOn: [],
    readsTapes: false,
    outbound: false,
  }
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
    outbound: isOutside(spec),
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
      ...keyVariable(spec),
      ...parameterVariables(spec.algorithmParameters),
      // One that trades on its account keeps it as the simulator does.
      ...parameterVariables(spec.simulatorParameters),
    },
    dependsOn: [streamer.name],
    readsTapes: false,
    outbound: false,
  }
  const simulator: Service = {
    name: 'simulator',
    command: 'simulator',
    environment: {
      SIMULATION_ID: spec.id,
      ALGORITHM_SOURCE_IP: algorithm.name,
      ALGORITHM_SOURCE_PORT: String(UDP_PORT),
      LOSSLESS: lossless,
      ...keyVariable(spec),
      ...parameterVariables(spec.simulatorParameters),
    },
    dependsOn: [algorithm.name],
    readsTapes: false,
    outbound: false,
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
  return { name: 'backtest', command: 'backtest', environment, dependsOn: [], readsTapes: true, outbound: false }
}

/** What holds every engine back, as when the server runs it in a container. */
const LIMITS = [
  'x-engine: &engine',
  '  init: true',
  '  user: "1000:1000"',
  '  read_only: true',
  '  tmpfs: ["/tmp:rw,noexec,nosuid,nodev,size=16m"]',
  '  cap_drop: [ALL]',
  '  security_opt: ["no-new-privileges:true"]',
  '  mem_limit: 256m',
  '  memswap_limit: 256m',
  '  cpus: 1',
  '  pids_limit: 64',
  '  restart: "no"',
  '  stop_grace_period: 12s',
  '  logging:',
  '    driver: json-file',
  '    options: { max-size: 10m, max-file: "2" }',
]

function serviceLines(service: Service, image: string): readonly string[] {
  return [
    `  ${service.name}:`,
    '    <<: *engine',
    `    image: ${quote(image)}`,
    `    command: [${quote(service.command)}]`,
    '    environment:',
    ...Object.entries(service.environment).map(([name, value]) => `      ${name}: ${quote(value)}`),
    ...(service.readsTapes ? ['    volumes: ["./tapes:/tapes:ro"]'] : []),
    ...(service.dependsOn.length > 0 ? [`    depends_on: [${service.dependsOn.join(', ')}]`] : []),
    `    networks: [${service.outbound ? 'engines, outbound' : 'engines'}]`,
  ]
}

/** How a person uses the file. */
function remarks(spec: SimulationSpec): readonly string[] {
  const { mode, durationSeconds } = spec
  const project = `aw-trade-${spec.id.slice(0, 8)}`
  const compose = `docker compose -p ${project} -f FILE`
  const title = `# AW-Trade simulation ${spec.id}: ${quote(spec.algorithm)} on ${quote(spec.source)}, ${mode}.`
  if (mode === 'LIVE') {
    const duration = durationSeconds === null ? '' : ` Stop it after ${durationSeconds} seconds.`
    return [title, `#   ${compose} up`, `# It runs until it is stopped, with Ctrl-C.${duration}`]
  }
  const tape = tapePath(spec).slice(1)
  const teller = mode === 'BACKTEST' ? 'backtest' : 'simulator'
  return [
    title,
    `# It needs the tape at ./${tape}, readable for all, and ends by itself:`,
    `#   ${compose} up`,
    '# The fingerprint that it prints last is the one that the API has for this simulation:',
    `#   ${compose} logs ${teller} | grep '"type":"ended"'`,
    `#   ${compose} down`,
  ]
}

/**
 * The Compose file that runs a simulation by itself: the same engines with the same variables and limits, on a network of
 * their own without a way out. A sandbox is added where it is the source; a tape is expected under `./tapes`.
 * It bears no name of its own, which old Compose would refuse: the remarks at its head say `-p`.
 * @param image what holds every engine; which one runs is its command.
 */
export function composeFile(spec: SimulationSpec, image: string): string {
  const services = spec.mode === 'BACKTEST' ? [backtestService(spec)] : pipelineServices(spec)
  return [
    ...remarks(spec),
    ...LIMITS,
    'services:',
    ...services.flatMap((service) => serviceLines(service, image)),
    'networks:',
    '  engines:',
    '    internal: true',
    ...(isOutside(spec) ? ['  outbound: {}'] : []),
    '',
  ].join('\n')
}
