import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { EngineRole } from '../../../engines/domain/simulation.ts'
import type { EngineMessage } from '../../../engines/edge/process/control.ts'
import { decodeEngineMessage } from '../../../engines/edge/process/line-codec.ts'
import { LineSplitter } from '../../../engines/edge/process/line-splitter.ts'
import { closeRedis, createRedis, isReply } from '../../../engines/edge/redis/connection.ts'
import { channelKeys, clearForStream } from '../../../engines/edge/redis/channel.ts'
import { createDaemon, DockerError, isMissing, type DockerDaemon } from '../docker/daemon.ts'
import { giveTapes, type DockerSettings } from '../docker/settings.ts'
import { LABEL } from '../docker/spec.ts'
import { Demultiplexer } from '../docker/stream.ts'
import type {
  EngineAddresses,
  EngineEntryPoint,
  EngineHandle,
  EngineSpec,
  Launcher,
  LauncherHealth,
  Orphan,
} from '../port.ts'
import { SwarmEngine, type SwarmIdentity } from './engine.ts'
import { serviceName, serviceOf, type ServiceContext, type SwarmSettings } from './spec.ts'
import { publishedAddress, viewSwarm, watchSwarm } from './watch.ts'

const NO_CREDENTIALS = { username: '', password: '', serveraddress: '' }
const LOOK_MS = 500
const BLOCK_MS = 500
const PAUSE_MS = 200
const DISPOSE_GRACE_MS = 3_000
/** How long a published port may take to be known once its task runs. */
const PORT_MS = 10_000
const PORT_LOOK_MS = 100
/** How long after the end of a log its engine's own end may be told, before the log is followed again. */
const LOG_PAUSE_MS = 2_000
/** How much of a log that has begun a moment ago is read from its start. */
const FIRST_LINES = 1_000

export interface SwarmLauncherOptions {
  readonly docker: DockerSettings
  readonly swarm: SwarmSettings
  /** The platform's id, the same for all its servers. */
  readonly instance: string
  readonly tapes: string
  /** Redis as this server reaches it, and as engines do. */
  readonly redisUrl: string
  readonly engineRedisUrl: string
  readonly log: Logger
}

/** Launches engines as services of a swarm. Their channel is Redis, so that every server can speak with each of them. */
export async function createSwarmLauncher(options: SwarmLauncherOptions): Promise<Launcher> {
  const commands = await createRedis({ url: options.redisUrl, name: 'aw-swarm' })
  const reader = await createRedis({ url: options.redisUrl, name: 'aw-swarm-reader', blocking: true })
  return new SwarmLauncher(options, commands, reader)
}

class SwarmLauncher implements Launcher {
  readonly kind = 'SWARM'
  readonly #options: SwarmLauncherOptions
  readonly #daemon: DockerDaemon
  readonly #commands: Redis
  readonly #reader: Redis
  readonly #engines = new Set<SwarmEngine>()
  readonly #label: string
  readonly #watch: ReturnType<typeof watchSwarm>
  readonly #reading: Promise<void>
  #prepared: Promise<ServiceContext> | null = null
  #disposed = false

