import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LauncherKind } from '../engines/domain/simulation.ts'
import manifest from '../package.json' with { type: 'json' }
import type { SwarmSettings } from './launcher/swarm/spec.ts'
import { defaultEngineUser, type DockerSettings } from './launcher/docker/settings.ts'
import type { ConfigFault, Environment } from './boot/environment.ts'
import { VISITORS, type VisitorLimits } from './http/visitors.ts'
import { LEAST_CONNECTIONS } from './store/shares.ts'
import { readSecretFiles, type ReadFile } from './boot/secret-files.ts'

/** How chatty the server's log is. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** All that the server is told from outside. */
export interface Config {
  /** `HOST`: the address to listen on. */
  readonly host: string
  /** `PORT`: 0 takes any free one. */
  readonly port: number
  /** `ALLOWED_HOSTS`: host names that requests may be for, besides this machine's own; null: as `HOST` has it. */
  readonly allowedHosts: readonly string[] | null
  /** `MAX_CONNECTIONS`, `MAX_CONNECTIONS_PER_ADDRESS`: how many visitors there may be at once. */
  readonly visitors: VisitorLimits
  /** `DATA_DIR`, absolute: tapes, the embedded Postgres, logs. */
  readonly dataDir: string
  /** `DATABASE_URL`, or one put together from `POSTGRES_*`; null: the embedded Postgres. */
  readonly databaseUrl: string | null
  /** `TAPES_DIR`, absolute: where tapes are; several servers may share it. */
  readonly tapesDir: string
  /** `REDIS_URL`, or one put together from `REDIS_HOST`, `_PORT`, `_USER`, `_PASSWORD`; null: no Redis. */
  readonly redisUrl: string | null
  /** `ENGINE_REDIS_URL`: the same Redis as engines reach it; null where there is no Redis. */
  readonly engineRedisUrl: string | null
  /** `DATABASE_POOL_SIZE`: the most connections to the database at once, at least 4. */
  readonly databasePoolSize: number
  /** `MONGODB_URL`, or one put together from `MONGODB_*`; null: configurations are kept in Postgres. */
  readonly mongoUrl: string | null
  /** `COINBASE_WS_URL`, `COINBASE_REST_URL`: the live feed `coinbase`. */
  readonly coinbaseWsUrl: string
  readonly coinbaseRestUrl: string
  /** `FEED_SILENCE_MS`: without a message for so long a live feed is dead, and connected anew. */
  readonly feedSilenceMs: number
  /** `LAUNCHER`: what starts engines unless a request says otherwise. */
  readonly launcher: LauncherKind
  /** `DOCKER_HOST`, `ENGINE_*` and `SERVER_CONTAINER`: how engines run as containers. */
  readonly docker: DockerSettings
  /** `SWARM_*`: how engines are run as services of a swarm. */
  readonly swarm: SwarmSettings
  readonly logLevel: LogLevel
  /** `MAX_SIMULATIONS`: the most that run at once. */
  readonly maxSimulations: number
  /** `STORE_QUEUE_EVENTS`: how many events may wait in memory while the database is away. */
  readonly storeQueueEvents: number
  /** `SOURCE_LINGER_MS`: how long a live source's streamer goes on after its last user left. */
  readonly sourceLingerMs: number
  /** `RECORD_LIMIT_BYTES`: how much room tapes may take before live sources are no longer recorded; 0: never record. */
  readonly recordLimitBytes: number
}

export type ConfigResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly ConfigFault[] }

/** Reads variables one by one and collects what is wrong with each. An empty value counts as absent. */
class Reader {
  readonly faults: ConfigFault[] = []
  private readonly env: Environment

  constructor(env: Environment) {
    this.env = env
  }

  text(key: string): string | null {
    const value = this.env[key]?.trim()
    return value === undefined || value === '' ? null : value
  }

  fail(key: string, message: string): void {
    this.faults.push({ key, message })
  }

  wholeNumber(key: string, fallback: number, least: number, most: number): number {
    const text = this.text(key)
    if (text === null) return fallback
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value
    this.fail(key, `"${text}" is not a whole number from ${least} to ${most}`)
    return fallback
  }

  oneOf<Value extends string>(key: string, fallback: Value, values: readonly Value[]): Value {
    const text = this.text(key)
    if (text === null) return fallback
    const found = values.find((value) => value === text.toLowerCase())
    if (found !== undefined) return found
    this.fail(key, `"${text}" is none of ${values.join(', ')}`)
    return fallback
  }

