import type { ControlMessage, EngineMessage } from '../../engines/edge/control.ts'
import type { EngineRole, LauncherKind } from '../../engines/domain/simulation.ts'
import type { EngineEntry } from '../../schema/context.ts'

/** Which program an engine runs; the names of the bundles. */
export type EngineEntryPoint =
  'streamer' | 'algorithm' | 'simulator' | 'backtest' | 'generate-tape' | 'exchange-sandbox'

/** What to launch. */
export interface EngineSpec {
  readonly entry: EngineEntryPoint
  readonly role: EngineRole
  /** What it belongs to: a simulation's id, or a live source's key. Marks the engine, so that an orphan is known again. */
  readonly owner: string
  /** All variables it gets; nothing else of the server's environment reaches it but what a program needs to start. */
  readonly env: Readonly<Record<string, string>>
}

/** How an engine ended. */
export interface EngineExit {
  /** null where a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** The last lines it logged, oldest first; at most 20. */
  readonly lastLines: readonly string[]
}

/** One line of an engine's log. */
export interface EngineLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** A launched engine. */
export interface EngineHandle {
  readonly role: EngineRole
  /** How it is now. */
  entry(): EngineEntry
  /** The port it serves on (null: none), once it is ready; rejects where it ends before. */
  readonly ready: Promise<number | null>
  /** Resolves when it has ended, however it did; never rejects. */
  readonly exited: Promise<EngineExit>
  /** Each message, from the first on: register in the same turn as the launch. */
  onMessage(listener: (message: EngineMessage) => void): void
  onLine(listener: (line: EngineLine) => void): void
  tell(message: ControlMessage): void
  /** Asks it to stop, waits `graceMs`, then kills it; resolves when it has ended. */
  stop(graceMs: number): Promise<EngineExit>
}

/** An engine of a server that is gone. */
export interface Orphan {
  readonly owner: string
  readonly description: string
}

/** Starts engines somewhere: child processes, containers, services. */
export interface Launcher {
  readonly kind: LauncherKind
  /** @throws Error, for a person, where there is no such program. */
  launch(spec: EngineSpec): EngineHandle
  /** Ends what an earlier server left running; resolves when none of it runs any more. */
  reapOrphans(): Promise<readonly Orphan[]>
  /** Engines that run now. */
  running(): readonly { readonly owner: string; readonly entry: EngineEntry }[]
  /** Ends every engine that still runs. */
  dispose(): Promise<void>
}
