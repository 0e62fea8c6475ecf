import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { DataQuality } from '../../engines/domain/quality.ts'
import type { EngineRole, SimulationStatus } from '../../engines/domain/simulation.ts'

/** `unknown`: it could not even be read. */
export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown'

/** `invalid`: not a document of this API. `error`: an error came back, or a part of the answer is one. */
export type OperationOutcome = 'ok' | 'invalid' | 'error'

/** What the parts of the server tell of their work. Each call is cheap and never throws. */
export interface Metrics {
  /** A batch of events and log lines is durable, so many seconds after its writing began. */
  written(events: number, seconds: number): void
  /** A batch could not be written; it is tried again. */
  writeFailed(): void
  /** Events of a run, ascending. Those that an engine hands over a second time are not counted again. */
  happened(simulationId: string, events: readonly SimulatorEvent[]): void
  /** What became of a run's market messages since its start. */
  heard(simulationId: string, quality: DataQuality): void
  /** How many ticks have reached a run's simulator since its start. */
  ticked(simulationId: string, ticks: number): void
  /** A run was another server's, which has counted what became of its messages so far. */
  takenOver(simulationId: string): void
  /** A run has a final status. */
  finished(status: SimulationStatus): void
  /** Nothing more comes from a run: what is remembered of it is let go. */
  forget(simulationId: string): void
  operation(type: OperationType, outcome: OperationOutcome): void
}

/** What is looked up whenever somebody asks for the metrics. */
export interface Readings {
  /** Events that wait to be written, and how many may. */
  readonly queue: () => { readonly waiting: number; readonly bound: number }
  readonly pool: () => { readonly size: number; readonly open: number; readonly idle: number; readonly waiting: number }
  /** Open subscriptions by the field of the API that they read. */
  readonly subscriptions: () => Readonly<Record<string, number>>
  /** Messages that the server itself heard from streamers, and over how many UDP subscriptions. */
  readonly taps: () => { readonly open: number; readonly ticks: number; readonly books: number }
  readonly engines: () => readonly { readonly role: EngineRole; readonly state: string }[]
  /** `warning`: how many of those that run warn of something right now; `unrecorded`: whose market is not recorded as it should be. */
  readonly simulations: () => {
    readonly running: number
    readonly limit: number
    readonly warning: number
    readonly unrecorded: number
  }
  readonly ready: () => boolean
}

/** The metrics as a page of text. */
export interface MetricsPage {
  readonly contentType: string
  readonly body: string
}
