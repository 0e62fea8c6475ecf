import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { Metrics } from '../../engines/domain/trading/metrics.ts'
import type { Ruin } from '../../engines/domain/trading/order.ts'
import type { DataQuality, LatencyFigures } from '../../engines/domain/quality.ts'
import type { LauncherKind, SimulationSpec, SimulationStatus } from '../../engines/domain/simulation.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type {
  EngineEntry,
  LogRecord,
  OrderRecord,
  PortfolioRecord,
  SignalRecord,
  TradeRecord,
  TradingRecord,
} from '../../schema/context.ts'

/** Latencies of a run, as `Simulation.latency` shows them; null where nothing was measured. */
export interface RunLatency {
  readonly tickToSignal: LatencyFigures | null
  readonly signalToFill: LatencyFigures | null
  readonly tickToFill: LatencyFigures | null
}

/** A run as the store knows it. */
export interface RunRecord {
  readonly spec: SimulationSpec
  readonly launcher: LauncherKind
  readonly status: SimulationStatus
  readonly statusReason: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  /** The server that answers for it. */
  readonly ownerId: string | null
  /** Since when somebody wants it stopped. */
  readonly stopRequestedAt: Date | null
  /** Key of the live source's streamer that it shares. */
  readonly sharedStreamer: string | null
  /** See {@link RunPatch.doubts}. */
  readonly doubts: readonly string[]
  /** As they were written last; null: never. */
  readonly metrics: Metrics | null
}

/** What may change of a run. Absent: stays as it is. */
export interface RunPatch {
  readonly status?: SimulationStatus
  readonly statusReason?: string | null
  readonly startedAt?: Date
  readonly endedAt?: Date
  readonly fingerprint?: string
  readonly dataQuality?: DataQuality
  readonly latency?: RunLatency
  readonly metrics?: Metrics
  /** How it lost everything. */
  readonly ruin?: Ruin
  /** Share of its tape, from 0 to 1. */
  readonly progress?: number
  /** How its engines are; once it has ended, how they were then. */
  readonly engines?: readonly EngineEntry[]
  readonly sharedStreamer?: string
  /** Market time at which its generated market began, in microseconds. */
  readonly marketStartedAt?: Micros
  /** From where on, and why, its figures cannot be believed, each a sentence for a person; replaces what was there. */
  readonly doubts?: readonly string[]
}

/** Keeps runs. Every call throws where the database cannot be reached. */
export interface RunStore {
  /** The same idempotency key gives the same run again, with `created: false`. */
  create(
    spec: SimulationSpec,
    launcher: LauncherKind,
    idempotencyKey: string | null,
  ): Promise<{ created: boolean; run: RunRecord }>
  find(simulationId: string): Promise<RunRecord | null>
  /** The run that an idempotency key started. */
  findByKey(idempotencyKey: string): Promise<RunRecord | null>
  /** Changes a run that this server answers for; one that it does not (any more) stays as it is. */
  patch(simulationId: string, patch: RunPatch): Promise<void>
  /** Notes that a run is to be stopped, for whichever server answers for it; null where it has ended or is not there. */
  requestStop(simulationId: string): Promise<{ readonly ownerId: string | null } | null>
  /** Runs of this server that somebody wants stopped. */
  stopRequests(): Promise<readonly string[]>
  /** Removes a run with all that belongs to it. */
  delete(simulationId: string): Promise<void>
  /** Runs of this server that have no final status, oldest first. */
  unfinished(): Promise<readonly RunRecord[]>
}

/** What the lossless feeds read back: stored and not yet written, ascending, each once. At most `limit`. */
export interface EventHistory {
  signals(simulationId: string, after: number, limit: number): Promise<readonly SignalRecord[]>
  trades(simulationId: string, after: number, limit: number): Promise<readonly TradeRecord[]>
  /** Every change of every order. */
  orders(simulationId: string, after: number, limit: number): Promise<readonly OrderRecord[]>
  logs(simulationId: string, after: number, limit: number): Promise<readonly LogRecord[]>
  latestPortfolio(simulationId: string): Promise<PortfolioRecord | null>
  /** The newest change of what the run may do that somebody asked for; null: nobody ever did. */
  latestSwitch(simulationId: string): Promise<TradingRecord | null>
  /** Sequences of the newest stored event and log line; 0: none. */
  newest(simulationId: string): Promise<{ readonly event: number; readonly line: number }>
}

/**
 * Takes events at the engines' pace and writes them in batches, exactly once by (simulation, sequence).
 * While the database is away they wait in memory. From `bound` events on, over all runs, `room` no longer resolves: the
 * engines are not acknowledged and wait, each with one window of events, instead of anything being lost.
 */
export interface EventRecorder {
  /** Events of one run, ascending. Resolves once they are durable; rejects where they cannot be kept. */
  append(simulationId: string, events: readonly SimulatorEvent[]): Promise<void>
  /** Resolves once the lines are durable, or given up. */
  log(simulationId: string, lines: readonly LogRecord[]): Promise<void>
  /** Resolves at once while fewer than `bound` events wait, else when that is so again. */
  room(): Promise<void>
  /** Resolves when all that was appended for the run is durable. */
  flush(simulationId: string): Promise<void>
  /**
   * How many events wait, since when a write that is under way waits for the database (null: none is), and since when
   * writing has failed (null: it works) and why, for a person.
   */
  state(): {
    readonly waiting: number
    readonly bound: number
    readonly writingSince: Date | null
    readonly failingSince: Date | null
    readonly lastError: string | null
  }
  dispose(): Promise<void>
}