  constructor(options: SwarmLauncherOptions, commands: Redis, reader: Redis) {
    this.#options = options
    this.#daemon = createDaemon(options.docker)
    this.#commands = commands
    this.#reader = reader
    this.#label = `${LABEL.instance}=${options.instance}`
    this.#watch = watchSwarm({
      look: () => viewSwarm(this.#daemon, this.#label),
      engines: () => this.#engines,
      everyMs: LOOK_MS,
      onChange: (reason) => options.log.warn({ reason }, reason === null ? 'the swarm answers again' : 'no swarm'),
    })
    this.#reading = this.#read()
  }

  launch(spec: EngineSpec): EngineHandle {
    const engine = this.#newEngine(spec)
    this.#make(spec, engine).catch((error: unknown) => {
      engine.refuse(error instanceof Error ? error.message : String(error))
    })
    return engine
  }

  async adopt(owner: string): Promise<readonly EngineHandle[]> {
    const filters = { label: [this.#label, `${LABEL.owner}=${owner}`] }
    const services = await this.#daemon.ask('The services of a simulation cannot be looked for', () =>
      this.#daemon.calls.listServices({ filters }),
    )
    return services.map(({ Spec }) => {
      const { [LABEL.role]: role, [LABEL.entry]: entry } = Spec?.Labels ?? {}
      const engine = this.#newEngine({ owner, role: role as EngineRole, entry: entry as EngineEntryPoint })
      engine.made = true
      // It was told long ago, and its channel keeps only the newest of what was told.
      engine.hear({ type: 'ready', port: engine.inside?.port ?? null })
      // What it logged so far the other server has heard.
      void this.#follow(engine, 0)
      return engine
    })
  }

  async connect(handle: EngineHandle): Promise<{ readonly host: string; readonly port: number }> {
    const addresses = await handle.ready
    if (addresses === null) throw new Error(`the ${handle.role} serves nobody`)
    // All engines are on one network.
    return addresses.inside
  }

  async release(owner: string): Promise<void> {
    const filters = { label: [this.#label, `${LABEL.owner}=${owner}`] }
    try {
      const services = await this.#daemon.ask('The services of a simulation cannot be removed', () =>
        this.#daemon.calls.listServices({ filters }),
      )
      await Promise.all(services.map(({ Spec }) => this.#remove(Spec?.Name ?? '')))
    } catch (error) {
      if (!(error instanceof DockerError)) throw error
      this.#options.log.warn({ owner, reason: error.message }, 'services could not be removed; a later start does')
    }
  }

  async reapOrphans(keptNow: () => Promise<(owner: string) => boolean>): Promise<readonly Orphan[]> {
    try {
      const services = await this.#daemon.ask('The services of the swarm cannot be looked for', () =>
        this.#daemon.calls.listServices({ filters: { label: [this.#label] } }),
      )
      const isKept = await keptNow()
      const orphans = services.flatMap(({ Spec }) => {
        const owner = Spec?.Labels?.[LABEL.owner] ?? ''
        return isKept(owner) ? [] : [{ owner, name: Spec?.Name ?? '' }]
      })
      await Promise.all(orphans.map(({ name }) => this.#remove(name)))
      return orphans.map(({ owner, name }) => ({ owner, description: `service ${name}` }))
    } catch (error) {
      if (error instanceof DockerError) return []
      throw error
    }
  }

  running() {
    return [...this.#engines].map((engine) => ({ owner: engine.owner, entry: engine.entry() }))
  }

  async available(): Promise<string | null> {
    try {
      const info = await this.#daemon.ask('Docker cannot be asked about its swarm', () => this.#daemon.calls.info())
      const { Swarm } = info as { Swarm?: { LocalNodeState?: string; ControlAvailable?: boolean } }
      if (Swarm?.LocalNodeState !== 'active') {
        return 'This Docker is in no swarm. Run "docker swarm init" on it, or join it to one as a manager.'
      }
      if (Swarm.ControlAvailable !== true) {
        return 'This Docker is a worker of its swarm. Set DOCKER_HOST to a manager, or promote this host.'
      }
      return null
    } catch (error) {
      if (error instanceof DockerError) return error.message
      throw error
    }
  }

  async health(): Promise<LauncherHealth> {
    const askedAt = performance.now()
    const fault = (await this.available()) ?? this.#watch.down()
    if (fault !== null) return { status: 'down', message: fault, latencyMs: null }
    return { status: 'up', message: null, latencyMs: performance.now() - askedAt }
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#engines].map((engine) => engine.stop(DISPOSE_GRACE_MS)))
    this.#disposed = true
    await this.#watch.dispose()
    closeRedis(this.#reader)
    closeRedis(this.#commands)
    await this.#reading
  }

  #newEngine(identity: SwarmIdentity): SwarmEngine {
    const name = serviceName(this.#options, identity.owner, identity.entry)
    const engine = new SwarmEngine(identity, {
      commands: this.#commands,
      name,
      remove: () => this.#remove(name),
      locate: (port) => this.#locate(identity, name, port),
      now: () => performance.now(),
    })
    this.#engines.add(engine)
    void engine.exited.then(async () => {
      this.#engines.delete(engine)
      await this.#remove(name).catch((error: unknown) => {
        this.#options.log.warn({ service: name, err: error }, 'a service could not be removed; a later start does')
      })
      const { in: told, out } = channelKeys(name)
      // Where Redis is away, two short streams of a name that never comes again stay behind.
      await this.#commands.del(told, out).catch(() => undefined)
    })
    return engine
  }

  async #make(spec: EngineSpec, engine: SwarmEngine): Promise<void> {
    const fault = await this.available()
    if (fault !== null) throw new Error(fault)
    this.#prepared ??= this.#prepare()
    const context = await this.#prepared.catch((error: unknown) => {
      this.#prepared = null
      throw error
    })
    await this.#daemon.ask('A service cannot be made', () =>
      // Without credentials of its own the client would take the whole spec for some, and send it in a header.
      this.#daemon.calls.createService(NO_CREDENTIALS, serviceOf(spec, context)),
    )
    engine.made = true
    // Its end was not waited for: nobody else knows of the service.
    if (engine.over) await this.#remove(engine.name)
    else void this.#follow(engine, FIRST_LINES)
  }

  /** Makes the network and the secret where they are not there. */
  async #prepare(): Promise<ServiceContext> {
    const { docker, swarm, instance, tapes, engineRedisUrl } = this.#options
    giveTapes(docker, tapes)
    const { calls } = this.#daemon
    await this.#daemon.ask('The network of the engines cannot be made', async () => {
      const [present] = await calls.listNetworks({ filters: { name: [swarm.network] } })
      if (present?.Name === swarm.network) return
      const network = { Name: swarm.network, Driver: 'overlay', Attachable: true, CheckDuplicate: true }
      await calls.createNetwork({ ...network, Labels: { [LABEL.ours]: '1' } })
    })
    const url = new URL(engineRedisUrl)
    const common = { docker, swarm, instance, tapes }
    if (url.username === '' && url.password === '') return { ...common, redisUrl: engineRedisUrl, secret: null }
    // A new address is a new secret, since one that is in use cannot be changed.
    const name = `aw-${instance}-redis-${createHash('sha256').update(engineRedisUrl).digest('hex').slice(0, 8)}`
    const id = await this.#daemon.ask('The secret with the address of Redis cannot be made', async () => {
      const known = await calls.listSecrets({ filters: { name: [name] } })
      if (known[0] !== undefined) return known[0].ID
      const Data = Buffer.from(engineRedisUrl).toString('base64')
      const made = (await calls.createSecret({ Name: name, Labels: { [LABEL.ours]: '1' }, Data })) as unknown as {
        id: string
      }
      return made.id
    })
    return { ...common, redisUrl: null, secret: { id, name } }
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#daemon.ask('A service cannot be removed', () => this.#daemon.calls.getService(name).remove())
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async #locate(identity: SwarmIdentity, name: string, port: number): Promise<EngineAddresses> {
    const inside = { host: name, port }
    if (identity.entry !== 'streamer') return { inside, outside: null }
    if (!this.#options.swarm.publish) return { inside, outside: inside }
    for (let waited = 0; waited < PORT_MS; waited += PORT_LOOK_MS) {
      const outside = await publishedAddress(this.#daemon, name)
      if (outside !== null) return { inside, outside }
      await new Promise((resolve) => setTimeout(resolve, PORT_LOOK_MS))
    }
    return { inside, outside: null }
  }

  /**
   * Follows the log of an engine's service, from whichever host it comes, and again where that breaks off (the manager
   * that was asked restarts). Never rejects.
   * @param tail how many of the lines so far are read.
   */
  async #follow(engine: SwarmEngine, tail: number): Promise<void> {
    const { log } = this.#options
    for (let first = true; !engine.over; first = false) {
      try {
        const stream = await this.#openLog(engine, first ? tail : 0)
        if (!first) engine.note('Its log could not be followed for a while; lines may be missing here.')
        const closed = new Promise((resolve) => stream.once('close', resolve))
        void engine.exited.then(() => stream.destroy())
        await closed
      } catch (error) {
        log.warn({ service: engine.name, err: error }, 'an engine goes unheard')
      }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => (timer = setTimeout(resolve, LOG_PAUSE_MS)))
      await Promise.race([engine.exited, late])
      clearTimeout(timer)
    }
  }

  async #openLog(engine: SwarmEngine, tail: number): Promise<Readable> {
    const lines = new LineSplitter()
    const apart = new Demultiplexer((_, bytes) => {
      for (const line of lines.push(bytes)) engine.read(line)
    })
    const answer = await this.#daemon.ask('The log of a service cannot be followed', () =>
      this.#daemon.streams.getService(engine.name).logs({ follow: true, stdout: true, stderr: true, tail }),
    )
    const stream = answer as unknown as Readable
    stream.on('data', (bytes: Buffer) => apart.push(bytes))
    stream.on('error', () => stream.destroy())
    return stream
  }

  /** Reads what all engines say. */
  async #read(): Promise<void> {
    while (!this.#disposed) {
      const engines = [...this.#engines].filter((engine) => !engine.over)
      try {
        if (engines.length === 0 || this.#reader.status !== 'ready') throw new Error('nothing to read')
        const keys = engines.map((engine) => channelKeys(engine.name).out)
        const answer = (await this.#reader.call(
          'XREAD',
          ...['COUNT', 100, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...engines.map((engine) => engine.heard)],
        )) as
          | readonly (readonly [key: string, entries: readonly (readonly [id: string, fields: readonly string[]])[]])[]
          | null
        for (const [key, entries] of answer ?? []) {
          const engine = engines[keys.indexOf(key)]
          for (const [id, fields] of entries) {
            if (engine === undefined) continue
            engine.heard = id
            const message = decodeEngineMessage(fields[1] ?? '')
            if (message !== null) this.#tell(engine, message)
          }
        }
      } catch (error) {
        if (isReply(error)) await this.#heal(engines).catch(() => undefined)
        // No engine, or no Redis: what is said meanwhile is kept in the streams.
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  }

  /** One engine's channel must not keep the others from being heard: where something else stands in its place, that goes. */
  async #heal(engines: readonly SwarmEngine[]): Promise<void> {
    for (const { name } of engines) {
      const key = channelKeys(name).out
      const type = await clearForStream(this.#reader, key)
      if (type !== null)
        this.#options.log.warn({ key, type }, 'something that is no stream stood in the place of one, and was removed')
    }
  }

  /** A listener that fails is a bug, which must not be taken for a Redis that is away. */
  #tell(engine: SwarmEngine, message: EngineMessage): void {
    try {
      engine.hear(message)
    } catch (error) {
      this.#options.log.error({ service: engine.name, err: error }, 'what an engine said could not be dealt with')
    }
  }
}
