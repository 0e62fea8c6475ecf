import type { Redis } from 'ioredis'
import { deferred } from '../../../engines/edge/deferred.ts'
import type { ControlMessage, EngineMessage } from '../../../engines/edge/process/control.ts'
import { encodeLine } from '../../../engines/edge/process/line-codec.ts'
import { CHANNEL_BOUND, channelKeys } from '../../../engines/edge/redis/channel.ts'
import type { EngineEntry } from '../../../schema/context.ts'
import { insideOf, signalOf } from '../docker/engine.ts'
import {
  EngineEndedError,
  type EngineAddress,
  type EngineAddresses,
  type EngineExit,
  type EngineHandle,
  type EngineSaying,
  type EngineLine,
  type EngineSpec,
} from '../port.ts'
import { EngineVoice } from '../voice.ts'

/** Who an engine is; a spec, or what the labels of a running service say. */
export type SwarmIdentity = Pick<EngineSpec, 'entry' | 'role' | 'owner'>

/** How a service's one task stands, as the managers of the swarm see it. */
export interface TaskView {
  /** `new`, `pending`, `preparing`, `running`, `complete`, `failed`, … as Docker names them. */
  readonly state: string
  readonly exitCode: number | null
  /** Docker's own word on what is wrong; null: nothing. */
  readonly fault: string | null
  readonly containerId: string | null
  /** The name of the host that it runs on, and whether that host is lost. */
  readonly host: string | null
  readonly hostIsLost: boolean
}

/** Task states from which nothing follows. */
const ENDED = new Set(['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove'])
/** How long a service may wait for a host that takes it. */
const PLACEMENT_MS = 15_000
/** How long the host that takes it may take to begin it: where it has never run one, it pulls the image. */
const BEGIN_MS = 120_000
/** Task states in which a host has it, and it does not run yet. */
const BEGINNING = new Set(['assigned', 'accepted', 'preparing', 'ready', 'starting'])
/** How long a simulator's last word may come after its task's end. */
const LAST_WORD_MS = 1_500

export interface SwarmEnginePorts {
  readonly commands: Redis
  /** The engine's name: its service's, and its channel's. */
  readonly name: string
  /** Removes the service; its container is told to stop and killed after a while. */
  readonly remove: () => Promise<void>
  /** Where it is reached once its task runs. */
  readonly locate: (port: number) => Promise<EngineAddresses>
  readonly now: () => number
}

/** An engine in a service of a swarm; its task is looked at by the launcher, its channel is Redis. */
export class SwarmEngine implements EngineHandle {
  readonly program: EngineSpec['entry']
  readonly role: EngineSpec['role']
  readonly owner: string
  readonly name: string
  readonly inside: EngineAddress | null
  readonly ready: Promise<EngineAddresses | null>
  readonly exited: Promise<EngineExit>
  readonly #ports: SwarmEnginePorts
  readonly #voice = new EngineVoice()
  readonly #ready = deferred<EngineAddresses | null>()
  readonly #exit = deferred<EngineExit>()
  readonly #bornAt: number
  readonly #startedAt = new Date()
  #state: 'starting' | 'running' | 'stopping' | 'exited' = 'starting'
  #task: TaskView | null = null
  #exitCode: number | null = null
  #saidEnd = false
  /** Whether its service is there, as far as this server knows. */
  made = false
  /** Id of the newest entry of its channel that was heard. */
  heard = '0-0'

  constructor(identity: SwarmIdentity, ports: SwarmEnginePorts) {
    this.program = identity.entry
    this.role = identity.role
    this.owner = identity.owner
    this.name = ports.name
    const served = insideOf(identity.entry)
    this.inside = served === null ? null : { host: ports.name, port: served.port }
    this.#ports = ports
    this.#bornAt = ports.now()
    this.ready = this.#ready.promise
    this.exited = this.#exit.promise
    this.ready.catch(() => undefined)
  }

  saying(): EngineSaying {
    return this.#voice.saying()
  }

