import type { Emitted } from '../../engines/domain/quality.ts'
import type { EngineMessage } from '../../engines/edge/process/control.ts'
import type { EngineLine, EngineSaying } from './port.ts'

/** How many of an engine's last lines are kept for the reason of a failure: an error with its cause has two stacks below it. */
const KEPT_LINES = 60
/** How many warnings, and how many doubts, of an engine are taken over. */
const KEPT_SENTENCES = 20
/** Reports that come closer together are a backlog: they were not made at the times at which they are heard. */
const LEAST_BETWEEN_MS = 100
/** The longest line that is taken over whole. */
const LINE_LENGTH = 4_000

const LEVELS: Readonly<Record<number, EngineLine['level']>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

/** What stands in every line, or is told otherwise. */
const FRAME: ReadonlySet<string> = new Set(['level', 'time', 'name', 'msg', 'err'])

/**
 * Reads a line of an engine's log: JSON as the engines write it, or the bare text that Node prints when it dies. What the line
 * says beside its message (how many were lost, of which product) belongs to what is told.
 */
function parseLine(text: string): EngineLine {
  try {
    const line: unknown = JSON.parse(text)
    if (typeof line === 'object' && line !== null && 'msg' in line) {
      const { level, msg, err } = line as { level?: number; msg: unknown; err?: { stack?: string } }
      const beside = Object.entries(line).flatMap(([key, value]) => (FRAME.has(key) ? [] : [`${key} ${plain(value)}`]))
      const details = beside.length === 0 ? '' : ` (${beside.join(', ')})`
      const stack = err?.stack === undefined ? '' : `: ${err.stack}`
      return { level: LEVELS[level ?? 30] ?? 'info', message: `${String(msg)}${details}${stack}` }
    }
  } catch {
    // Not JSON: a stack or a warning of Node's own, which is what the text then says.
  }
  return { level: 'error', message: text }
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What is known of an engine from its own words, wherever it runs: its messages, its log, its measurements. */
export class EngineVoice {
  readonly #listeners: ((message: EngineMessage) => void)[] = []
  readonly #lineListeners: ((line: EngineLine) => void)[] = []
  readonly #lines: string[] = []
  #cpu: { micros: number; at: number } | null = null
  #cpuPercent: number | null = null
  #memoryBytes: number | null = null
  readonly #since = performance.now()
  #heardAt: number | null = null
  #warnings: readonly string[] = []
  #doubts: readonly string[] = []
  #marketStartedAt: number | undefined
  #emitted: Emitted | null = null

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#listeners.push(listener)
  }

  onLine(listener: (line: EngineLine) => void): void {
    this.#lineListeners.push(listener)
  }

  /** Takes a message on to the listeners. */
  hear(message: EngineMessage): void {
    this.#heardAt = performance.now()
    if (message.type === 'report') {
      this.#measure(message.cpuMicros, message.memoryBytes)
      this.#warnings = (message.warnings ?? []).slice(0, KEPT_SENTENCES)
      this.#doubts = (message.doubts ?? []).slice(0, KEPT_SENTENCES)
      this.#marketStartedAt = message.marketStartedAt
      this.#emitted = message.emitted ?? null
    }
    for (const listener of this.#listeners) listener(message)
  }

  /** Takes a line of the engine's log. */
  read(text: string): void {
    if (text.trim() === '') return
    const { level, message } = parseLine(text)
    this.say({ level, message: message.slice(0, LINE_LENGTH) })
  }

  /** Adds a line to the engine's log. */
  say(line: EngineLine): void {
    this.#lines.push(line.message)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    for (const listener of this.#lineListeners) listener(line)
  }

  /** At most the last 60, oldest first. */
  lastLines(): readonly string[] {
    return [...this.#lines]
  }

  /** What it last said of itself. */
  saying(): EngineSaying {
    const market = this.#marketStartedAt === undefined ? {} : { marketStartedAt: this.#marketStartedAt }
    const said = {
      since: this.#since,
      heardAt: this.#heardAt,
      warnings: this.#warnings,
      doubts: this.#doubts,
      emitted: this.#emitted,
    }
    return { ...said, ...market }
  }

  /** What it used when it last reported; null before it has. */
  use(): { readonly cpuPercent: number | null; readonly memoryBytes: number | null } {
    return { cpuPercent: this.#cpuPercent, memoryBytes: this.#memoryBytes }
  }

  #measure(cpuMicros: number, memoryBytes: number): void {
    const at = performance.now()
    if (this.#cpu !== null && at - this.#cpu.at >= LEAST_BETWEEN_MS) {
      this.#cpuPercent = (cpuMicros - this.#cpu.micros) / (at - this.#cpu.at) / 10
    }
    this.#cpu = { micros: cpuMicros, at }
    this.#memoryBytes = memoryBytes
  }
}
