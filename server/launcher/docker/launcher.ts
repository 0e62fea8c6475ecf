import type { Readable } from 'node:stream'
import type { ContainerInfo } from 'dockerode'
import type { Logger } from 'pino'
import type { EngineRole } from '../../../engines/domain/simulation.ts'
import { createDaemon, DockerError, isMissing, type DockerDaemon } from './daemon.ts'
import { DockerEngine, insideOf } from './engine.ts'
import { watchDocker, type ContainerEvent, type DockerWatch } from './events.ts'
import { DockerNetworks } from './networks.ts'
import { giveTapes, type DockerSettings } from './settings.ts'
import { aliasForServer, containerOf, LABEL, type ContainerContext } from './spec.ts'
import type { EngineAddresses, EngineEntryPoint, EngineSpec, Launcher, LauncherHealth, Orphan } from '../port.ts'

/** How long Docker may be away before its engines are given up: it comes back from a restart in less. */
const LOST_AFTER_MS = 15_000
/** How long a start of the server waits for what earlier ones left to be removed. */
const REAP_MS = 10_000
/** How soon what Docker did not remove is tried again, and after each failure twice as late. */
const AGAIN_AFTER_MS = 500
/** The latest. */
const AGAIN_AT_MOST_MS = 60_000
/** How long `dispose` waits for an engine before it kills it. */
const DISPOSE_GRACE_MS = 2_000

/** Tells which owners are in use, by whichever server; asked once it is known what runs. */
type KeptNow = () => Promise<(owner: string) => boolean>

export interface DockerLauncherOptions {
  readonly settings: DockerSettings
  /** The platform's id, the same for all its servers: what they launch bears it. */
  readonly instance: string
  /** This server's folder of tapes. */
  readonly tapes: string
  readonly log: Logger
  /** Default 15,000. */
  readonly lostAfterMs?: number
}

/** Launches engines as containers of one image. Docker need not be there before the first. */
export function createDockerLauncher(options: DockerLauncherOptions): Launcher {
  return new DockerLauncher(options)
}

class DockerLauncher implements Launcher {
  readonly kind = 'DOCKER'
  readonly #options: DockerLauncherOptions
  readonly #context: ContainerContext
  readonly #daemon: DockerDaemon
  readonly #networks: DockerNetworks
  readonly #watch: DockerWatch
  readonly #engines = new Set<DockerEngine>()
  /** Containers that could not be removed when it was time: Docker was away, or busy with them. */
  readonly #leftovers = new Set<string>()
  /** Owners whose networks could not. */
  readonly #unreleased = new Set<string>()
  #clearing: Promise<void> | null = null
  #again: NodeJS.Timeout | null = null
  #againAfterMs = AGAIN_AFTER_MS
  /** Set while what earlier servers left could not be looked for. */
  #owed = false
  #keptNow: KeptNow | null = null
  #lost: NodeJS.Timeout | null = null
  #tapesReady = false
  /** Whether Docker was ever reached, so that there may be something of ours. */
  #met = false
  #closed = false

