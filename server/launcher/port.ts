import type { ControlMessage, EngineMessage } from '../../engines/edge/process/control.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type { Emitted } from '../../engines/domain/quality.ts'
import type { EngineRole, LauncherKind } from '../../engines/domain/simulation.ts'
import type { EngineEntry } from '../../schema/context.ts'
import { errorOf, isTold } from './last-words.ts'

/** Which program an engine runs; the names of the bundles. */
export type EngineEntryPoint =
  'streamer' | 'algorithm' | 'simulator' | 'backtest' | 'generate-tape' | 'exchange-sandbox'

/** A host and a port, as somebody reaches them. */
export interface EngineAddress {
  readonly host: string
  readonly port: number
}

/** A tape that an engine reads or writes; the launcher sees to it that the engine can, and sets the variable. */
export interface EngineTape {
  readonly variable: 'TAPE_PATH' | 'RECORD_PATH'
  /** As this server names the file, in its folder of tapes. */
  readonly path: string
}

/** What to launch. */
export interface EngineSpec {
  readonly entry: EngineEntryPoint
  readonly role: EngineRole
  /** What it belongs to: a simulation's id, or a live source's key. Marks the engine, so that an orphan is known again. */
  readonly owner: string
  /** What it serves others with. The launcher sets `BIND_ADDR` to an address that they can reach. */
  readonly serves: 'udp' | 'tcp' | null
  /** Whether it must reach servers outside: the venue. */
  readonly outbound: boolean
  readonly tape: EngineTape | null
  /** All other variables it gets; nothing else of the server's environment reaches it but what a program needs to start. */
  readonly env: Readonly<Record<string, string>>
}

/** Where an engine serves. */
export interface EngineAddresses {
  /** As engines of the same owner reach it. */
  readonly inside: EngineAddress
  /** As this server reaches it; null where it cannot. */
  readonly outside: EngineAddress | null
}

/** How an engine ended. */
export interface EngineExit {
  /** null where a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** The last lines it logged, oldest first; at most 60. */
  readonly lastLines: readonly string[]
  /**
   * What the launcher knows of why, for a person: `it needed more memory than its limit of 256 MB`; where there is
   * neither code nor signal, what befell it instead: `was lost: Docker went away`.
   */
  readonly cause?: string
}

/** One line of an engine's log. */
export interface EngineLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** What an engine last said of itself. */
export interface EngineSaying {
  /** Monotonic milliseconds when it was launched, or taken over. */
  readonly since: number
  /** Monotonic milliseconds (`performance.now()`) when it last said anything; null: it has not yet. */
  readonly heardAt: number | null
  /** As in its last report. */
  readonly warnings: readonly string[]
  readonly doubts: readonly string[]
  /** Market time at which the market that it generates began; absent: it generates none, or has not said. */
  readonly marketStartedAt?: Micros
  /** What it had emitted then; null: it has not said, or serves nobody. */
  readonly emitted: Emitted | null
}

/** A launched engine. */
export interface EngineHandle {
  readonly program: EngineEntryPoint
  readonly role: EngineRole
  /** Where engines of the same owner will find it, where that is known before it is ready. */
  readonly inside: EngineAddress | null
  /** How it is now. */
  entry(): EngineEntry
  /** What it last said of itself. */
  saying(): EngineSaying
  /** Where it serves (null: it serves nobody), once it is ready; rejects where it ends before. */
  readonly ready: Promise<EngineAddresses | null>
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

/** How a launcher is. */
export interface LauncherHealth {
  readonly status: 'up' | 'degraded' | 'down'
  /** For a person: what is wrong and what to do; null where nothing is. */
  readonly message: string | null
  readonly latencyMs: number | null
}

/** Starts engines somewhere: child processes, containers, services. */
export interface Launcher {
  readonly kind: LauncherKind
  /** @throws Error, for a person, where there is no such program. What goes wrong later rejects `ready`. */
  launch(spec: EngineSpec): EngineHandle
  /**
   * Takes over the engines of an owner that outlived the server which launched them; they are running and connected.
   * Empty where engines end with their server, or none is left.
   */
  adopt(owner: string): Promise<readonly EngineHandle[]>
  /**
   * Makes a serving engine of one owner reachable for the engines of another, until that one is released.
   * Resolves with its address there.
   */
  connect(engine: EngineHandle, owner: string): Promise<EngineAddress>
  /** Nothing of an owner runs any more: removes what was made for it. Must not fail where nothing was. */
  release(owner: string): Promise<void>
  /**
   * Ends what servers that are gone left running; resolves when none of it runs any more.
   * @param keptNow which owners are in use; asked once it is known what runs, so that what began later is never ended.
   */
  reapOrphans(keptNow: () => Promise<(owner: string) => boolean>): Promise<readonly Orphan[]>
  /** Engines that run now. */
  running(): readonly { readonly owner: string; readonly entry: EngineEntry }[]
  health(): Promise<LauncherHealth>
  /** Why nothing can be launched now, for a person; null where it can. A launcher without it always can. */
  available?(): Promise<string | null>
  /** Ends every engine that still runs. */
  dispose(): Promise<void>
}

/** How an engine ended, for a person: `ended with exit code 1`, `was killed by SIGKILL (it needed more memory …)`. */
function describeExit({ code, signal, cause }: EngineExit): string {
  const why = cause?.replace(/\.$/, '')
  if (signal === null && code === null) return why ?? 'could not be started'
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
  return why === undefined ? how : `${how} (${why})`
}

/** How many of the last lines stand for a reason where none is known. */
const TOLD_LINES = 3

/**
 * How an engine ended, for a person: the error that it ended with first, where it was one.
 * @param what ended
 * @param when it did, where that matters
 */
export function describeEnd(what: string, exit: EngineExit, when = ''): string {
  const ended = `The ${what} ${describeExit(exit)}${when === '' ? '' : ` ${when}`}.`
  const error = exit.signal === null && exit.code !== 0 ? errorOf(exit.lastLines) : null
  if (error !== null) return `${/[.!?…]$/.test(error) ? error : `${error}.`} ${ended}`
  const lines = exit.lastLines.filter(isTold).slice(-TOLD_LINES).join(' | ')
  return lines === '' ? ended : `${ended} Its last lines: ${lines}`
}

/** An engine that ended before it was ready. */
export class EngineEndedError extends Error {
  override readonly name = 'EngineEndedError'
  readonly exit: EngineExit

  constructor(spec: Pick<EngineSpec, 'entry'>, exit: EngineExit) {
    super(describeEnd(spec.entry, exit, 'before it was ready'))
    this.exit = exit
  }
}

/**
 * Where the other engines of its owner find one: at once where its launcher knows, so that they start beside it.
 * @throws EngineEndedError where it ends before it is ready.
 */
export async function addressOf(engine: EngineHandle): Promise<EngineAddress> {
  const address = engine.inside ?? (await engine.ready)?.inside ?? null
  if (address === null) throw new Error(`the ${engine.program} serves no port`)
  return address
}