  url(key: string, fallback: string, schemes: readonly string[]): string {
    const text = this.text(key)
    if (text === null) return fallback
    if (URL.canParse(text) && schemes.includes(new URL(text).protocol)) return text
    const forms = schemes.map((scheme) => `${scheme}//`).join(' or ')
    // The value may hold a password, so a message about a database never repeats it.
    this.fail(key, `${SECRET_URLS.includes(key) ? 'this' : `"${text}"`} is not an address that starts with ${forms}`)
    return fallback
  }
}

/** Addresses that may hold a password. */
const SECRET_URLS = ['DATABASE_URL', 'REDIS_URL', 'ENGINE_REDIS_URL']

const POSTGRES_KEYS = ['POSTGRES_HOST', 'POSTGRES_PORT', 'POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'] as const

function readDatabase(reader: Reader): string | null {
  const port = reader.wholeNumber('POSTGRES_PORT', 5432, 1, 65_535)
  const url = reader.url('DATABASE_URL', '', ['postgresql:', 'postgres:'])
  const given = POSTGRES_KEYS.filter((key) => reader.text(key) !== null)
  if (reader.text('DATABASE_URL') !== null) {
    if (given.length > 0) reader.fail('DATABASE_URL', `is set together with ${given.join(', ')}; set one or the others`)
    return url
  }
  if (given.length === 0) return null
  const host = reader.text('POSTGRES_HOST')
  if (host === null) {
    reader.fail('POSTGRES_HOST', `is missing, though ${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} set`)
    return null
  }
  const user = encodeURIComponent(reader.text('POSTGRES_USER') ?? 'postgres')
  const password = reader.text('POSTGRES_PASSWORD')
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`
  const database = encodeURIComponent(reader.text('POSTGRES_DB') ?? 'aw_trade')
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const built = `postgresql://${user}${secret}@${address}:${port}/${database}`
  if (!URL.canParse(built)) reader.fail('POSTGRES_HOST', `"${host}" is not a host name or an address`)
  return built
}

function readRedis(reader: Reader): { redisUrl: string | null; engineRedisUrl: string | null } {
  const schemes = ['redis:', 'rediss:']
  const port = reader.wholeNumber('REDIS_PORT', 6379, 1, 65_535)
  const host = reader.text('REDIS_HOST')
  const [user, password] = [reader.text('REDIS_USER'), reader.text('REDIS_PASSWORD')]
  const given = reader.text('REDIS_URL')
  const url = reader.url('REDIS_URL', '', schemes)
  const parts = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_USER', 'REDIS_PASSWORD'].filter((key) => reader.text(key) !== null)
  if (given !== null && parts.length > 0) {
    reader.fail('REDIS_URL', `is set together with ${parts.join(', ')}; set one or the others`)
  }
  if (given === null && host === null && parts.length > 0) {
    reader.fail('REDIS_HOST', `is missing, though ${parts.join(', ')} ${parts.length === 1 ? 'is' : 'are'} set`)
  }
  if (user !== null && password === null) reader.fail('REDIS_PASSWORD', 'is missing, though REDIS_USER is set')
  const secret = password === null ? '' : `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password)}@`
  const built = host === null ? null : `redis://${secret}${host}:${port}`
  if (built !== null && !URL.canParse(built)) reader.fail('REDIS_HOST', `"${host}" is not a host name or an address`)
  const redisUrl = given === null ? built : url
  const engines = reader.url('ENGINE_REDIS_URL', redisUrl ?? '', schemes)
  if (redisUrl === null && reader.text('ENGINE_REDIS_URL') !== null) {
    reader.fail('ENGINE_REDIS_URL', 'is set, but REDIS_URL is not; it is the same Redis, as engines reach it')
  }
  return { redisUrl, engineRedisUrl: redisUrl === null ? null : engines }
}

const MONGODB_KEYS = ['MONGODB_HOST', 'MONGODB_PORT', 'MONGODB_USER', 'MONGODB_PASSWORD', 'MONGODB_DB'] as const
/** An address may name several hosts, which no URL may; what is wrong in detail the driver says when it is used. */
const MONGODB_URL = /^mongodb(\+srv)?:\/\/[^/\s]+(\/\S*)?$/

