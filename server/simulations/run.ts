import type { Logger } from 'pino'
import { deferred } from '../../engines/edge/deferred.ts'
import type { EngineMessage } from '../../engines/edge/control.ts'
import type { SimulatorEvent } from '../../engines/domain/event.ts'
import { joinQuality, type DataQuality, type LatencyFigures } from '../../engines/domain/quality.ts'
import type { EngineRole, SimulationSpec, SimulationStatus } from '../../engines/domain/simulation.ts'
import type { EngineEntry } from '../../schema/context.ts'
import {
  describeExit,
  type EngineAddress,
  type EngineAddresses,
  type EngineExit,
  type EngineHandle,
  type EngineLine,
  type Launcher,
} from '../launcher/port.ts'
import type { RunPatch } from '../store/port.ts'
import { ENDINGS, finalReason, released, type Ending } from './ending.ts'
import { algorithmEngine, backtestEngine, replayStreamer, simulatorEngine, type OwnerlessSpec } from './engine-specs.ts'
import { FeedQuality } from './feed-quality.ts'
import type { LiveSource, SourceLease } from './live-sources.ts'

/** What a run needs from the rest of the server. */
export interface RunPorts {
  /** Where its engines are launched. */
  readonly launcher: Pick<Launcher, 'kind' | 'launch' | 'release'>
  readonly acquire: (source: LiveSource) => Promise<SourceLease>
  /** The file of a `tape:<name>` source. */
  readonly tapePath: (source: string) => string
  /** Takes events on; resolves when they are durable, rejects where they cannot be kept. */
  readonly record: (simulationId: string, events: readonly SimulatorEvent[]) => Promise<void>
  /** Resolves when there is room in memory for more events. */
  readonly room: () => Promise<void>
  readonly logLine: (simulationId: string, role: EngineRole, line: EngineLine) => void
  /** Resolves when all of the run's events are durable. */
  readonly flush: (simulationId: string) => Promise<void>
  /** Writes a change, in order, as soon as the store can be reached; then tells the live feeds. */
  readonly persist: (simulationId: string, patch: RunPatch) => Promise<void>
  /** The run has had its last word. */
  readonly onEnded: (simulationId: string) => void
  readonly now: () => Date
  readonly log: Logger
  readonly logLevel: string
}

/** How long the chain may take to finish what is on its way after a stop. */
const DRAIN_MS = 5_000
/** How long a simulator may take to hand over its last events where the chain did not end in order. */
const HAND_OVER_MS = 3_000
/** How long an engine that has nothing to hand over may take to end before it is killed. */
const LEAVE_MS = 1_000
/** How often figures of a run that goes on are written. */
const FIGURES_EVERY_MS = 2_000

/** One simulation while its engines live: launches them, follows what really happens to them, ends them. */
export class Run {
  readonly spec: SimulationSpec
  /** Resolves when nothing of it runs any more; never rejects. */
  readonly halted: Promise<void>
  /** Resolves when, besides, its last events and its final status are written (or given up); never rejects. */
  readonly finished: Promise<void>
  readonly #ports: RunPorts
  readonly #engines: EngineHandle[] = []
  readonly #connected = new Set<EngineRole>()
  readonly #quality = new Map<EngineRole, DataQuality>()
  readonly #feedQuality = new FeedQuality()
  readonly #latency = new Map<string, LatencyFigures>()
  #status: SimulationStatus = 'STARTING'
  #lease: SourceLease | null = null
  readonly #streamer = deferred<EngineAddress | null>()
  readonly #end = deferred<Ending>()
  readonly #halt = deferred<void>()
  #ending: Ending | null = null
  #timer: NodeJS.Timeout | null = null
  #figuresAt = 0
  /** Whether the simulator has said its last word. */
  #handedOver = false
  /** Sequence of the newest event that is durable; 0: none. */
  #newestStored = 0
  /** Whether the end has been settled: what engines do from then on is this run's own doing. */
  #settled = false
  /** What befell an engine while the run was already ending. */
  #mishap: string | null = null
  #released = false
  /** Shortened once the simulator has had its time. */
  #handOverMs = HAND_OVER_MS

  constructor(spec: SimulationSpec, ports: RunPorts) {
    this.spec = spec
    this.#ports = ports
    this.halted = this.#halt.promise
    this.finished = this.#live()
  }

  get status(): SimulationStatus {
    return this.#status
  }

  /** Where this server finds the run's market data; null where none is (BACKTEST, or it never came up). */
  get streamer(): Promise<EngineAddress | null> {
    return this.#streamer.promise
  }

