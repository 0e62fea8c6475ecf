import pino, { type Logger } from 'pino'
import { wallClock, type Clock } from './clock.ts'
import { BadEnvironmentError, LOG_LEVELS } from './env.ts'
import type { ControlMessage, EngineMessage, EngineReport } from './control.ts'

/** What an engine's `main` is given instead of the process it runs in. */
export interface EngineProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly clock: Clock
  /** Whether a launcher listens; without one, an engine was started from a shell. */
  readonly launched: boolean
  tell(message: EngineMessage): void
  /** Called with each message of the launcher. */
  onControl(listener: (message: ControlMessage) => void): void
}

/** A running engine. */
export interface Engine {
  /** Finishes what is under way and hands over what is there. Called at most once. */
  stop(): void
  /** Resolves when it has ended by itself or after `stop`; rejects on a bug. */
  readonly ended: Promise<void>
  /** What it measures about itself, beyond processor and memory. */
  report?(): Partial<Omit<EngineReport, 'type' | 'cpuMicros' | 'memoryBytes'>>
  dispose(): Promise<void>
}

const REPORT_EVERY_MS = 1_000
/** How long an engine may take to hand over what it holds after it was asked to stop. */
const DRAIN_MS = 10_000
/** The same without a launcher: nobody is there any more to take what it holds. */
const ORPHAN_MS = 3_000

function createLog(name: string, level: string | undefined): Logger {
  // A level that is none is refused with all other bad variables, by the engine's EnvReader.
  const known = LOG_LEVELS.find((each) => each === level) ?? 'info'
  return pino({ base: undefined, name, level: known }, pino.destination({ fd: 2, sync: true }))
}

/**
 * Runs one engine in this process: variables in, signals and the launcher's messages to `stop`, a report a second,
 * exit code 0 after an ordered end, 1 after bad variables or a bug (which is logged whole).
 * The end of the launcher counts as a stop, so that nothing outlives it.
 */
export async function runEngine(name: string, start: (process: EngineProcess) => Promise<Engine>): Promise<void> {
  let engine: Engine | null = null
  let stopping = false
  const listeners: ((message: ControlMessage) => void)[] = []

  let leaving = 0
  let allLeft = (): void => undefined
  const tell = (message: EngineMessage): void => {
    // A launcher that is gone cannot be told; the "disconnect" below ends this process.
    if (process.send === undefined || !process.connected) return
    leaving++
    process.send(message, undefined, undefined, () => {
      leaving--
      if (leaving === 0) allLeft()
    })
  }
  const report = (): void => {
    const { user, system } = process.cpuUsage()
    tell({ type: 'report', cpuMicros: user + system, memoryBytes: process.memoryUsage.rss(), ...engine?.report?.() })
  }
  const stop = (): void => {
    if (stopping) return
    stopping = true
    engine?.stop()
    // An engine that does not finish in time ends here rather than living on unseen.
    setTimeout(() => process.exit(3), DRAIN_MS).unref()
  }

  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', () => {
    stop()
    setTimeout(() => process.exit(3), ORPHAN_MS).unref()
  })
  process.on('message', (message: ControlMessage) => {
    if (message.type === 'stop') stop()
    for (const listener of listeners) listener(message)
  })

  let code = 0
  try {
    const log = createLog(name, process.env.LOG_LEVEL)
    try {
      const launched = process.send !== undefined
      engine = await start({
        env: process.env,
        log,
        clock: wallClock,
        launched,
        tell,
        onControl: (listener) => listeners.push(listener),
      })
      if (stopping) engine.stop()
      const timer = setInterval(report, REPORT_EVERY_MS)
      try {
        await engine.ended
        report()
      } finally {
        clearInterval(timer)
        await engine.dispose()
      }
    } catch (error) {
      if (error instanceof BadEnvironmentError) throw error
      log.error({ err: error }, 'stopped by an unexpected error')
      code = 1
    }
  } catch (error) {
    if (!(error instanceof BadEnvironmentError)) throw error
    for (const fault of error.faults) console.error(`${name}: ${fault}`)
    code = 1
  }
  // What was told last ("ended") must be on its way before the process goes.
  if (leaving > 0) await new Promise<void>((resolve) => (allLeft = resolve))
  process.exit(code)
}
