import type { BookSnapshot, Tick } from '../engines/domain/market/market.ts'
import type { OrderUpdate, TradingState } from '../engines/domain/trading/order.ts'
import type { Portfolio } from '../engines/domain/trading/portfolio.ts'
import type { Fixed } from '../engines/domain/money.ts'
import type { Product } from '../engines/domain/market/product.ts'
import type { RoundTrip } from '../engines/domain/trading/round-trip.ts'
import type { EngineRole, LauncherKind, SimulationMode, SimulationStatus } from '../engines/domain/simulation.ts'
import type { RiskDecision, Signal } from '../engines/domain/trading/signal.ts'
import type { Fill } from '../engines/domain/trading/fill.ts'
import type { Micros } from '../engines/domain/time.ts'
import type { PrismaClient } from '../prisma/generated/client.ts'

/** An expected failure, told to the person who asked: what is wrong, where in the input, and what to do. */
export interface UserFault {
  readonly message: string
  /** Where in the arguments, e.g. `['input', 'algorithmParameters', 'RSI_PERIOD']`. */
  readonly path: readonly string[]
  /** Stable and machine-readable, e.g. `UNKNOWN_ALGORITHM`. */
  readonly code: string
}

/** The outcome of something a person asked for: a value, or every fault at once. */
export type Outcome<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly faults: readonly UserFault[] }

/** What `startSimulation` was asked, unchecked but for GraphQL's own types. */
export interface StartRequest {
  readonly algorithm: string
  readonly algorithmParameters?: unknown
  readonly simulatorParameters?: unknown
  /** Database id of a configuration whose parameters are the base that the two above override. */
  readonly configurationId?: string | null
  readonly mode: SimulationMode
  readonly source?: string | null
  readonly products?: readonly string[] | null
  readonly durationSeconds?: number | null
  readonly speed?: number | null
  readonly seed?: number | null
  readonly freshMarket?: boolean | null
  readonly launcher?: LauncherKind | null
  readonly idempotencyKey?: string | null
}

/** Starts, stops and deletes runs. Ids are database ids (UUIDs). */
export interface SimulationControl {
  /** Resolves with the id of the run, in status STARTING or later. */
  start(request: StartRequest): Promise<Outcome<string>>
  /** Resolves when nothing of the run is running any more. */
  stop(simulationId: string): Promise<Outcome<string>>
  delete(simulationId: string): Promise<Outcome<string>>
  /** Changes what a run may do; resolves once its simulator has taken it up, and the change is in its stream. */
  setTrading(simulationId: string, state: TradingState): Promise<Outcome<string>>
}

/** A signal as the store and the live feed hand it out. */
export interface SignalRecord {
  readonly sequence: number
  readonly time: Micros
  readonly signal: Signal
  readonly decision: RiskDecision
}

/** A fill as the store and the live feed hand it out. */
export interface TradeRecord {
  readonly sequence: number
  readonly time: Micros
  readonly fill: Fill
}

/** An order after a change of its life, as the store and the live feed hand it out. */
export interface OrderRecord {
  readonly sequence: number
  readonly time: Micros
  readonly order: OrderUpdate
}

/** A round trip as the store hands it out. */
export interface RoundTripRecord {
  readonly sequence: number
  readonly time: Micros
  readonly roundTrip: RoundTrip
}

/** A change of what a run may do, as the store hands it out. */
export interface TradingRecord {
  readonly sequence: number
  readonly time: Micros
  readonly state: TradingState
  /** The feed's sequence that it follows. */
  readonly after: number
  readonly cause: 'SWITCH' | 'DAILY_LOSS'
}

/** A portfolio snapshot as the live feed hands it out. */
export interface PortfolioRecord {
  readonly sequence: number
  readonly time: Micros
  readonly portfolio: Portfolio
}

