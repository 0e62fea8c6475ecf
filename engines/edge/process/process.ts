import { writeFileSync } from 'node:fs'
import pino, { type Logger } from 'pino'
import { openChannel } from './channel.ts'
import { wallClock, type Clock } from '../clock.ts'
import { BadEnvironmentError, LOG_LEVELS } from './env.ts'
import type { ControlMessage, EngineMessage, EngineReport } from './control.ts'

/** What an engine's `main` is given instead of the process it runs in. */
export interface EngineProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly clock: Clock
  /** Whether a launcher listens; without one, an engine was started from a shell. */
  readonly launched: boolean
  /** Whether what it tells goes through Redis. */
  readonly overRedis: boolean
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
const ALIVE_EVERY_MS = 1_000
/** How long an engine may take to hand over what it holds after it was asked to stop. */
const DRAIN_MS = 10_000
/** The same without a launcher: nobody is there any more to take what it holds. */
const ORPHAN_MS = 3_000

function createLog(name: string, level: string | undefined): Logger {
  // A level that is none is refused with all other bad variables, by the engine's EnvReader.
  const known = LOG_LEVELS.find((each) => each === level) ?? 'info'
  const destination = pino.destination({ fd: 2, sync: true })
  // A disk that is full under a log has nowhere to be told of: those lines are lost, and the engine goes on.
  destination.on('error', () => undefined)
  return pino({ base: undefined, name, level: known }, destination)
}

/**
 * So that a container's health check sees an engine whose event loop has stopped turning: `ALIVE_PATH` grows old. It grows
 * old too where it cannot be written, which is told once, and ends nothing.
 */
function showLife(path: string | undefined, warn: (text: string) => void): void {
  if (path === undefined || path === '') return
  let told = false
  const touch = (): void => {
    try {
      writeFileSync(path, '')
    } catch (error) {
      if (!told) warn(`${path} cannot be written, so the health check may take this engine for dead: ${String(error)}`)
      told = true
    }
  }
  touch()
  setInterval(touch, ALIVE_EVERY_MS).unref()
}

/**
 * Runs one engine in this process: variables in, signals and the launcher's messages to `stop`, a report a second,
 * exit code 0 after an ordered end, 1 after bad variables or a bug (which is logged whole).
 * The end of a launcher that forked it counts as a stop, so that nothing outlives it. A container outlives a launcher
 * (see `channel.ts`), which finds it again.
 */
export async function runEngine(name: string, start: (process: EngineProcess) => Promise<Engine>): Promise<void> {
  let engine: Engine | null = null
  let stopping = false
  const warn = (text: string): void => console.error(`${name}: ${text}`)
  const channel = openChannel(process, warn)
  const report = (): void => {
    const { user, system } = process.cpuUsage()
    channel.tell({
      type: 'report',
      cpuMicros: user + system,
      memoryBytes: process.memoryUsage.rss(),
      ...engine?.report?.(),
    })
  }
  const stop = (): void => {
    if (stopping) return
    stopping = true
    engine?.stop()
    // An engine that does not finish in time ends here rather than living on unseen.
    setTimeout(() => process.exit(3), DRAIN_MS).unref()
  }

  process.on('SIGTERM', stop)
  // A terminal, also when it is closed, tells everybody in it at once. A forked engine has its launcher, which is told too and
  // ends it in its turn.
  const told = process.send === undefined ? stop : (): void => undefined
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, told)
  channel.onGone(() => {
    stop()
    setTimeout(() => process.exit(3), ORPHAN_MS).unref()
  })
  channel.onControl((message) => {
    if (message.type === 'stop') stop()
  })

  let code = 0
  try {
    const log = createLog(name, process.env.LOG_LEVEL)
    try {
      showLife(process.env.ALIVE_PATH, warn)
      engine = await start({
        env: process.env,
        log,
        clock: wallClock,
        launched: channel.launched,
        overRedis: channel.overRedis,
        tell: (message) => channel.tell(message),
        onControl: (listener) => channel.onControl(listener),
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
  await channel.flushed()
  process.exit(code)
}
