import type { Logger } from 'pino'
import type { EngineEntry } from '../../schema/context.ts'
import { deferred } from '../../engines/edge/deferred.ts'
import {
  addressOf,
  describeEnd,
  type EngineAddress,
  type EngineHandle,
  type EngineSaying,
  type EngineLine,
  type Launcher,
} from '../launcher/port.ts'
import type { LauncherKind } from '../../engines/domain/simulation.ts'
import type { SpeakingEngine } from '../simulations/warnings.ts'
import type { RecordingPlace } from './tapes.ts'
import { liveStreamer, sandboxEngine, type OwnerlessSpec } from '../simulations/engine-specs.ts'

/** A user's hold on a live source's streamer. Give it back exactly once. */
export interface SourceLease {
  /** Names the streamer among all of all servers. */
  readonly key: string
  /** Where this server finds the streamer; null where it cannot reach it. */
  readonly address: EngineAddress | null
  /** Makes the streamer reachable for the engines of a run; resolves with its address there. */
  connect(owner: string): Promise<EngineAddress>
  /** Resolves with the reason if the streamer ends while it is held; never rejects. Lets go of who waits when it is given back. */
  readonly lost: Promise<string>
  engines(): readonly EngineEntry[]
  /** The engines behind it as they speak, a sandbox among them: what they say of themselves. */
  readonly speaking: readonly SpeakingEngine[]
  /** The streamer's log from now on; returns what ends it. */
  onLine(listener: (line: EngineLine) => void): () => void
  release(): void
}

/** The live sources' streamers: one a source serves all its users, from the first need until a while after the last. */
export interface LiveSources {
  /** @throws where the streamer, or the sandbox that feeds it, cannot be started. */
  acquire(source: LiveSource, launcher: LauncherKind): Promise<SourceLease>
  /** A streamer that outlived the server which launched it; null where it did not. */
  adopt(key: string, launcher: LauncherKind): Promise<SourceLease | null>
  dispose(): Promise<void>
}

/** Which live feed. */
export interface LiveSource {
  readonly name: 'coinbase' | 'sandbox'
  /** Seed of the generated market; of no meaning for a real venue. */
  readonly seed: number
  /** The run whose own it is: its market begins with it, and nobody joins it. Absent: all of one seed share one. */
  readonly ownedBy?: string
}

export interface LiveSourcesOptions {
  readonly launchers: readonly Launcher[]
  readonly log: Logger
  /** How long a streamer goes on after its last user left. */
  readonly lingerMs: number
  /** Variables of the streamer of a real venue. */
  readonly venue: { readonly wsUrl: string; readonly restUrl: string }
  /** Without a message for so long a feed is dead. */
  readonly silenceMs: number
  /** Where a streamer records what it sees. */
  readonly recordPath: (source: LiveSource) => RecordingPlace
  readonly logLevel: string
  /** Tells the streamers of this server apart from those of others. */
  readonly keySuffix: string
}

const STOP_GRACE_MS = 3_000
/** How much of a run's id the name of its own market bears: names have a bound, and so many hex digits do not meet twice. */
const OWN_LENGTH = 12

interface Running {
  readonly address: EngineAddress | null
  readonly streamer: EngineHandle
  readonly lost: Promise<string>
  /** Why it is gone; null: it is not. */
  readonly isLost: () => string | null
}

class SharedStreamer {
  readonly key: string
  readonly #launcher: Launcher
  readonly #options: LiveSourcesOptions
  readonly #running: Promise<Running>
  readonly #lineListeners = new Set<(line: EngineLine) => void>()
  /** Those that hold it: a promise that all of them listened to would keep each of them as long as it runs. */
  readonly #losers = new Set<(reason: string) => void>()
  readonly #launched: EngineHandle[] = []
  /** Nobody comes back to what was one run's own. */
  readonly #lingerMs: number
  /** Why it was not told to record, though everything is to be; null: it was, or nothing is. */
  #unrecorded: string | null = null
  #users = 0
  #linger: NodeJS.Timeout | null = null
  #stopped: Promise<void> | null = null