  engines(): readonly EngineEntry[] {
    const shared = this.#lease?.engines() ?? []
    return [...(this.#released ? shared.map(released) : shared), ...this.#engines.map((engine) => engine.entry())]
  }

  /** Ends the run; resolves when nothing of it runs any more (its results may still be on their way to the store). */
  async stop(ending: Ending = ENDINGS.STOPPED): Promise<void> {
    if (this.#ending === null && this.#status !== 'STOPPING') {
      this.#ending = ending
      this.#follow(this.#become('STOPPING'))
      this.#drain()
    }
    await this.halted
  }

  /** The whole life, from the first engine to the last word. */
  async #live(): Promise<void> {
    // The caller registers this run before anything can happen to it.
    await Promise.resolve()
    const launched = this.spec.mode === 'BACKTEST' ? this.#launchBacktest() : this.#launchChain()
    launched.catch((error: unknown) => {
      this.#ports.log.warn({ simulationId: this.spec.id, err: error }, 'a simulation could not be launched')
      this.#fail(error instanceof Error ? error.message : String(error))
    })
    const ending = await this.#end.promise
    try {
      await this.#close(ending)
    } catch (error) {
      // A bug. Whoever waits for this run must not wait for ever.
      this.#ports.log.error({ simulationId: this.spec.id, err: error }, 'a simulation could not be ended in order')
      this.#halt.resolve()
      this.#ports.onEnded(this.spec.id)
    }
  }

  /** Sees to work that nobody waits for: if it fails, which is a bug, so does the run, and says so. */
  #follow(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#ports.log.error({ simulationId: this.spec.id, err: error }, 'a simulation met an unexpected error')
      const why = error instanceof Error ? error.message : String(error)
      this.#fail(`The server met an unexpected error with this simulation: ${why}`)
    })
  }

  async #launchBacktest(): Promise<void> {
    this.#streamer.resolve(null)
    const tape = this.#ports.tapePath(this.spec.source)
    const engine = this.#launch(backtestEngine(this.spec, tape, this.#ports.logLevel))
    await engine.ready
    await this.#running()
  }

  async #launchChain(): Promise<void> {
    const streamer = await this.#openSource()
    this.#streamer.resolve(streamer.outside)
    const algorithm = this.#launch(algorithmEngine(this.spec, streamer.inside, this.#ports.logLevel))
    const addresses = await algorithm.ready
    if (addresses === null) throw new Error('the algorithm serves no port')
    this.#launch(simulatorEngine(this.spec, addresses.inside, this.#ports.logLevel))
  }

  async #openSource(): Promise<EngineAddresses> {
    const { spec } = this
    if (spec.source === 'coinbase' || spec.source === 'sandbox') {
      const lease = await this.#ports.acquire({ name: spec.source, seed: spec.seed })
      if (this.#ending !== null) {
        lease.release()
        throw new Error('The simulation was ended while it started.')
      }
      this.#lease = lease
      const unfollow = lease.onLine((line) => this.#ports.logLine(spec.id, 'STREAMER', line))
      this.#follow(this.finished.then(unfollow))
      this.#follow(lease.lost.then((reason) => this.#fail(reason)))
      return { inside: await lease.connect(spec.id), outside: lease.address }
    }
    const tape = this.#ports.tapePath(spec.source)
    const addresses = await this.#launch(replayStreamer(spec, tape, this.#ports.logLevel)).ready
    if (addresses === null) throw new Error('the streamer serves no port')
    return addresses
  }

  #launch(spec: OwnerlessSpec): EngineHandle {
    if (this.#ending !== null) throw new Error('The simulation was ended while it started.')
    const engine = this.#ports.launcher.launch({ ...spec, owner: this.spec.id })
    this.#engines.push(engine)
    engine.onMessage((message) => this.#hear(engine, message))
    engine.onLine((line) => this.#ports.logLine(this.spec.id, spec.role, line))
    this.#follow(engine.exited.then((exit) => this.#engineEnded(engine, exit)))
    return engine
  }

  #hear(engine: EngineHandle, message: EngineMessage): void {
    switch (message.type) {
      case 'connected':
        this.#connected.add(engine.role)
        if (this.#connected.has('ALGORITHM') && this.#connected.has('SIMULATOR')) this.#follow(this.#running())
        break
      case 'events':
        this.#follow(this.#take(engine, message.events))
        break
      case 'report':
        if (message.quality !== undefined) this.#quality.set(engine.role, message.quality)
        for (const [name, figures] of Object.entries(message.latency ?? {})) this.#latency.set(name, figures)
        this.#writeFigures(message.metrics === undefined ? {} : { metrics: message.metrics })
        break
      case 'ended':
        if (engine.role !== 'SIMULATOR') break
        this.#handedOver = true
        if (message.fingerprint !== null) this.#write({ fingerprint: message.fingerprint })
        this.#settle(this.#ending ?? ENDINGS[message.reason])
        break
      case 'ready':
        break
    }
  }

  async #take(engine: EngineHandle, events: readonly SimulatorEvent[]): Promise<void> {
    const last = events.at(-1)
    if (last === undefined) return
    this.#feedQuality.hear(events)
    for (const event of events) {
      if (event.type === 'finished') this.#write({ metrics: event.metrics })
      if (
        event.type === 'feed' &&
        event.status.state === 'REFUSED' &&
        this.spec.products.includes(event.status.product)
      ) {
        this.#fail(`The venue refuses ${event.status.product}: ${event.status.detail}`)
      }
    }
    this.#ports.record(this.spec.id, events).then(
      () => (this.#newestStored = Math.max(this.#newestStored, last.sequence)),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        this.#fail(`Events of this simulation could not be stored: ${why}`)
      },
    )
    // Not "when they are durable": a store that is away must neither hold up the engines before memory is full, nor
    // keep them alive once they are to end. The final status waits for the store instead.
    await this.#ports.room()
    engine.tell({ type: 'ack', sequence: last.sequence })
  }

  #writeFigures(patch: RunPatch): void {
    const now = this.#ports.now().getTime()
    if (now - this.#figuresAt < FIGURES_EVERY_MS && patch.metrics === undefined) return
    this.#figuresAt = now
    this.#write({ ...patch, ...this.#figures() })
  }

  /** Writes figures that nothing here waits for. */
  #write(patch: RunPatch): void {
    this.#follow(this.#ports.persist(this.spec.id, patch))
  }

  #figures(): RunPatch {
    const hops = [...this.#quality.values()]
    const first = hops[0]
    const latency = {
      tickToSignal: this.#latency.get('tickToSignal') ?? null,
      signalToFill: this.#latency.get('signalToFill') ?? null,
      tickToFill: this.#latency.get('tickToFill') ?? null,
    }
    const dataQuality = this.#feedQuality.addTo(first && hops.slice(1).reduce(joinQuality, first))
    return { latency, ...(dataQuality === undefined ? {} : { dataQuality }) }
  }

  async #running(): Promise<void> {
    if (this.#status !== 'STARTING' || this.#ending !== null) return
    const { durationSeconds, mode } = this.spec
    if (mode === 'LIVE' && durationSeconds !== null) {
      this.#timer = setTimeout(() => this.#follow(this.stop(ENDINGS.COMPLETED)), durationSeconds * 1000)
    }
    await this.#become('RUNNING', { startedAt: this.#ports.now() })
  }

  /** An engine's end is expected once the simulator has said its last word; else it is a crash. */
  #engineEnded(engine: EngineHandle, exit: EngineExit): void {
    const orderly = exit.code === 0 && exit.signal === null
    if (orderly && engine.role !== 'SIMULATOR') {
      // Whatever the simulator still waits for does not come any more.
      if (engine.role === 'ALGORITHM') this.#engineOf('SIMULATOR')?.tell({ type: 'stop' })
      return
    }
    if (orderly && this.#ending !== null) return this.#settle(this.#ending)
    const lines = exit.lastLines.slice(-5).join(' | ')
    this.#fail(`The ${engine.role} ${describeExit(exit)}.${lines === '' ? '' : ` Its last lines: ${lines}`}`)
  }

  #fail(reason: string): void {
    if (this.#ending !== null && this.#ending.status !== 'FAILED') {
      // It was being ended anyway: an engine that dies early while it ends does not turn a stop into a failure. That
      // it died is told all the same, unless the end was settled: engines that do not leave then are killed.
      if (!this.#settled) this.#mishap ??= `While it was ending: ${reason}`
      this.#settle(this.#ending)
      return
    }
    this.#ending ??= { status: 'FAILED', reason }
    this.#settle(this.#ending)
  }

  #settle(ending: Ending): void {
    this.#ending ??= ending
    this.#settled = true
    this.#end.resolve(ending)
  }

  /** Starts the end at the algorithm: it stops listening, and the simulator finishes what is already on its way. */
  #drain(): void {
    const ending = this.#ending ?? ENDINGS.STOPPED
    const simulator = this.#engineOf('SIMULATOR')
    // Before it has subscribed there is nothing to finish.
    if (simulator === undefined || !this.#connected.has('SIMULATOR')) return this.#settle(ending)
    const first = this.#engineOf('ALGORITHM') ?? simulator
    first.tell({ type: 'stop' })
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#handOverMs = LEAVE_MS
      this.#settle(ending)
    }, DRAIN_MS)
  }

  #engineOf(role: EngineRole): EngineHandle | undefined {
    return this.#engines.find((engine) => engine.role === role)
  }

  async #close(ending: Ending): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#ending ??= ending
    this.#streamer.resolve(null)
    // The simulator first: it may still hold events that it wants acknowledged.
    const exit = (await this.#engineOf('SIMULATOR')?.stop(this.#handOverMs)) ?? null
    await Promise.all(this.#engines.map((engine) => engine.stop(LEAVE_MS)))
    this.#lease?.release()
    this.#released = true
    await this.#ports.launcher.release(this.spec.id)
    this.#halt.resolve()
    await this.#ports.flush(this.spec.id).catch((error: unknown) => {
      this.#ports.log.error({ simulationId: this.spec.id, err: error }, 'events of a simulation were not stored')
    })
    const simulator = {
      connected: this.#connected.has('SIMULATOR'),
      handedOver: this.#handedOver,
      exit,
      newestStored: this.#newestStored,
    }
    await this.#become(ending.status, {
      statusReason: finalReason(ending, simulator, this.#mishap),
      endedAt: this.#ports.now(),
      engines: this.engines(),
      ...this.#figures(),
    })
    this.#ports.onEnded(this.spec.id)
  }

  async #become(status: SimulationStatus, patch: RunPatch = {}): Promise<void> {
    this.#status = status
    await this.#ports.persist(this.spec.id, { ...patch, status })
  }
}
