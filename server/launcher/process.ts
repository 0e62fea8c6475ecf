import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ControlMessage, EngineMessage } from '../../engines/edge/process/control.ts'
import { LineSplitter } from '../../engines/edge/process/line-splitter.ts'
import type { EngineEntry } from '../../schema/context.ts'
import { findFreePort, isAbsent } from '../boot/loopback.ts'
import { createOrphanage, ownerMark, type Orphanage } from './orphans.ts'
import {
  EngineEndedError,
  type EngineAddresses,
  type EngineExit,
  type EngineHandle,
  type EngineSaying,
  type EngineLine,
  type EngineSpec,
  type Launcher,
} from './port.ts'
import { EngineVoice } from './voice.ts'

/** How long `dispose` waits for an engine before it kills it. */
const DISPOSE_GRACE_MS = 2_000
/** Variables of the server that a program needs to start at all; secrets are never among them. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'TZ', 'LANG']

/**
 * Engines that live on a feed get a small nursery: it spares 5 to 10 MB each and costs them nothing measurable. A
 * back-test, which allocates at full speed, keeps Node's own.
 */
const FEED_ENTRIES: ReadonlySet<string> = new Set(['streamer', 'algorithm', 'simulator', 'exchange-sandbox'])

/** All engines of this launcher are on this machine. */
const HOST = '127.0.0.1'

const addressesAt = (port: number): EngineAddresses => ({ inside: { host: HOST, port }, outside: { host: HOST, port } })

class ProcessEngine implements EngineHandle {
  readonly program: EngineSpec['entry']
  readonly role: EngineSpec['role']
  /** The system chooses the port. */
  readonly inside = null
  readonly ready: Promise<EngineAddresses | null>
  readonly exited: Promise<EngineExit>
  readonly #child: ChildProcess
  readonly #startedAt = new Date()
  readonly #voice = new EngineVoice()
  #state: 'starting' | 'running' | 'stopping' | 'exited' = 'starting'

  constructor(spec: EngineSpec, child: ChildProcess) {
    this.program = spec.entry
    this.role = spec.role
    this.#child = child
    const lines = [child.stdout, child.stderr].map((stream) => this.#follow(stream as Readable))
    this.exited = this.#watchExit(lines)
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: EngineMessage) => {
        if (message.type === 'ready') {
          if (this.#state === 'starting') this.#state = 'running'
          resolve(message.port === null ? null : addressesAt(message.port))
        }
        this.#voice.hear(message)
      })
      void this.exited.then((exit) => reject(new EngineEndedError(spec, exit)))
    })
    // Whoever launched may only care for `exited`.
    this.ready.catch(() => undefined)
  }

  saying(): EngineSaying {
    return this.#voice.saying()
  }

  entry(): EngineEntry {
    return {
      role: this.role,
      state: this.#state,
      launcher: 'PROCESS',
      pid: this.#child.pid ?? null,
      containerId: null,
      exitCode: this.#child.exitCode,
      startedAt: this.#startedAt,
      ...(this.#state === 'exited' ? { cpuPercent: null, memoryBytes: null } : this.#voice.use()),
    }
  }

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#voice.onMessage(listener)
  }

  onLine(listener: (line: EngineLine) => void): void {
    this.#voice.onLine(listener)
  }

  tell(message: ControlMessage): void {
    // An engine that is gone cannot be told; `exited` says so to whoever needs to know.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  async stop(graceMs: number): Promise<EngineExit> {
    if (this.#state !== 'exited') this.#state = 'stopping'
    this.tell({ type: 'stop' })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  async #follow(stream: Readable): Promise<void> {
    const splitter = new LineSplitter()
    for await (const bytes of stream) for (const line of splitter.push(bytes as Buffer)) this.#voice.read(line)
    this.#voice.read(splitter.rest())
  }

  async #watchExit(lines: readonly Promise<void>[]): Promise<EngineExit> {
    // 'close', unlike 'exit', comes once output and channel were read to their ends, so that its last word is never
    // heard after it. A program that could not be started at all gives 'error' instead.
    const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }))
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) {
          this.#voice.say({ level: 'error', message: error.message })
          resolve({ code: null, signal: null })
        }
      })
    })
    await Promise.allSettled(lines)
    this.#state = 'exited'
    return { ...ended, lastLines: this.#voice.lastLines() }
  }
}

/** How much engines give way to their server: each then counts for a seventieth of it, so that a hundred are not more than two. */
const NICENESS = 19