  /** @param gone resolves when nothing of an earlier streamer of this key is left: it has the same name, and network. */
  constructor(
    origin: LiveSource | readonly EngineHandle[],
    key: string,
    launcher: Launcher,
    options: LiveSourcesOptions,
    gone: Promise<void>,
  ) {
    this.key = key
    this.#launcher = launcher
    this.#options = options
    this.#lingerMs = 'name' in origin && origin.ownedBy !== undefined ? 0 : options.lingerMs
    this.#running = 'name' in origin ? gone.then(() => this.#start(origin)) : this.#goOn(origin)
  }

  get running(): Promise<Running> {
    return this.#running
  }

  async lease(onIdle: () => void): Promise<SourceLease> {
    // Counted before the first await, so that it cannot be stopped under a user who still waits for it.
    this.#users++
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#linger = null
    let held = true
    const mine = deferred<string>()
    const release = (): void => {
      if (!held) return
      held = false
      this.#losers.delete(mine.resolve)
      this.#users--
      if (this.#users === 0) this.#linger = setTimeout(onIdle, this.#lingerMs).unref()
    }
    try {
      const { address, streamer, isLost } = await this.#running
      if (isLost() !== null) mine.resolve(isLost() ?? '')
      else if (held) this.#losers.add(mine.resolve)
      return {
        key: this.key,
        address,
        lost: mine.promise,
        connect: (owner) => this.#launcher.connect(streamer, owner),
        engines: () => [streamer.entry()],
        speaking: this.#launched.map((engine) => (engine === streamer ? this.#withRefusal(engine) : engine)),
        onLine: (listener) => {
          this.#lineListeners.add(listener)
          return () => this.#lineListeners.delete(listener)
        },
        release,
      }
    } catch (error) {
      release()
      throw error
    }
  }

  /** The streamer cannot say itself why it was not told to record. */
  #withRefusal(streamer: EngineHandle): SpeakingEngine {
    const refusal = this.#unrecorded
    if (refusal === null) return streamer
    const saying = (): EngineSaying => {
      const said = streamer.saying()
      return { ...said, warnings: [...said.warnings, refusal] }
    }
    return { role: streamer.role, entry: () => streamer.entry(), saying }
  }

  /** Once, however often it is asked: what is released after that belongs to the next of the same key. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  async #end(): Promise<void> {
    if (this.#linger !== null) clearTimeout(this.#linger)
    await Promise.all(this.#launched.map((engine) => engine.stop(STOP_GRACE_MS)))
    await this.#launcher.release(this.key)
  }

  async #start(source: LiveSource): Promise<Running> {
    const { venue, silenceMs, recordPath, logLevel } = this.#options
    const feed = source.name === 'coinbase' ? venue : await this.#startSandbox(source)
    const place = recordPath(source)
    if (place.path === null) this.#unrecorded = place.refusal
    const settings = { ...feed, source: source.name, silenceMs, record: place.path }
    return this.#attend(this.#launch(liveStreamer(settings, logLevel)))
  }

  /** Goes on with engines that another server had launched: the streamer, and its sandbox where it has one. */
  async #goOn(engines: readonly EngineHandle[]): Promise<Running> {
    this.#launched.push(...engines)
    const streamer = engines.find((engine) => engine.program === 'streamer')
    if (streamer === undefined) throw new Error('the streamer is not among the engines that are left')
    return this.#attend(streamer)
  }

  async #attend(streamer: EngineHandle): Promise<Running> {
    streamer.onLine((line) => {
      for (const listener of this.#lineListeners) listener(line)
    })
    const addresses = await streamer.ready
    if (addresses === null) throw new Error('the streamer serves no port')
    const lost = Promise.race(
      this.#launched.map(async (engine) => {
        const exit = await engine.exited
        const what = engine === streamer ? 'streamer' : 'exchange sandbox'
        return describeEnd(what, exit)
      }),
    )
    let why: string | null = null
    void lost.then((reason) => {
      why = reason
      for (const lose of this.#losers) lose(reason)
      this.#losers.clear()
    })
    return { address: addresses.outside, streamer, lost, isLost: () => why }
  }

  async #startSandbox({ seed, ownedBy }: LiveSource): Promise<{ wsUrl: string; restUrl: string }> {
    const start = ownedBy === undefined ? 'at-once' : 'first-subscription'
    const sandbox = this.#launch(sandboxEngine(seed, this.#options.logLevel, start))
    const { host, port } = await addressOf(sandbox)
    return { wsUrl: `ws://${host}:${port}`, restUrl: `http://${host}:${port}` }
  }

  #launch(spec: OwnerlessSpec): EngineHandle {
    if (this.#stopped !== null) throw new Error('the streamer was ended while it started')
    const engine = this.#launcher.launch({ ...spec, owner: this.key })
    this.#launched.push(engine)
    return engine
  }
}