function readMongo(reader: Reader): string | null {
  const port = reader.wholeNumber('MONGODB_PORT', 27_017, 1, 65_535)
  const url = reader.text('MONGODB_URL')
  const given = MONGODB_KEYS.filter((key) => reader.text(key) !== null)
  if (url !== null) {
    // The value may hold a password, so no message repeats it.
    if (!MONGODB_URL.test(url))
      reader.fail('MONGODB_URL', 'this is not an address that starts with mongodb:// or mongodb+srv://')
    if (given.length > 0) reader.fail('MONGODB_URL', `is set together with ${given.join(', ')}; set one or the others`)
    return url
  }
  if (given.length === 0) return null
  const [user, password] = [reader.text('MONGODB_USER'), reader.text('MONGODB_PASSWORD')]
  if (user !== null && password === null)
    reader.fail('MONGODB_PASSWORD', 'is missing, though MONGODB_USER is set; set both or neither')
  if (user === null && password !== null)
    reader.fail('MONGODB_USER', 'is missing, though MONGODB_PASSWORD is set; set both or neither')
  const host = reader.text('MONGODB_HOST')
  if (host === null) {
    reader.fail('MONGODB_HOST', `is missing, though ${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} set`)
    return null
  }
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  if (!URL.canParse(`mongodb://${address}:${port}`))
    reader.fail('MONGODB_HOST', `"${host}" is not a host name or an address`)
  const database = reader.text('MONGODB_DB') ?? 'aw_trade'
  if (/[/\\. "$*<>:|?]/.test(database)) reader.fail('MONGODB_DB', `"${database}" is not a name of a database`)
  // Users are kept in "admin" unless somebody decided otherwise, who can say so in MONGODB_URL.
  const login = user === null ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`
  return `mongodb://${login}${address}:${port}/${database}${user === null ? '' : '?authSource=admin'}`
}

function readLauncher(reader: Reader): LauncherKind {
  const launcher = reader.oneOf('LAUNCHER', 'process', ['process', 'docker', 'swarm'])
  if (launcher === 'swarm' && !['REDIS_URL', 'REDIS_HOST'].some((key) => reader.text(key) !== null)) {
    reader.fail('LAUNCHER', '"swarm" needs Redis, over which engines on other hosts are reached: set REDIS_URL')
  }
  return launcher === 'docker' ? 'DOCKER' : launcher === 'swarm' ? 'SWARM' : 'PROCESS'
}

function readSwarm(reader: Reader): SwarmSettings {
  const constraints = (key: string): readonly string[] => {
    const parts = (reader.text(key) ?? '').split(',').map((part) => part.trim())
    const given = parts.filter((part) => part !== '')
    const wrong = given.find((part) => !/^[a-z][a-z0-9._-]* *(==|!=) *[^ ]+$/i.test(part))
    if (wrong !== undefined) reader.fail(key, `"${wrong}" is not a constraint like node.labels.engines == yes`)
    return given
  }
  return {
    network: reader.text('SWARM_NETWORK') ?? 'aw-trade-engines',
    publish: reader.oneOf('SWARM_PUBLISH', 'false', ['true', 'false']) === 'true',
    constraints: {
      ALL: constraints('SWARM_CONSTRAINTS'),
      STREAMER: constraints('SWARM_CONSTRAINTS_STREAMER'),
      ALGORITHM: constraints('SWARM_CONSTRAINTS_ALGORITHM'),
      SIMULATOR: constraints('SWARM_CONSTRAINTS_SIMULATOR'),
    },
  }
}

/** The network of Docker on which simulators reach Redis; nothing secret may stand in a container's variables. */
function readRedisNetwork(reader: Reader, engineRedisUrl: string | null): string | null {
  const key = 'ENGINE_REDIS_NETWORK'
  const network = reader.text(key)
  if (network === null) return null
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(network)) reader.fail(key, `"${network}" is not a name of a network`)
  if (engineRedisUrl === null) reader.fail(key, 'is set, but REDIS_URL is not')
  else if (URL.canParse(engineRedisUrl) && new URL(engineRedisUrl).password !== '') {
    const rule = 'whoever may look at containers would see it. Give engines a user without one, with few rights'
    reader.fail('ENGINE_REDIS_URL', `holds a password, which containers are not given: ${rule} (docker/README.md)`)
  }
  return network
}

function readDocker(reader: Reader, engineRedisUrl: string | null): DockerSettings {
  const host = reader.text('DOCKER_HOST') ?? 'unix:///var/run/docker.sock'
  if (!/^(unix:\/\/\/.+|tcp:\/\/[^/]+)$/.test(host)) {
    reader.fail('DOCKER_HOST', `"${host}" is neither unix:///path nor tcp://host:port`)
  }
  const cpus = Number(reader.text('ENGINE_CPUS') ?? '1')
  if (!(cpus >= 0.01 && cpus <= 1_024)) reader.fail('ENGINE_CPUS', 'is not a number from 0.01 to 1024')
  const user = reader.text('ENGINE_USER') ?? defaultEngineUser(process.getuid?.(), process.getgid?.())
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) {
    reader.fail('ENGINE_USER', `"${user}" is not uid:gid in numbers; engines never run as root (0)`)
  }
  const tapes = reader.text('ENGINE_TAPES')
  const serverContainer = reader.text('SERVER_CONTAINER')
  if (serverContainer !== null && tapes === null) {
    reader.fail(
      'ENGINE_TAPES',
      'is missing: where the server is a container, Docker must be told which volume its tapes are in',
    )
  }
  return {
    host,
    image: reader.text('ENGINE_IMAGE') ?? `aw-trade-engine:${manifest.version}`,
    memoryMb: reader.wholeNumber('ENGINE_MEMORY_MB', 256, 16, 1_048_576),
    cpus,
    pids: reader.wholeNumber('ENGINE_PIDS', 64, 8, 32_768),
    tapes,
    user,
    redisNetwork: readRedisNetwork(reader, engineRedisUrl),
    serverContainer,
  }
}