  constructor(options: DockerLauncherOptions) {
    const { settings, instance, tapes, log } = options
    this.#options = options
    this.#context = { settings, instance, tapes }
    this.#daemon = createDaemon(settings)
    this.#networks = new DockerNetworks(this.#daemon, { instance }, settings.serverContainer)
    this.#watch = watchDocker({
      open: () => this.#openEvents(),
      onEvent: (event) => this.#engineOf(event)?.take(event),
      onDown: (reason) => this.#dockerWentAway(reason),
      onUp: () => this.#dockerIsThere(),
      onError: (error) => log.error({ err: error }, 'watching Docker met an unexpected error'),
    })
  }

  launch(spec: EngineSpec): DockerEngine {
    const options = containerOf(spec, this.#context)
    const engine = this.#newEngine(spec)
    void engine.begin(async (made) => {
      await this.#watch.opened()
      this.#prepareTapes(spec)
      // It may be this owner's network of before that is just being removed.
      await this.#clearing
      await this.#networks.ensure(spec.owner)
      const more = await this.#moreNetworks(spec)
      if (spec.entry === 'streamer') await this.#networks.admitServer(spec.owner)
      const { id } = await this.#daemon.ask('An engine cannot be made', () =>
        this.#daemon.calls.createContainer(options),
      )
      made(id)
      for (const network of more) await this.#networks.connect(network, id, [])
    })
    return engine
  }

  async adopt(owner: string): Promise<readonly DockerEngine[]> {
    const containers = await this.#left(owner)
    const adopted = containers.map(async ({ Id, Labels, Created }) => {
      const entry = Labels[LABEL.entry] as EngineEntryPoint
      const engine = this.#newEngine({ owner, entry, role: Labels[LABEL.role] as EngineRole })
      try {
        // The server before this one may have been another container.
        if (entry === 'streamer') await this.#networks.admitServer(owner)
        await engine.adopt(Id, new Date(Created * 1000), insideOf(entry)?.port ?? null)
      } catch (error) {
        // Whoever goes on with it hears that, and only of it.
        if (!(error instanceof DockerError)) throw error
        engine.lose(error.message)
      }
      return engine
    })
    return Promise.all(adopted)
  }

  async connect(handle: unknown, owner: string): Promise<{ host: string; port: number }> {
    const engine = handle as DockerEngine
    await engine.ready
    const network = await this.#networks.ensure(owner)
    await this.#networks.connect(network, engine.containerId ?? '', [engine.program])
    return { host: engine.program, port: insideOf(engine.program)?.port ?? 0 }
  }

  async release(owner: string): Promise<void> {
    try {
      await this.#networks.remove(owner)
    } catch (error) {
      if (!(error instanceof DockerError)) throw error
      // Docker is away, or still takes a container of another owner out of it. The next server finds it by its label.
      this.#unreleased.add(owner)
      this.#clearLater()
      this.#options.log.warn({ owner, reason: error.message }, "a simulation's network could not be removed yet")
    }
  }

  async reapOrphans(keptNow: KeptNow): Promise<readonly Orphan[]> {
    // Made good before the first engine is launched, where Docker does not answer now: a server that launches
    // processes must start without it.
    this.#keptNow = keptNow
    this.#owed = true
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), REAP_MS).unref())
    try {
      const orphans = await Promise.race([this.#reap(keptNow), late])
      if (orphans !== null) this.#owed = false
      return orphans ?? []
    } catch (error) {
      if (error instanceof DockerError) return []
      throw error
    }
  }

  running(): readonly { readonly owner: string; readonly entry: ReturnType<DockerEngine['entry']> }[] {
    return [...this.#engines].map((engine) => ({ owner: engine.owner, entry: engine.entry() }))
  }

  async available(): Promise<string | null> {
    const { image } = this.#options.settings
    try {
      await this.#daemon.ask('The image cannot be looked at', () => this.#daemon.calls.getImage(image).inspect())
      return null
    } catch (error) {
      if (error instanceof DockerError) return error.message
      throw error
    }
  }

  async health(): Promise<LauncherHealth> {
    const askedAt = performance.now()
    const fault = await this.available()
    const latencyMs = performance.now() - askedAt
    // No image is a fault of what is launched next; no Docker is one of all.
    if (fault !== null && !fault.startsWith('There is no image'))
      return { status: 'down', message: fault, latencyMs: null }
    const down = this.#watch.down()
    const stuck = [...this.#engines].filter((engine) => engine.unhealthy).length
    const message = fault ?? down ?? (stuck === 0 ? null : `${stuck} engines fail their health check`)
    return { status: message === null ? 'up' : 'degraded', message, latencyMs }
  }

  async dispose(): Promise<void> {
    const down = this.#watch.down()
    if (down !== null) for (const engine of this.#engines) engine.lose(down)
    await Promise.all([...this.#engines].map((engine) => engine.stop(DISPOSE_GRACE_MS)))
    if (this.#lost !== null) clearTimeout(this.#lost)
    this.#closed = true
    if (this.#again !== null) clearTimeout(this.#again)
    if (down === null) await this.#clear()
    if (this.#met) {
      await this.#networks.removeShared().catch((error: unknown) => {
        if (!(error instanceof DockerError)) throw error
      })
    }
    await this.#watch.dispose()
  }

  #newEngine(identity: Pick<EngineSpec, 'entry' | 'role' | 'owner'>): DockerEngine {
    const { settings, log } = this.#options
    const engine: DockerEngine = new DockerEngine(identity, {
      daemon: this.#daemon,
      memoryMb: settings.memoryMb,
      locate: (containerId, port) => this.#locate(identity, containerId, port),
      onLeftover: (id) => {
        this.#leftovers.add(id)
        this.#clearLater()
      },
      onError: (error) => log.error({ err: error, ...identity }, 'an engine in a container met an unexpected error'),
    })
    this.#engines.add(engine)
    // In use again, by an owner that comes back.
    this.#unreleased.delete(identity.owner)
    void engine.exited.then(() => this.#engines.delete(engine))
    return engine
  }

  #engineOf({ containerId }: ContainerEvent): DockerEngine | undefined {
    return [...this.#engines].find((engine) => engine.containerId === containerId)
  }

  async #openEvents(): Promise<Readable> {
    const filters = { type: ['container' as const], label: [`${LABEL.instance}=${this.#context.instance}`] }
    const stream = await this.#daemon.open("Docker's events cannot be followed", (abortSignal) =>
      this.#daemon.streams.getEvents({ filters, abortSignal }),
    )
    return stream as Readable
  }

  #dockerWentAway(reason: string): void {
    const { log, lostAfterMs = LOST_AFTER_MS, settings } = this.#options
    log.warn({ reason, engines: this.#engines.size }, 'Docker has gone away')
    this.#lost ??= setTimeout(() => {
      for (const engine of this.#engines) {
        engine.lose(
          `Docker went away and did not come back within ${lostAfterMs / 1000} s (DOCKER_HOST is ${settings.host})`,
        )
      }
    }, lostAfterMs)
  }

  async #dockerIsThere(): Promise<void> {
    if (this.#lost !== null) clearTimeout(this.#lost)
    this.#lost = null
    this.#met = true
    await Promise.all([...this.#engines].map((engine) => engine.check()))
    await this.#clear()
    await this.#makeGood()
  }

  #clearLater(): void {
    if (this.#closed) return
    this.#again ??= setTimeout(() => {
      this.#again = null
      void this.#clear()
    }, this.#againAfterMs).unref()
  }

  /** Removes what could not be removed before; what cannot now either is tried again later. Never rejects. */
  #clear(): Promise<void> {
    this.#clearing ??= this.#clearAll().finally(() => (this.#clearing = null))
    return this.#clearing
  }

  async #clearAll(): Promise<void> {
    const attempt = async (waiting: Set<string>, one: string, remove: () => Promise<void>): Promise<void> => {
      try {
        await remove()
        waiting.delete(one)
      } catch (error) {
        if (!(error instanceof DockerError)) this.#options.log.error({ err: error, one }, 'what is left stays for now')
      }
    }
    for (const id of [...this.#leftovers]) await attempt(this.#leftovers, id, () => this.#removeContainer(id))
    for (const owner of [...this.#unreleased]) {
      if (this.#unreleased.has(owner)) await attempt(this.#unreleased, owner, () => this.#networks.remove(owner))
    }
    const done = this.#leftovers.size + this.#unreleased.size === 0
    this.#againAfterMs = done ? AGAIN_AFTER_MS : Math.min(2 * this.#againAfterMs, AGAIN_AT_MOST_MS)
    if (!done) this.#clearLater()
  }

  /** Looks for what was left while Docker was away. Where that cannot be done now, engines are followed all the same. */
  async #makeGood(): Promise<void> {
    const { log } = this.#options
    if (!this.#owed || this.#keptNow === null) return
    try {
      const orphans = await this.#reap(this.#keptNow)
      this.#owed = false
      if (orphans.length > 0) log.warn({ orphans }, 'ended engines that an earlier server had left')
    } catch (error) {
      log.warn({ err: error }, 'engines and networks that may be left could not be looked for; a later start does')
    }
  }

  async #reap(keptNow: KeptNow): Promise<readonly Orphan[]> {
    const containers = await this.#list([], true)
    const networked = await this.#networks.owners()
    const isKept = await keptNow()
    const own = new Set([...this.#engines].map((engine) => engine.owner))
    const isOrphan = (owner: string): boolean => !own.has(owner) && !isKept(owner)
    const orphans: Orphan[] = []
    for (const { Id, Names, Labels } of containers) {
      const owner = Labels[LABEL.owner] ?? ''
      if (!isOrphan(owner)) continue
      await this.#removeContainer(Id)
      orphans.push({ owner, description: `container ${(Names[0] ?? Id).replace(/^\//, '')}` })
    }
    for (const owner of networked) if (isOrphan(owner)) await this.#networks.remove(owner)
    return orphans
  }

  /** An owner's containers that run; none where Docker does not answer: then they are removed once it does. */
  async #left(owner: string): Promise<readonly ContainerInfo[]> {
    try {
      await this.#watch.opened()
      return await this.#list([`${LABEL.owner}=${owner}`], false)
    } catch (error) {
      if (!(error instanceof DockerError)) throw error
      this.#options.log.warn({ owner, reason: error.message }, 'engines that may be left could not be looked for')
      this.#owed = true
      return []
    }
  }

  #list(labels: readonly string[], all: boolean): Promise<ContainerInfo[]> {
    const filters = { label: [`${LABEL.instance}=${this.#context.instance}`, ...labels] }
    return this.#daemon.ask('The containers cannot be listed', () =>
      this.#daemon.calls.listContainers({ all, filters }),
    )
  }

  async #removeContainer(id: string): Promise<void> {
    try {
      const container = this.#daemon.calls.getContainer(id)
      await this.#daemon.ask('A container cannot be removed', () => container.remove({ force: true, v: true }))
    } catch (error) {
      if (!isMissing(error) && !(error instanceof DockerError && error.status === 409)) throw error
    }
  }

  /** Networks beside the owner's: to Redis, to the venue, or else one on which a port can be published. */
  async #moreNetworks({ entry, outbound, env }: EngineSpec): Promise<readonly string[]> {
    const { redisNetwork } = this.#options.settings
    if (redisNetwork !== null && env['REDIS_URL'] !== undefined) return [redisNetwork]
    if (outbound) return [await this.#networks.ensureShared('outbound')]
    if (entry === 'streamer' && this.#options.settings.serverContainer === null) {
      return [await this.#networks.ensureShared('gate')]
    }
    return []
  }

  async #locate(
    { entry, owner }: Pick<EngineSpec, 'entry' | 'owner'>,
    containerId: string,
    port: number,
  ): Promise<EngineAddresses> {
    const inside = { host: entry, port }
    if (entry !== 'streamer') return { inside, outside: null }
    if (this.#options.settings.serverContainer !== null) {
      return { inside, outside: { host: aliasForServer(owner), port } }
    }
    const { NetworkSettings } = await this.#daemon.ask('An engine cannot be looked at', () =>
      this.#daemon.calls.getContainer(containerId).inspect(),
    )
    const published = NetworkSettings.Ports[`${port}/udp`]?.[0]?.HostPort
    return { inside, outside: published === undefined ? null : { host: '127.0.0.1', port: Number(published) } }
  }

  /** A server that is root writes tapes into a folder of its own, in which the engines' user may not write. */
  #prepareTapes({ tape }: EngineSpec): void {
    if (tape === null || this.#tapesReady) return
    giveTapes(this.#options.settings, this.#options.tapes)
    this.#tapesReady = true
  }
}
