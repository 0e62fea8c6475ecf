import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import type { EngineRole } from '../../engines/domain/simulation.ts'
import type { StreamFollower, StreamHandler } from '../bus/stream-entries.ts'
import type { EngineHandle, EngineLine, Launcher } from '../launcher/port.ts'
import type { Metrics } from '../../engines/domain/trading/metrics.ts'
import type { RunPatch } from '../store/port.ts'
import type { StoredEvents } from './results/recount.ts'
import type { LiveSource, SourceLease } from '../sources/live-sources.ts'

/** How a run's events come from its simulator to the server. */
export interface RunBus {
  /** Reads the run's events from the bus; null where the simulator tells them over its channel. */
  readonly follow: ((simulationId: string, handler: StreamHandler) => StreamFollower) | null
  /** The bus as the simulator is to be told of it; null where it tells its events over its channel, or knows already. */
  readonly redisUrl: string | null
}

/** What a run needs from the rest of the server. */
export interface RunPorts extends RunBus {
  /** Where its engines are launched. */
  readonly launcher: Pick<Launcher, 'kind' | 'launch' | 'release'>
  readonly acquire: (source: LiveSource) => Promise<SourceLease>
  /** The file of a `tape:<name>` source. */
  readonly tapePath: (source: string) => string
  /**
   * Takes events on; resolves when they are durable, rejects where they cannot be kept.
   * @param text the same as they came over the bus; null where they did not.
   */
  readonly record: (simulationId: string, events: readonly SimulatorEvent[], text: string | null) => Promise<void>
  /** Resolves when there is room in memory for more events. */
  readonly room: () => Promise<void>
  readonly logLine: (simulationId: string, role: EngineRole, line: EngineLine) => void
  /** Resolves when all of the run's events are durable. */
  readonly flush: (simulationId: string) => Promise<void>
  /** Writes a change, in order, as soon as the store can be reached; then tells the live feeds. */
  readonly persist: (simulationId: string, patch: RunPatch, more?: () => Promise<RunPatch>) => Promise<void>
  /** What is stored of a run. */
  readonly stored: StoredEvents
  /** So many ticks have reached the run's simulator since it began. */
  readonly ticked: (simulationId: string, ticks: number) => void
  /** The run has had its last word. */
  readonly onEnded: (simulationId: string) => void
  /** A number from 1 to 2^48 that nobody guesses: by it the engines of a run know whom to wait for. */
  readonly drawKey: () => number
  readonly now: () => Date
  readonly log: Logger
  readonly logLevel: string
}

/** Where a run comes from. */
export type RunOrigin =
  | { readonly kind: 'new' }
  /** Its engines outlived the server that answered for it. */
  | {
      readonly kind: 'adopted'
      readonly engines: readonly EngineHandle[]
      /** The shared streamer that it listens to; null: it has one of its own, or none. */
      readonly lease: SourceLease | null
      readonly newest: number
      /** What is stored already of {@link RunPatch.doubts}. */
      readonly doubts: readonly string[]
      /** The metrics that are written. */
      readonly metrics: Metrics | null
      readonly startedAt: Date | null
      /** As somebody switched what it may do last. */
      readonly switched: TradingState
      readonly stopRequested: boolean
    }
  /** The server that answered for it is gone, and its engines with it; what they told is still to be stored. */
  | {
      readonly kind: 'lost'
      readonly reason: string
      readonly newest: number
      readonly doubts: readonly string[]
      readonly metrics: Metrics | null
    }
