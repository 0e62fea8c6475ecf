import type { Product } from './market/product.ts'

/** `LIVE`: now, from a feed. `REPLAY`: a tape through real processes. `BACKTEST`: a tape in one process, at full speed. */
export type SimulationMode = 'LIVE' | 'REPLAY' | 'BACKTEST'

export const SIMULATION_MODES: readonly SimulationMode[] = ['LIVE', 'REPLAY', 'BACKTEST']

export type SimulationStatus = 'STARTING' | 'RUNNING' | 'STOPPING' | 'COMPLETED' | 'STOPPED' | 'FAILED'

/** Statuses from which nothing follows. */
export const FINAL_STATUSES: readonly SimulationStatus[] = ['COMPLETED', 'STOPPED', 'FAILED']

export type EngineRole = 'STREAMER' | 'ALGORITHM' | 'SIMULATOR'

export type LauncherKind = 'PROCESS' | 'DOCKER' | 'SWARM'

/**
 * Version of the rules that orders are filled by, which every run keeps: whoever repeats it needs the same. 1: one market order a
 * signal, of before orders could rest. 2: those of the broker, with margin and the venue's increments.
 */
export type KernelVersion = 1 | 2

/** The rules that runs go by now. */
export const KERNEL_VERSION: KernelVersion = 2

/** Parameters as they were checked: plain JSON. */
export type Parameters = Readonly<Record<string, unknown>>

/** All that defines a run. The same spec over the same tape gives the same fills. */
export interface SimulationSpec {
  readonly id: string
  readonly mode: SimulationMode
  readonly algorithm: string
  /** Complete (defaults filled in) and validated against the algorithm's schema. */
  readonly algorithmParameters: Parameters
  /** Complete and validated against the simulator's schema. */
  readonly simulatorParameters: Parameters
  /** `coinbase`, `sandbox`, or `tape:<name>`. */
  readonly source: string
  readonly products: readonly Product[]
  /** LIVE: seconds by the clock; REPLAY and BACKTEST: seconds of market time. null: until stopped or the tape's end. */
  readonly durationSeconds: number | null
  /** REPLAY only: 1 is the recorded pace. */
  readonly speed: number
  /** Seed of a generated market. */
  readonly seed: number
  /** Whether the generated market is this run's own, and begins with it; absent: it shares one, and joins it as it stands. */
  readonly freshMarket?: boolean
  /** See {@link KERNEL_VERSION}; absent: the newest. */
  readonly kernelVersion?: KernelVersion
}