/** One line an engine logged, numbered per simulation from 1. */
export interface LogRecord {
  readonly sequence: number
  /** Time by the clock. */
  readonly time: Micros
  readonly role: EngineRole
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/**
 * The live side of runs. Each iterator owns its buffer; ending it (`return()`) frees all that it held.
 * Lossless ones (signals, trades, orders, logs) give what is stored after `after`, then go on live without hole or double; a
 * reader that falls more than its stated bound behind gets a {@link SubscriptionOverflowError} and resumes from its
 * cursor. Conflating ones (portfolios) keep only the newest.
 */
export interface LiveEvents {
  signals(simulationId: string, after: number | null): AsyncIterableIterator<SignalRecord>
  trades(simulationId: string, after: number | null): AsyncIterableIterator<TradeRecord>
  /** Every change of every order. */
  orders(simulationId: string, after: number | null): AsyncIterableIterator<OrderRecord>
  logs(simulationId: string, after: number | null): AsyncIterableIterator<LogRecord>
  portfolios(simulationId: string): AsyncIterableIterator<PortfolioRecord>
  /** Gives the status at once, then each change; ends after a final status. */
  statuses(simulationId: string): AsyncIterableIterator<SimulationStatus>
}

/** Which feed is looked at: a live source by name, or the one that a simulation sees. */
export interface MarketView {
  readonly source: string | null
  readonly simulationId: string | null
}

/** A tick that stands for those that its reader was not given since the one before it; without the three it stands for itself. */
export interface SeenTick extends Tick {
  /** Of the prices that it stands for: the first, the lowest and the highest. */
  readonly open?: Fixed
  readonly low?: Fixed
  readonly high?: Fixed
}

/** Live market data, newest wins per product. */
export interface MarketFeeds {
  /**
   * Resolves with a fault where the source or simulation is unknown or ended.
   * @param everyMs null: as they come, the newest of a product where its reader is slow. Else the ticks that wait are those
   * of a second of the market each, so that none is mixed with the next, and are given once in so many milliseconds; 0: as
   * soon as they are taken
   */
  ticks(
    view: MarketView,
    products: readonly Product[] | null,
    everyMs: number | null,
  ): Promise<Outcome<AsyncIterableIterator<SeenTick>>>
  /** @param everyMs at most one book in so many milliseconds; 0: as they come */
  books(view: MarketView, product: Product, everyMs: number): Promise<Outcome<AsyncIterableIterator<BookSnapshot>>>
}

/** An algorithm of the catalogue. */
export interface AlgorithmEntry {
  readonly name: string
  readonly title: string
  readonly description: string
  /** How it decides, in full; null: its author wrote none. */
  readonly documentation: string | null
  /** JSON Schema (draft 2020-12) of its parameters, with defaults, ranges and units. */
  readonly parametersSchema: Readonly<Record<string, unknown>>
  readonly defaults: Readonly<Record<string, unknown>>
  /** How many inputs it needs before its first signal, at the defaults. */
  readonly warmUp: number
}

/** A place market data comes from. */
export interface SourceEntry {
  /** `coinbase`, `sandbox`, or `tape:<name>`. */
  readonly name: string
  readonly description: string
  readonly products: readonly Product[]
  readonly available: boolean
  /** What is answered to whoever wants to start on it although it is not available; absent: that it cannot be reached. */
  readonly refusal?: { readonly code: string; readonly message: string }
}

/** A way to launch engines that this server has. */
export interface LauncherEntry {
  readonly kind: LauncherKind
  /** Why nothing can be launched with it now, for a person; null where it can. */
  readonly fault: string | null
}

/** An engine of a run as it is now, or as it ended. */
export interface EngineEntry {
  readonly role: EngineRole
  /**
   * `starting`, `running`, `stopping`, `exited`, or `released`: a streamer that this run shared and, having ended, no
   * longer uses (no `pid` and no figures then: whether it goes on is not this run's to say).
   */
  readonly state: string
  readonly launcher: LauncherKind
  readonly pid: number | null
  readonly containerId: string | null
  readonly exitCode: number | null
  readonly startedAt: Date | null
  readonly cpuPercent: number | null
  readonly memoryBytes: number | null
  /** What it is held to; null or absent where nothing is (a process), or where its launcher does not say. */
  readonly memoryLimitBytes?: number | null
  /** In processors, e.g. 0.5. */
  readonly cpuLimit?: number | null
  /** Processes and threads. */
  readonly pidsLimit?: number | null
}

export interface ComponentHealth {
  readonly name: string
  /** `up`, `degraded` or `down`. */
  readonly status: 'up' | 'degraded' | 'down'
  readonly message: string | null
  readonly latencyMs: number | null
  readonly since: Date | null
}

/** What the platform may use, and uses. */
export interface ResourceUse {
  readonly maxSimulations: number
  readonly runningSimulations: number
  readonly runningEngines: number
  readonly cpuCount: number
  /** Processors that the server's own container or control group allows it; null: all. */
  readonly cpuLimit: number | null
  readonly totalMemoryBytes: number
  /** Memory that the server's own container or control group allows it; null: all. */
  readonly memoryLimitBytes: number | null
  readonly serverMemoryBytes: number
  readonly serverCpuPercent: number | null
  /** Connections; `waiting`: queries that wait for one. */
  readonly database: {
    readonly size: number
    readonly open: number
    readonly idle: number
    readonly waiting: number
  }
  /** Events and log lines that wait to be written, and how many may. */
  readonly eventQueue: { readonly waiting: number; readonly bound: number }
  readonly tapes: { readonly bytes: number; readonly limitBytes: number }
  readonly engines: readonly (EngineEntry & { readonly simulationId: string | null })[]
}

/** One version of a configuration; never changed once saved. */
export interface ConfigurationVersion {
  /** Consecutive, from 1 on. */
  readonly version: number
  readonly algorithm: string
  readonly algorithmParameters: Readonly<Record<string, unknown>>
  readonly simulatorParameters: Readonly<Record<string, unknown>>
  readonly tags: readonly string[]
  readonly notes: string | null
  /** Who saved it, as they called themselves; null where they did not say. */
  readonly savedBy: string | null
  readonly savedAt: Date
}

/** A named, versioned set of parameters: its newest version, with when the first and the newest were saved. */
export interface ConfigurationRecord extends Omit<ConfigurationVersion, 'savedAt'> {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What `saveConfiguration` was asked. */
export interface ConfigurationDraft extends Omit<ConfigurationVersion, 'version' | 'savedAt'> {
  readonly name: string
  readonly expectedVersion: number | null
}

/** A configuration with its versions, as it is exported and imported. */
export interface ConfigurationHistory {
  readonly name: string
  readonly createdAt: Date
  /** At least one, ascending and consecutive. */
  readonly versions: readonly ConfigurationVersion[]
}

/** A page of `configurations`; a filter looks at the newest version of each. */
export interface ConfigurationPage {
  readonly limit: number
  /** The id of the last one of the page before. */
  readonly after: string | null
  readonly algorithm: string | null
  readonly tag: string | null
}

/**
 * Where configurations are kept. MongoDB and Postgres each fill this port, and obey one contract test.
 * Every call throws a `StoreUnavailableError` (see `errors.ts`) where what keeps them cannot be reached.
 */
export interface ConfigurationStore {
  /** What keeps them, for a person. */
  readonly kind: 'PostgreSQL' | 'MongoDB'
  /** Milliseconds of a round trip. */
  ping(): Promise<number>
  get(id: string): Promise<ConfigurationRecord | null>
  /** Newest first. */
  list(page: ConfigurationPage): Promise<readonly ConfigurationRecord[]>
  /** Newest first, those below `before` (null: from the newest on); none where there is no such configuration. */
  versions(
    id: string,
    page: { readonly limit: number; readonly before: number | null },
  ): Promise<readonly ConfigurationVersion[]>
  /** A new version of the name each time; a stale `expectedVersion` is refused. */
  save(draft: ConfigurationDraft): Promise<Outcome<ConfigurationRecord>>
  /** Makes a configuration with all its versions at once, under a name that must be free. */
  restore(history: ConfigurationHistory): Promise<Outcome<ConfigurationRecord>>
  /** Removes it with all its versions; false where there was none. */
  delete(id: string): Promise<boolean>
}

/** Checks parameters and fills in defaults; every fault at once, with paths below `path`. */
export interface ParameterCheck {
  algorithm(name: string, parameters: unknown, path: readonly string[]): Outcome<Readonly<Record<string, unknown>>>
  simulator(parameters: unknown, path: readonly string[]): Outcome<Readonly<Record<string, unknown>>>
}

/** The ports the schema needs; the server fills them. */
export interface Context {
  readonly prisma: PrismaClient
  /** The same for what reads much: it waits for others like it alone, and is given up where it takes long. */
  readonly heavy: PrismaClient
  readonly simulations: SimulationControl
  readonly live: LiveEvents
  readonly market: MarketFeeds
  readonly algorithms: { list(): readonly AlgorithmEntry[]; find(name: string): AlgorithmEntry | null }
  readonly sources: { list(): Promise<readonly SourceEntry[]> }
  /** The default first. */
  readonly launchers: { list(): Promise<readonly LauncherEntry[]> }
  readonly engines: { of(simulationId: string): readonly EngineEntry[] }
  /** What is not as it should be around a run right now, a sentence each; none for a run that has ended. */
  readonly warnings: (simulationId: string) => readonly string[]
  readonly configurations: ConfigurationStore
  readonly parameters: ParameterCheck
  /** JSON Schema (draft 2020-12) of the simulator's parameters, with defaults, ranges and units. */
  readonly simulatorParametersSchema: Readonly<Record<string, unknown>>
  /** The image that holds every engine, tag included. */
  readonly engineImage: string
  readonly health: () => Promise<readonly ComponentHealth[]>
  readonly resources: () => Promise<ResourceUse>
}
