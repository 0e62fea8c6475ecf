import type { Logger } from 'pino'
import type { EngineEntry } from '../../schema/context.ts'
import type { EngineHandle, EngineLine, EngineSpec } from '../launcher/port.ts'

/** Where a streamer serves its subscribers. */
export interface StreamerAddress {
  readonly host: string
  readonly port: number
}

/** A user's hold on a live source's streamer. Give it back exactly once. */
export interface SourceLease {
  readonly address: StreamerAddress
  /** Resolves with the reason if the streamer ends while it is held; never rejects. */
  readonly lost: Promise<string>
  engines(): readonly EngineEntry[]
  /** The streamer's log from now on; returns what ends it. */
  onLine(listener: (line: EngineLine) => void): () => void
  release(): void
}

/** The live sources' streamers: one a source serves all its users, from the first need until a while after the last. */
export interface LiveSources {
  /** @throws where the streamer, or the sandbox that feeds it, cannot be started. */
  acquire(source: LiveSource): Promise<SourceLease>
  dispose(): Promise<void>
}

/** Which live feed. */
export interface LiveSource {
  readonly name: 'coinbase' | 'sandbox'
  /** Seed of the generated market; of no meaning for a real venue. */
  readonly seed: number
}

export interface LiveSourcesOptions {
  readonly launch: (spec: EngineSpec) => EngineHandle
  readonly describeExit: (exit: Awaited<EngineHandle['exited']>) => string
  readonly log: Logger
  /** How long a streamer goes on after its last user left. */
  readonly lingerMs: number
  /** Variables of the streamer of a real venue. */
  readonly venue: { readonly wsUrl: string; readonly restUrl: string }
  /** Without a message for so long a feed is dead. */
  readonly silenceMs: number
  /** Where a streamer records what it sees; null: it does not. */
  readonly recordPath: (source: LiveSource) => string | null
  readonly logLevel: string
}

const HOST = '127.0.0.1'
const STOP_GRACE_MS = 3_000

interface Running {
  readonly address: StreamerAddress
  readonly engines: readonly EngineHandle[]
  readonly lost: Promise<string>
}

class SharedStreamer {
  readonly key: string
  readonly #options: LiveSourcesOptions
  readonly #running: Promise<Running>
  readonly #lineListeners = new Set<(line: EngineLine) => void>()
  readonly #launched: EngineHandle[] = []
  #users = 0
  #linger: NodeJS.Timeout | null = null

  constructor(source: LiveSource, key: string, options: LiveSourcesOptions) {
    this.key = key
    this.#options = options
    this.#running = this.#start(source)
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
    const release = (): void => {
      if (!held) return
      held = false
      this.#users--
      if (this.#users === 0) this.#linger = setTimeout(onIdle, this.#options.lingerMs).unref()
    }
    try {
      const { address, engines, lost } = await this.#running
      return {
        address,
        lost,
        engines: () => engines.map((engine) => engine.entry()),
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

  async stop(): Promise<void> {
    if (this.#linger !== null) clearTimeout(this.#linger)
    await Promise.all(this.#launched.map((engine) => engine.stop(STOP_GRACE_MS)))
  }

  async #start(source: LiveSource): Promise<Running> {
    const { venue } = this.#options
    const feed = source.name === 'coinbase' ? venue : await this.#startSandbox(source.seed)
    const record = this.#options.recordPath(source)
    const streamer = this.#launch({
      entry: 'streamer',
      role: 'STREAMER',
      owner: this.key,
      env: {
        BIND_ADDR: `${HOST}:0`,
        SOURCE: source.name,
        COINBASE_WS_URL: feed.wsUrl,
        COINBASE_REST_URL: feed.restUrl,
        FEED_SILENCE_MS: String(this.#options.silenceMs),
        LOG_LEVEL: this.#options.logLevel,
        ...(record === null ? {} : { RECORD_PATH: record }),
      },
    })
    streamer.onLine((line) => {
      for (const listener of this.#lineListeners) listener(line)
    })
    const port = await streamer.ready
    if (port === null) throw new Error('the streamer serves no port')
    const lost = Promise.race(
      this.#launched.map(async (engine) => {
        const exit = await engine.exited
        const what = engine === streamer ? 'streamer' : 'exchange sandbox'
        const lines = exit.lastLines.slice(-3).join(' | ')
        return `The ${what} ${this.#options.describeExit(exit)}.${lines === '' ? '' : ` Its last lines: ${lines}`}`
      }),
    )
    return { address: { host: HOST, port }, engines: [streamer], lost }
  }

  async #startSandbox(seed: number): Promise<{ wsUrl: string; restUrl: string }> {
    const sandbox = this.#launch({
      entry: 'exchange-sandbox',
      role: 'STREAMER',
      owner: this.key,
      env: { BIND_ADDR: `${HOST}:0`, SANDBOX_SEED: String(seed), LOG_LEVEL: this.#options.logLevel },
    })
    const port = await sandbox.ready
    if (port === null) throw new Error('the exchange sandbox serves no port')
    return { wsUrl: `ws://${HOST}:${port}`, restUrl: `http://${HOST}:${port}` }
  }

  #launch(spec: EngineSpec): EngineHandle {
    const engine = this.#options.launch(spec)
    this.#launched.push(engine)
    return engine
  }
}

/** Keeps the live sources' streamers. */
export function createLiveSources(options: LiveSourcesOptions): LiveSources {
  const streamers = new Map<string, SharedStreamer>()
  const stopping = new Set<Promise<void>>()

  const retire = (streamer: SharedStreamer): void => {
    if (streamers.get(streamer.key) === streamer) streamers.delete(streamer.key)
    const stopped = streamer.stop().finally(() => stopping.delete(stopped))
    stopping.add(stopped)
  }
  const open = (source: LiveSource): SharedStreamer => {
    const key = source.name === 'sandbox' ? `sandbox-${source.seed}` : source.name
    const present = streamers.get(key)
    if (present !== undefined) return present
    const streamer = new SharedStreamer(source, key, options)
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
    acquire(source) {
      const streamer = open(source)
      return streamer.lease(() => retire(streamer))
    },
    async dispose() {
      for (const streamer of [...streamers.values()]) retire(streamer)
      await Promise.all(stopping)
    },
  }
}