function readHost(reader: Reader): string {
  const host = reader.text('HOST') ?? '127.0.0.1'
  if (!/^[A-Za-z0-9_.:%-]+$/.test(host)) reader.fail('HOST', `"${host}" is not a host name or an address`)
  return host
}

function readAllowedHosts(reader: Reader): readonly string[] | null {
  const text = reader.text('ALLOWED_HOSTS')
  if (text === null) return null
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  const wrong = names.filter((name) => !/^([a-z\d]([a-z\d.-]*[a-z\d])?|\[[\da-f:]+\])$/.test(name))
  if (wrong.length > 0) {
    reader.fail('ALLOWED_HOSTS', `"${wrong.join(', ')}" is no host name; write names without ports, commas between`)
  }
  return names
}

/**
 * Turns environment variables into a {@link Config}, or says everything that is wrong with them at once.
 * Variables it does not know are left alone.
 * @param readFile reads the files that `<NAME>_FILE` names.
 */
export function parseConfig(
  given: Environment,
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): ConfigResult {
  const { env, faults, broken } = readSecretFiles(given, readFile)
  const reader = new Reader(env)
  const redis = readRedis(reader)
  const config: Config = {
    host: readHost(reader),
    port: reader.wholeNumber('PORT', 8000, 0, 65_535),
    allowedHosts: readAllowedHosts(reader),
    visitors: {
      connections: reader.wholeNumber('MAX_CONNECTIONS', VISITORS.connections, 20, 100_000),
      perAddress: reader.wholeNumber('MAX_CONNECTIONS_PER_ADDRESS', VISITORS.perAddress, 10, 100_000),
    },
    dataDir: resolve(reader.text('DATA_DIR') ?? '.data'),
    tapesDir: resolve(reader.text('TAPES_DIR') ?? join(reader.text('DATA_DIR') ?? '.data', 'tapes')),
    databaseUrl: readDatabase(reader),
    ...redis,
    // One of them writes events and one says that this server lives, whatever the others are busy with.
    databasePoolSize: reader.wholeNumber('DATABASE_POOL_SIZE', 10, LEAST_CONNECTIONS, 500),
    mongoUrl: readMongo(reader),
    coinbaseWsUrl: reader.url('COINBASE_WS_URL', 'wss://ws-feed.exchange.coinbase.com', ['wss:', 'ws:']),
    coinbaseRestUrl: reader.url('COINBASE_REST_URL', 'https://api.exchange.coinbase.com', ['https:', 'http:']),
    feedSilenceMs: reader.wholeNumber('FEED_SILENCE_MS', 15_000, 100, 600_000),
    launcher: readLauncher(reader),
    docker: readDocker(reader, redis.engineRedisUrl),
    swarm: readSwarm(reader),
    logLevel: reader.oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    maxSimulations: reader.wholeNumber('MAX_SIMULATIONS', 64, 1, 1_000),
    storeQueueEvents: reader.wholeNumber('STORE_QUEUE_EVENTS', 200_000, 1_000, 10_000_000),
    recordLimitBytes: reader.wholeNumber('RECORD_LIMIT_BYTES', 5_000_000_000, 0, Number.MAX_SAFE_INTEGER),
    sourceLingerMs: reader.wholeNumber('SOURCE_LINGER_MS', 30_000, 0, 3_600_000),
  }
  const all = [...faults, ...reader.faults.filter(({ key }) => !broken.has(key))]
  return all.length === 0 ? { ok: true, config } : { ok: false, faults: all }
}

/** The faults as the server prints them before it exits with 1. */
export function describeFaults(faults: readonly ConfigFault[]): string {
  const lines = faults.map((fault) => `  ${fault.key}: ${fault.message}`)
  return ['The server cannot start with these settings:', ...lines].join('\n')
}

/** Engines know fewer levels than the server. */
export function engineLogLevel(level: LogLevel): string {
  if (level === 'fatal' || level === 'silent') return 'error'
  return level === 'trace' ? 'debug' : level
}
