import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { TradingSwitch } from '../../domain/trading/order.ts'
import type { Micros } from '../../domain/time.ts'
import type { Metrics } from '../../domain/trading/metrics.ts'
import type { DataQuality, Emitted, LatencyFigures, Reached } from '../../domain/quality.ts'

/** Why an engine has nothing more to say. */
export type EndReason =
  /** The tape ended, or the duration asked for was reached. */
  | 'COMPLETED'
  /** It was asked to stop. */
  | 'STOPPED'
  /** A fault, which its exit tells of: it has told all that came before. Said by back-tests. */
  | 'FAILED'

/** What an engine measures about itself; sent once a second and once before it ends. All counts since its start. */
export interface EngineReport {
  readonly type: 'report'
  /** Processor time used, in microseconds. */
  readonly cpuMicros: number
  /** Resident memory. */
  readonly memoryBytes: number
  /** Of the messages that it takes in; absent where it takes in none. */
  readonly quality?: DataQuality
  /** How far it has come in what its source emitted; absent where it has none, or that cannot say. */
  readonly reached?: Reached
  /** What it emitted to whoever listens; absent where it serves nobody. */
  readonly emitted?: Emitted
  /** Named distributions in microseconds: `tickToSignal`, `signalToFill`, `tickToFill`. */
  readonly latency?: Readonly<Record<string, LatencyFigures>>
  readonly metrics?: Metrics
  /** Sequence of the newest event when this was measured; told by simulators. 0: there was none. */
  readonly last?: number
  /** How many of these messages were ticks; told by simulators. */
  readonly ticks?: number
  /** How far it has come through what it plays of a tape, from 0 to 1; null: it has not begun. Told by whoever reads one. */
  readonly progress?: number | null
  /** What is not as it should be right now, each a sentence for a person; absent or empty: nothing is. */
  readonly warnings?: readonly string[]
  /**
   * From where on, and why, what it told cannot be believed, each a sentence for a person. What was said once stays: the
   * run keeps it when it has ended.
   */
  readonly doubts?: readonly string[]
  /** Market time at which the market that it generates began. Told by sandboxes. */
  readonly marketStartedAt?: Micros
}

/** The last word of an engine: all of its events are acknowledged, or wait in a stream for whoever stores them. */
export interface EngineEnd {
  readonly type: 'ended'
  readonly reason: EndReason
  /** The SHA-256 over its fills; null where it makes none. */
  readonly fingerprint: string | null
  /** Sequence of its last event; 0: it had none. Absent where it tells no events. */
  readonly last?: number
  /**
   * false where it was stopped before its source had said that nothing more would come; absent where all of it was processed, or
   * it has no source that could say so.
   */
  readonly whole?: boolean
}

/** What an engine tells whoever launched it. */
export type EngineMessage =
  /** It listens (on `port`, where it serves others). */
  | { readonly type: 'ready'; readonly port: number | null }
  /** What it depends on has accepted its subscription: data can flow. */
  | { readonly type: 'connected' }
  /** Events of a simulation, ascending, to be acknowledged by the last one's sequence once there is room for more. */
  | { readonly type: 'events'; readonly events: readonly SimulatorEvent[] }
  | EngineReport
  | EngineEnd

/** What an engine is told. */
export type ControlMessage =
  /** Finish what is under way, hand over what is there, exit with 0. */
  | { readonly type: 'stop' }
  /** Events up to this sequence were taken over by the launcher, which answers for them; there is room for more. */
  | { readonly type: 'ack'; readonly sequence: number }
  /** Whoever is told events now has them up to this sequence, and none after it: tell those again. */
  | { readonly type: 'resume'; readonly sequence: number }
  /** A simulator: what its run may do from the newest market event on that it has taken. */
  | TradingSwitch

/** How an engine and whoever launched it talk. */
export interface Channel {
  /** Whether a launcher listens; without one, an engine was started from a shell. */
  readonly launched: boolean
  /** Whether it goes through Redis, and so is away whenever Redis is. */
  readonly overRedis: boolean
  tell(message: EngineMessage): void
  /** Called with each message of the launcher. */
  onControl(listener: (message: ControlMessage) => void): void
  /** Called once, when the launcher has gone for good. */
  onGone(listener: () => void): void
  /** Resolves when everything told is on its way. */
  flushed(): Promise<void>
}