/** Keeps the live sources' streamers. */
export function createLiveSources(options: LiveSourcesOptions): LiveSources {
  const streamers = new Map<string, SharedStreamer>()
  /** What is being ended, by its key. */
  const stopping = new Map<string, Promise<void>>()

  const retire = (streamer: SharedStreamer): void => {
    const { key } = streamer
    if (streamers.get(key) === streamer) streamers.delete(key)
    const stopped = Promise.all([stopping.get(key), streamer.stop()])
      .then(() => undefined)
      .finally(() => {
        if (stopping.get(key) === stopped) stopping.delete(key)
      })
    stopping.set(key, stopped)
  }
  const goneOf = (key: string): Promise<void> => stopping.get(key) ?? Promise.resolve()
  const launcherOf = (kind: LauncherKind): Launcher => {
    const launcher = options.launchers.find((one) => one.kind === kind)
    if (launcher === undefined) throw new Error(`this server has no launcher ${kind}`)
    return launcher
  }
  const open = (source: LiveSource, kind: LauncherKind): SharedStreamer => {
    const own = source.ownedBy === undefined ? '' : `-${source.ownedBy.replaceAll('-', '').slice(0, OWN_LENGTH)}`
    const name = source.name === 'sandbox' ? `sandbox-${source.seed}${own}` : source.name
    const key = `${name}-${kind.toLowerCase()}${options.keySuffix}`
    return streamers.get(key) ?? keep(new SharedStreamer(source, key, launcherOf(kind), options, goneOf(key)))
  }
  const keep = (streamer: SharedStreamer): SharedStreamer => {
    const { key } = streamer
    streamers.set(key, streamer)
    // Whatever is lost or could not start makes room, so that the next user gets a fresh one.
    streamer.running.then(
      ({ lost }) =>
        lost.then((reason) => {
          options.log.info({ source: key, reason }, 'the streamer of a live source is gone')
          retire(streamer)
        }),
      () => retire(streamer),
    )
    return streamer
  }

  return {
    acquire(source, launcher) {
      const streamer = open(source, launcher)
      return streamer.lease(() => retire(streamer))
    },
    async adopt(key, kind) {
      const present = streamers.get(key)
      if (present !== undefined) return present.lease(() => retire(present))
      const launcher = launcherOf(kind)
      const engines = await launcher.adopt(key)
      if (engines.length === 0) {
        // Nobody else comes back to what it leaves behind.
        await launcher.release(key)
        return null
      }
      const streamer = streamers.get(key) ?? keep(new SharedStreamer(engines, key, launcher, options, goneOf(key)))
      return streamer.lease(() => retire(streamer)).catch(() => null)
    },
    async dispose() {
      for (const streamer of [...streamers.values()]) retire(streamer)
      await Promise.all(stopping.values())
    },
  }
}