  entry(): EngineEntry {
    return {
      role: this.role,
      state: this.#state,
      launcher: 'SWARM',
      pid: null,
      containerId: this.#task?.containerId ?? null,
      exitCode: this.#exitCode,
      startedAt: this.#startedAt,
      ...(this.#state === 'exited' ? { cpuPercent: null, memoryBytes: null } : this.#voice.use()),
    }
  }

  get over(): boolean {
    return this.#state === 'exited'
  }

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#voice.onMessage(listener)
  }

  onLine(listener: (line: EngineLine) => void): void {
    this.#voice.onLine(listener)
  }

  tell(message: ControlMessage): void {
    const { commands, name } = this.#ports
    if (this.over || commands.status !== 'ready') return
    commands
      .call('XADD', channelKeys(name).in, 'MAXLEN', '~', String(CHANNEL_BOUND), '*', 'm', encodeLine(message))
      // What Redis did not take is told anew: acknowledgements with the next event, a stop by removing the service.
      .catch(() => undefined)
  }

  async stop(graceMs: number): Promise<EngineExit> {
    if (!this.over) this.#state = 'stopping'
    this.tell({ type: 'stop' })
    const timer = setTimeout(() => void this.#kill(), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  /** Takes a message of its channel. */
  hear(message: EngineMessage): void {
    if (message.type === 'ready') {
      if (this.#state === 'starting') this.#state = 'running'
      if (message.port === null) this.#ready.resolve(null)
      else this.#ports.locate(message.port).then(this.#ready.resolve, this.#ready.reject)
    }
    if (message.type === 'ended') this.#saidEnd = true
    this.#voice.hear(message)
  }

  /** Takes a line of its log. */
  read(line: string): void {
    this.#voice.read(line)
  }

  /** Adds a line of the launcher's own to its log. */
  note(message: string): void {
    this.#voice.say({ level: 'warn', message })
  }

  /** Looks at its task as it stands now; null: the service is gone. */
  look(task: TaskView | null): void {
    if (this.over) return
    if (task === null) return this.#finish({ code: null, signal: null, cause: 'was removed from the swarm' })
    this.#task = task
    if (task.hostIsLost) {
      const cause = `is lost: its host ${task.host ?? ''} does not answer the swarm any more`
      return this.#finish({ code: null, signal: null, cause })
    }
    if (ENDED.has(task.state)) return this.#finishAs(task)
    const age = this.#ports.now() - this.#bornAt
    const why = task.fault ?? `it is still ${task.state}`
    if (BEGINNING.has(task.state) && age >= BEGIN_MS) {
      const cause = `was not begun by ${task.host ?? 'its host'} within ${BEGIN_MS / 1000} s: ${why} (can that host pull the image?)`
      return this.#finish({ code: null, signal: null, cause })
    }
    if ((task.state !== 'pending' && task.state !== 'new') || age < PLACEMENT_MS) return
    this.#finish({ code: null, signal: null, cause: `could not be placed on any host of the swarm: ${why}` })
  }

  /** It could not be made, for this reason. */
  refuse(reason: string): void {
    this.#finish({ code: null, signal: null, cause: `could not be started: ${reason}` })
  }

  #finishAs({ state, exitCode, fault }: TaskView): void {
    const code = exitCode ?? (state === 'complete' ? 0 : null)
    const signal = code !== null && code > 128 ? signalOf(code) : null
    const ended = { code: signal === null ? code : null, signal }
    const why = fault === null || /^task: non-zero exit/.test(fault) ? {} : { cause: fault }
    if (this.#saidEnd || this.role !== 'SIMULATOR' || code !== 0) return this.#finish({ ...ended, ...why })
    // Its last word is on its way through Redis; the end of a task that ended well may be seen before it.
    setTimeout(() => this.#finish({ ...ended, ...why }), LAST_WORD_MS)
  }

  #finish(ended: Omit<EngineExit, 'lastLines'>): void {
    if (this.over) return
    this.#state = 'exited'
    this.#exitCode = ended.code
    const exit = { ...ended, lastLines: this.#voice.lastLines() }
    this.#ready.reject(new EngineEndedError({ entry: this.program }, exit))
    this.#exit.resolve(exit)
  }

  async #kill(): Promise<void> {
    try {
      await this.#ports.remove()
      this.#finish({ code: null, signal: 'SIGKILL' })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#finish({ code: null, signal: null, cause: `could not be removed from the swarm: ${why}` })
    }
  }
}
