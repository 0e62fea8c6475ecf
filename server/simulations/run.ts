import { Bell } from '../../engines/edge/bell.ts'
import { deferred } from '../../engines/edge/deferred.ts'
import type { EngineEnd, EngineMessage } from '../../engines/edge/process/control.ts'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import type { EngineRole, SimulationSpec, SimulationStatus } from '../../engines/domain/simulation.ts'
import type { EngineEntry } from '../../schema/context.ts'
import { describeEnd, type EngineAddress, type EngineExit, type EngineHandle } from '../launcher/port.ts'
import type { RunPatch } from '../store/port.ts'
import { FIGURES_EVERY_MS, HAND_OVER_MS, LEAVE_MS } from './bounds.ts'
import { placeOf, watchDrain } from './ending/drain.ts'
import { ENDINGS, failedBy, NOT_ASKED, UNHEARD_END, type Ending } from './ending/ending.ts'
import { finalWord, neverStored, released } from './ending/final-word.ts'
import { EventsIn } from './events/events-in.ts'
import { launchRun } from './launch.ts'
import { hopsOf, shortfallOf } from './quality/shortfall.ts'
import { reasonOf, SEE_LOG } from './ending/reason.ts'
import { Results } from './results/results.ts'
import { Doubts, engineWarnings, marketStart } from './warnings.ts'
import { tradesOnAccount, TradingSwitch, type Switched } from './trading.ts'
import type { SourceLease } from '../sources/live-sources.ts'
import type { RunOrigin, RunPorts } from './run-ports.ts'

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
  readonly #results: Results
  readonly #doubts: Doubts
  readonly #eventsIn: EventsIn
  readonly #origin: RunOrigin
  readonly #trading: TradingSwitch
  /** Resolves once the run is ending: from then on events are answered for in memory, so that engines can leave. */
  readonly #leaving = new Bell()
  #status: SimulationStatus = 'STARTING'
  #lease: SourceLease | null = null
  readonly #streamer = deferred<EngineAddress | null>()
  readonly #end = deferred<Ending>()
  readonly #halt = deferred<void>()
  #ending: Ending | null = null
  #timer: NodeJS.Timeout | null = null
  #enginesAt = 0
  #marketStartedAt: number | null = null
  /** The simulator's last word; null: it has not said it. */
  #lastWord: EngineEnd | null = null
  /** Whether the end has been settled: what engines do from then on is this run's own doing. */
  #settled = false
  /** What befell an engine while the run was already ending. */
  #mishap: string | null = null
  /** Why some of its events are not in the store; null: all are. */
  #putAside: string | null = null
  #released = false
  /** Shortened once the simulator has had its time. */
  #handOverMs = HAND_OVER_MS

  constructor(spec: SimulationSpec, ports: RunPorts, origin: RunOrigin = { kind: 'new' }) {
    this.spec = spec
    this.#ports = ports
    this.#origin = origin
    const { newest, doubts, metrics } = origin.kind === 'new' ? { newest: 0, doubts: [], metrics: null } : origin
    this.#doubts = new Doubts(doubts)
    const switched = origin.kind === 'adopted' ? origin.switched : 'ACTIVE'
    this.#trading = new TradingSwitch(switched, (state) =>
      // Where the algorithm trades on its account, switches have their place among its commands.
      this.#engineOf(tradesOnAccount(spec.algorithm) ? 'ALGORITHM' : 'SIMULATOR')?.tell({ type: 'trading', state }),
    )
    this.#eventsIn = new EventsIn(spec.id, newest, ports, {
      leaving: this.#leaving,
      onEvent: (event) => this.#note(event),
      onStored: () => this.#release(),
      onPutAside: (reason) => this.#putAsideFor(reason),
      tell: (message) => this.#engineOf('SIMULATOR')?.tell(message),
    })
    this.#results = new Results({ spec, metrics, intake: this.#eventsIn.intake, stored: ports.stored })
    this.halted = this.#halt.promise
    this.finished = this.#live()
  }

  /** What its last results wait for, nothing of it running any more. */
  get waitsFor(): string {
    return this.#eventsIn.waitsFor
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

  /** What is not as it should be with its engines right now. @param now monotonic milliseconds. */
  warnings(now: number): readonly string[] {
    return [...engineWarnings(this.#speaking(), now), ...this.#eventsIn.warnings()]
  }

  #speaking() {
    return [...(this.#released ? [] : (this.#lease?.speaking ?? [])), ...this.#engines]
  }

  /** Ends the run; resolves when nothing of it runs any more (its results may still be on their way to the store). */
  async stop(ending: Ending = ENDINGS.STOPPED): Promise<void> {
    if (this.#ending === null && this.#status !== 'STOPPING') {
      this.#ending = ending
      this.#leaving.ring()
      this.#follow(this.#become('STOPPING'))
      this.#drain()
    }
    await this.halted
  }

  /** Changes what it may do; resolves once its simulator has taken it up and that is stored, or with why not. */
  async setTrading(state: TradingState): Promise<Switched> {
    const switched = await this.#trading.set(state)
    if (switched === 'taken') await this.#leaving.orElse(this.#ports.flush(this.spec.id))
    return switched
  }

  /** The whole life, from the first engine to the last word. */
  async #live(): Promise<void> {
    // The caller registers this run before anything can happen to it.
    await Promise.resolve()
    this.#eventsIn.open()
    this.#begin().catch((error: unknown) => {
      this.#ports.log.warn({ simulationId: this.spec.id, err: error }, 'a simulation could not be launched')
      this.#fail(reasonOf(error))
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

  #begin(): Promise<void> {
    const origin = this.#origin
    if (origin.kind === 'lost') return Promise.resolve(this.#fail(origin.reason))
    if (origin.kind === 'adopted') return this.#adopt(origin)
    return launchRun(this.spec, this.#ports, {
      isEnding: () => this.#ending !== null,
      attend: (engine) => this.#attend(engine),
      share: (lease) => {
        this.#share(lease)
        this.#write({ sharedStreamer: lease.key })
      },
      served: (address) => this.#streamer.resolve(address),
      begun: () => this.#running(),
      fail: (reason) => this.#fail(reason),
    })
  }

  /** Goes on with engines that another server had launched. */
  async #adopt(origin: Extract<RunOrigin, { kind: 'adopted' }>): Promise<void> {
    for (const engine of origin.engines) {
      this.#connected.add(engine.role)
      this.#attend(engine)
    }
    const streamer = this.#engineOf('STREAMER')
    if (origin.lease !== null) this.#share(origin.lease)
    const served = streamer === undefined ? null : await streamer.ready
    this.#streamer.resolve(origin.lease?.address ?? served?.outside ?? null)
    this.#status = 'RUNNING'
    this.#watchDuration(origin.startedAt)
    // It may hold events that the other server never got, or got and never stored.
    this.#engineOf('SIMULATOR')?.tell({ type: 'resume', sequence: origin.newest })
    if (origin.stopRequested) this.#follow(this.stop())
  }

  /** Sees to work that nobody waits for: if it fails, which is a bug, so does the run, and says so. */
  #follow(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#ports.log.error({ simulationId: this.spec.id, err: error }, 'a simulation met an unexpected error')
      this.#fail(SEE_LOG)
    })
  }

  #share(lease: SourceLease): void {
    this.#lease = lease
    const unfollow = lease.onLine((line) => this.#ports.logLine(this.spec.id, 'STREAMER', line))
    this.#follow(this.finished.then(unfollow))
    this.#follow(lease.lost.then((reason) => this.#fail(reason)))
  }

  #attend(engine: EngineHandle): void {
    this.#engines.push(engine)
    engine.onMessage((message) => this.#hear(engine, message))
    engine.onLine((line) => this.#ports.logLine(this.spec.id, engine.role, line))
    this.#follow(engine.exited.then((exit) => this.#engineEnded(engine, exit)))
  }

  /** Keeps that the run's figures cannot be believed from some point on, and why. */
  #doubt(sentences: readonly string[]): void {
    if (this.#doubts.note(sentences)) this.#write({ doubts: this.#doubts.all() })
  }

  /** Keeps when its generated market began: by that its events can be found in another market of the same seed. */
  #noteMarket(): void {
    if (this.#marketStartedAt !== null) return
    this.#marketStartedAt = marketStart(this.#speaking())
    if (this.#marketStartedAt !== null) this.#write({ marketStartedAt: this.#marketStartedAt })
  }

  #hear(engine: EngineHandle, message: EngineMessage): void {
    switch (message.type) {
      case 'connected':
        this.#connected.add(engine.role)
        if (this.#connected.has('ALGORITHM') && this.#connected.has('SIMULATOR')) this.#follow(this.#running())
        break
      case 'events':
        this.#follow(this.#eventsIn.take(engine, message.events))
        break
      case 'report':
        this.#results.hear(engine.role, message)
        this.#doubt(this.#speaking().flatMap((one) => one.saying().doubts))
        this.#noteMarket()
        if (message.ticks !== undefined) this.#ports.ticked(this.spec.id, message.ticks)
        this.#release()
        this.#writeEngines()
        break
      case 'ended':
        if (engine.role !== 'SIMULATOR') break
        this.#lastWord = message
        // Its exit, which follows, says why.
        if (message.reason !== 'FAILED')
          this.#settle(this.#ending ?? (message.reason === 'STOPPED' ? NOT_ASKED : ENDINGS.COMPLETED))
        break
    }
  }

  /** Looks at an event that is new. */
  #note(event: SimulatorEvent): void {
    this.#results.note(event)
    this.#trading.hear(event)
    if (event.type !== 'feed' || event.status.state !== 'REFUSED') return
    const { product, detail } = event.status
    if (this.spec.products.includes(product)) this.#fail(`The venue refuses ${product}: ${detail}`)
  }

  /** Writes the figures that what is stored bears out by now. */
  #release(): void {
    // The end writes them with the rest.
    const figures = this.#settled ? null : this.#results.due()
    if (figures !== null) this.#write(figures)
  }

  #writeEngines(): void {
    const now = this.#ports.now().getTime()
    if (now - this.#enginesAt < FIGURES_EVERY_MS) return
    this.#enginesAt = now
    this.#write({ engines: this.engines() })
  }

  /** Writes what nothing here waits for. */
  #write(patch: RunPatch): void {
    this.#follow(this.#ports.persist(this.spec.id, patch))
  }

  async #running(): Promise<void> {
    if (this.#status !== 'STARTING' || this.#ending !== null) return
    const startedAt = this.#ports.now()
    this.#watchDuration(startedAt)
    await this.#become('RUNNING', { startedAt })
  }

  /** A live run ends by the clock; a tape by its own. */
  #watchDuration(startedAt: Date | null): void {
    const { durationSeconds, mode } = this.spec
    if (mode !== 'LIVE' || durationSeconds === null) return
    const passed = startedAt === null ? 0 : this.#ports.now().getTime() - startedAt.getTime()
    const left = Math.max(0, durationSeconds * 1000 - passed)
    this.#timer = setTimeout(() => this.#follow(this.stop(ENDINGS.COMPLETED)), left)
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
    if (orderly && this.#origin.kind === 'adopted') return this.#settle(UNHEARD_END)
    this.#fail(describeEnd(engine.role, exit))
  }

  #fail(reason: string): void {
    if (this.#ending !== null && this.#ending.status !== 'FAILED') {
      // It was being ended anyway: an engine that dies early while it ends does not turn a stop into a failure. That
      // it died is told all the same, unless the end was settled: engines that do not leave then are killed.
      if (!this.#settled) this.#mishap ??= `While it was ending: ${reason}`
      this.#settle(this.#ending)
      return
    }
    this.#ending ??= failedBy(reason)
    this.#settle(this.#ending)
  }

  /** Some of its events are not in the store. While it ends it may go on ending: the final status says it. */
  #putAsideFor(reason: string): void {
    this.#putAside ??= reason
    if (this.#ending === null) this.#fail(reason)
  }

  #settle(ending: Ending): void {
    this.#ending ??= ending
    this.#settled = true
    this.#leaving.ring()
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
    const giveUp = (): void => {
      this.#handOverMs = LEAVE_MS
      this.#settle(ending)
    }
    const place = (): string => placeOf([first, simulator], this.#results, this.#eventsIn.intake)
    this.#follow(this.#end.promise.then(watchDrain(place, giveUp)))
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
    const exits = await Promise.all(
      this.#engines.map(async (engine) => ({ role: engine.role, exit: await engine.stop(LEAVE_MS) })),
    )
    const connected = this.#connected.has('SIMULATOR')
    const hops = hopsOf(this.#speaking(), this.#results, this.spec.products)
    const shortfall = shortfallOf({ ending, connected, lastWord: this.#lastWord, exits, hops })
    if (shortfall !== null) this.#doubt([shortfall.sentence])
    this.#lease?.release()
    this.#released = true
    await this.#ports.launcher.release(this.spec.id)
    this.#halt.resolve()
    this.#trading.end()
    const givenUp = await this.#eventsIn.storeRest(this.#lastWord?.last)
    this.#mishap ??= givenUp
    const { newestStored } = this.#eventsIn.intake
    this.#putAside ??= neverStored(this.#lastWord, newestStored)
    const { figures, more } = this.#results.last(this.#lastWord, shortfall)
    const simulator = {
      ruin: figures.ruin ?? null,
      connected,
      handedOver: this.#lastWord !== null,
      exit,
      newestStored,
      warnings: this.#engineOf('SIMULATOR')?.saying().warnings ?? [],
    }
    const last = finalWord(ending, simulator, this.#mishap, this.#putAside ?? shortfall?.sentence ?? null)
    const patch = {
      ...figures,
      statusReason: last.reason,
      endedAt: this.#ports.now(),
      engines: this.engines(),
    }
    await this.#become(last.status, patch, more)
    await this.#eventsIn.end()
    this.#ports.onEnded(this.spec.id)
  }

  async #become(status: SimulationStatus, patch: RunPatch = {}, more?: () => Promise<RunPatch>): Promise<void> {
    this.#status = status
    await this.#ports.persist(this.spec.id, { ...patch, status }, more)
  }
}