/**
 * So many engines have sessions of their own, and with them a whole share of the processor each where Linux shares it between
 * sessions first (its autogroups): a few runs start as quickly as may be, also beside other programs.
 */
const OWN_SESSIONS = 12

/**
 * Has an engine give way to the server where the processor is short: whoever starts or stops runs must be heard then, too.
 * That goes by processes only within a session: so whoever comes after {@link OWN_SESSIONS} shares the server's, and all of
 * them together cannot outweigh it.
 */
function giveWay(pid: number): void {
  try {
    setPriority(pid, NICENESS)
  } catch (error) {
    // It has ended already, which its handle tells.
    if ((error as { info?: { code?: string } }).info?.code !== 'ESRCH') throw error
  }
}

/** What the process launcher needs. */
export interface ProcessLauncherOptions {
  /** Where the bundled engines are. */
  readonly engines: string
  /** Where the marks of running engines are kept, so that the next server finds what a crash left. */
  readonly marks: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Finds a free port of an address of this machine; the system is asked unless told otherwise. */
  readonly freePort?: typeof findFreePort
}

/** What a machine without the address of the engines is told. */
const NO_ADDRESS =
  `Engines of live runs and replays listen on ${HOST}, which this machine does not have: only back-tests work. ` +
  `Give the loopback device that address ("ip addr add ${HOST}/8 dev lo").`

/** Any free port: the engine tells which one it got. */
const bindingOf = (spec: EngineSpec): Record<string, string> => (spec.serves === null ? {} : { BIND_ADDR: `${HOST}:0` })

const tapeOf = ({ tape }: EngineSpec): Record<string, string> => (tape === null ? {} : { [tape.variable]: tape.path })

/** Launches engines as child processes of this one. */
export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  const orphanage: Orphanage = createOrphanage(options.marks)
  const running = new Map<ProcessEngine, string>()
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (options.env[name] === undefined ? [] : [[name, options.env[name]]])),
  )

  return {
    kind: 'PROCESS',
    launch(spec) {
      const program = join(options.engines, `${spec.entry}.js`)
      if (!existsSync(program)) throw new Error(`There is no ${spec.entry} program at ${program}. Run "npm run build".`)
      const child = fork(program, [ownerMark(spec.owner)], {
        env: { ...inherited, ...spec.env, ...bindingOf(spec), ...tapeOf(spec) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        serialization: 'advanced',
        // What a terminal tells everybody in it an engine does not heed either way (`runEngine`).
        detached: running.size < OWN_SESSIONS,
        execArgv: FEED_ENTRIES.has(spec.entry) ? ['--max-semi-space-size=2'] : [],
      })
      const engine = new ProcessEngine(spec, child)
      running.set(engine, spec.owner)
      const { pid } = child
      void engine.exited.then(() => {
        running.delete(engine)
        if (pid !== undefined) orphanage.unmark(pid)
      })
      try {
        if (pid !== undefined) {
          giveWay(pid)
          orphanage.mark(pid, spec.owner)
        }
      } catch (error) {
        // Whoever asked gets no handle of it: nobody would ever end it.
        child.kill('SIGKILL')
        const why = error instanceof Error ? error.message : String(error)
        throw new Error(
          `The ${spec.entry} was started and ended again, since no note of it could be left for the next server (${why}). ` +
            `See that ${options.marks} can be written, then start the simulation again.`,
          { cause: error },
        )
      }
      return engine
    },
    // They end with their server: nothing is left that could be taken over.
    adopt: () => Promise.resolve([]),
    async connect(engine) {
      const addresses = await engine.ready
      if (addresses === null) throw new Error(`the ${engine.role} serves nobody`)
      return addresses.inside
    },
    release: () => Promise.resolve(),
    reapOrphans: () => orphanage.reap(),
    async health() {
      try {
        await (options.freePort ?? findFreePort)(HOST)
      } catch (error) {
        // What else may be wrong with a port is wrong now and not later: each engine says so itself.
        if (isAbsent(error)) return { status: 'degraded', message: NO_ADDRESS, latencyMs: null }
      }
      return { status: 'up', message: null, latencyMs: null }
    },
    running: () => [...running].map(([engine, owner]) => ({ owner, entry: engine.entry() })),
    async dispose() {
      await Promise.all([...running.keys()].map((engine) => engine.stop(DISPOSE_GRACE_MS)))
    },
  }
}
