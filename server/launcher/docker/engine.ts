import { constants } from 'node:os'
import { deferred } from '../../../engines/edge/deferred.ts'
import type { ControlMessage, EngineMessage } from '../../../engines/edge/process/control.ts'
import type { EngineEntry } from '../../../schema/context.ts'
import { DockerError, isMissing, type DockerDaemon } from './daemon.ts'
import type { ContainerEvent } from './events.ts'
import { PORTS } from './spec.ts'
import { attach, type Attachment } from './stream.ts'
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

/** How long after a container's end its last words are waited for. */
const LAST_WORDS_MS = 2_000
/** How long the event of a container's end may come after the end of its streams before it is looked at. */
const SETTLE_MS = 500

/** Who an engine is; a spec, or what the labels of a running container say. */
export type EngineIdentity = Pick<EngineSpec, 'entry' | 'role' | 'owner'>

/** What a container engine needs of its launcher. */
export interface DockerEnginePorts {
  readonly daemon: DockerDaemon
  readonly memoryMb: number
  /** Where an engine that serves on `port` in its container is reached. @throws DockerError */
  readonly locate: (containerId: string, port: number) => Promise<EngineAddresses>
  /** A container that could not be removed now. */
  readonly onLeftover: (containerId: string) => void
  readonly onError: (error: unknown) => void
}

/** Where engines of its owner's network find one that serves. */
export function insideOf(entry: EngineSpec['entry']): EngineAddress | null {
  if (entry === 'streamer' || entry === 'algorithm') return { host: entry, port: PORTS.udp }
  return entry === 'exchange-sandbox' ? { host: entry, port: PORTS.tcp } : null
}

/** What an engine is told once somebody is attached to it. */
interface Untold {
  ack: ControlMessage | null
  trading: ControlMessage | null
  stop: boolean
}

/** The name of the signal that ended a process whose shell would say `code`; null where none did. */
export function signalOf(code: number): string | null {
  if (code <= 128) return null
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return found?.[0] ?? null
}

/** An engine in a container. */
export class DockerEngine implements EngineHandle {
  readonly role: EngineSpec['role']
  readonly owner: string
  readonly program: EngineSpec['entry']
  readonly inside: EngineAddress | null
  readonly ready: Promise<EngineAddresses | null>
  readonly exited: Promise<EngineExit>
  readonly #identity: EngineIdentity
  readonly #ports: DockerEnginePorts
  readonly #voice = new EngineVoice()
  readonly #ready = deferred<EngineAddresses | null>()
  readonly #exit = deferred<EngineExit>()
  #state: 'starting' | 'running' | 'stopping' | 'exited' = 'starting'
  #containerId: string | null = null
  #startedAt = new Date()
  #exitCode: number | null = null
  #attachment: Attachment | null = null
  /** What was told while nobody was attached: the newest acknowledgement and switch, and whether to stop. */
  #untold: Untold = { ack: null, trading: null, stop: false }
  /** Sequence up to which its events were answered for. */
  #answered = 0
  /** Whether it tells its events over this channel. */
  #tellsEvents = false
  #started = false
  /** To be killed as soon as it can be. */
  #doomed = false
  #ending = false
  #outOfMemory = false
  #unhealthy = false
  /** A signal that somebody else had Docker send. */
  #foreignSignal: string | null = null
  #ownKill = false

  constructor(identity: EngineIdentity, ports: DockerEnginePorts) {
    this.#identity = identity
    this.role = identity.role
    this.owner = identity.owner
    this.program = identity.entry
    this.inside = insideOf(identity.entry)
    this.#ports = ports
    this.ready = this.#ready.promise
    this.exited = this.#exit.promise
    // Whoever launched may only care for `exited`.
    this.ready.catch(() => undefined)
  }

  get containerId(): string | null {
    return this.#containerId
  }

  /** Whether its event loop has stopped turning, as its health check finds. */
  get unhealthy(): boolean {
    return this.#unhealthy && this.#state !== 'exited'
  }

  saying(): EngineSaying {
    return this.#voice.saying()
  }

  entry(): EngineEntry {
    return {
      role: this.role,
      state: this.#state,
      launcher: 'DOCKER',
      pid: null,
      containerId: this.#containerId,
      exitCode: this.#exitCode,
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
    if (message.type === 'ack' || message.type === 'resume') this.#answered = Math.max(this.#answered, message.sequence)
    if (this.#attachment !== null) this.#attachment.tell(message)
    else if (message.type === 'stop') this.#untold.stop = true
    else if (message.type === 'trading') this.#untold.trading = message
    else this.#untold.ack = message
  }

  async stop(graceMs: number): Promise<EngineExit> {
    if (this.#state !== 'exited') {
      this.#state = 'stopping'
      this.tell({ type: 'stop' })
    }
    const timer = setTimeout(() => this.#kill(), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Its whole start: `create` makes the container, of which it tells at once, and all that this one needs; it is attached
   * to before it runs, so that no line is lost.
   */
  async begin(create: (made: (containerId: string) => void) => Promise<void>): Promise<void> {
    try {
      await create((id) => (this.#containerId = id))
      await this.#attach(false)
      if (this.#doomed) throw new DockerError('It was ended while it started.', null, null)
      const container = this.#ports.daemon.calls.getContainer(this.#containerId ?? '')
      await this.#ports.daemon.ask('An engine cannot be started', () => container.start())
      this.#started = true
      if (this.#doomed) this.#kill()
    } catch (error) {
      await this.#giveUp(error)
    }
  }

  /** Takes over a container that runs, or did a moment ago. @throws DockerError */
  async adopt(containerId: string, startedAt: Date, port: number | null): Promise<void> {
    this.#containerId = containerId
    this.#startedAt = startedAt
    this.#started = true
    this.#state = 'running'
    await this.#attach(true)
    // Its end may have been told before anybody here knew it.
    await this.check()
    this.#ready.resolve(port === null ? null : await this.#ports.locate(containerId, port))
  }

  /** Takes what Docker says happened to its container. */
  take({ action, attributes }: ContainerEvent): void {
    if (action === 'oom') this.#outOfMemory = true
    if (action === 'kill' && !this.#ownKill) this.#foreignSignal = attributes['signal'] ?? '?'
    if (action === 'die') this.#end(Number(attributes['exitCode']))
    if (action === 'destroy') this.#end(null)
    if (action.startsWith('health_status')) {
      this.#unhealthy = action.includes('unhealthy')
      const message = 'Its health check fails: it has not moved for half a minute.'
      if (this.#unhealthy) this.#voice.say({ level: 'error', message })
    }
  }

  /** Looks at its container, where events may have been missed, and holds on to it again. Never rejects. */
  async check(): Promise<void> {
    const id = this.#containerId
    if (id === null || !this.#started || this.#ending) return
    const { daemon, onError } = this.#ports
    try {
      const { State } = await daemon.ask('A container cannot be looked at', () =>
        daemon.calls.getContainer(id).inspect(),
      )
      if (!State.Running) this.#end(State.ExitCode)
      else if (this.#attachment === null) await this.#attach(true)
    } catch (error) {
      if (isMissing(error)) this.#end(null)
      // Where Docker is away the launcher waits for it, and looks again.
      else if (!(error instanceof DockerError)) onError(error)
    }
  }

  /** Docker is gone and nobody knows what became of the container. */
  lose(reason: string): void {
    if (this.#ending) return
    this.#ending = true
    this.#attachment?.detach()
    if (this.#containerId !== null) this.#ports.onLeftover(this.#containerId)
    this.#finish({ code: null, signal: null, cause: `was lost: ${reason}` })
  }

  async #attach(late: boolean): Promise<void> {
    const attachment = await attach(this.#ports.daemon, this.#containerId ?? '', late, {
      message: (message) => this.#hear(message),
      line: (text) => this.#voice.read(text),
    })
    this.#attachment = attachment
    if (late && this.#tellsEvents) attachment.tell({ type: 'resume', sequence: this.#answered })
    const { ack, trading, stop } = this.#untold
    if (ack !== null) attachment.tell(ack)
    if (trading !== null) attachment.tell(trading)
    if (stop) attachment.tell({ type: 'stop' })
    this.#untold = { ack: null, trading: null, stop }
    void attachment.closed.then(() => {
      if (this.#attachment === attachment) this.#attachment = null
      // Its end is told by an event, unless only the hold on it broke.
      if (!this.#ending) setTimeout(() => void this.check(), SETTLE_MS).unref()
    })
  }

  #hear(message: EngineMessage): void {
    // What was told to nobody in between is asked for again; whoever takes events knows what it has.
    if (message.type === 'events') this.#tellsEvents = true
    if (message.type === 'ready') void this.#becomeReady(message.port)
    this.#voice.hear(message)
  }

  async #becomeReady(port: number | null): Promise<void> {
    if (this.#state === 'starting') this.#state = 'running'
    try {
      const { locate } = this.#ports
      this.#ready.resolve(port === null ? null : await locate(this.#containerId ?? '', port))
    } catch (error) {
      this.#ready.reject(error)
    }
  }

  #kill(): void {
    this.#doomed = true
    const id = this.#containerId
    if (id === null || !this.#started || this.#ending) return
    this.#ownKill = true
    const { daemon } = this.#ports
    daemon
      .ask('An engine cannot be killed', () => daemon.calls.getContainer(id).kill({ signal: 'SIGKILL' }))
      .catch((error: unknown) => {
        // With a status it has ended by itself just now, and the event says so.
        if (!(error instanceof DockerError)) this.#ports.onError(error)
        else if (error.status === null) this.lose(error.message)
      })
  }

  /** What kept it from starting is told once, by `ready`; its end follows. */
  async #giveUp(error: unknown): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    this.#attachment?.detach()
    if (this.#containerId !== null) await this.#remove(this.#containerId)
    this.#ready.reject(error)
    if (!(error instanceof DockerError)) this.#ports.onError(error)
    const why = error instanceof Error ? error.message : String(error)
    setImmediate(() => this.#finish({ code: null, signal: null, cause: `could not be started: ${why}` }))
  }

  /** @param code the container's exit code; null: it was removed. */
  #end(code: number | null): void {
    if (this.#ending) return
    this.#ending = true
    this.#settle(code).catch((error: unknown) => {
      this.#ports.onError(error)
      this.#finish({ code, signal: null })
    })
  }

  async #settle(code: number | null): Promise<void> {
    const id = this.#containerId ?? ''
    await within(LAST_WORDS_MS, this.#attachment?.closed ?? Promise.resolve())
    this.#attachment?.detach()
    if (code !== null) this.#outOfMemory ||= await this.#wasOutOfMemory(id)
    await this.#remove(id)
    const signal = code === null ? 'SIGKILL' : signalOf(code)
    const cause = this.#causeOf(code)
    // Told to end by somebody else, an engine ends in order; that is no end in order for whoever launched it.
    const foreign = code === 0 && this.#foreignSignal !== null ? 'SIGTERM' : null
    this.#exitCode = code
    this.#finish({
      code: signal === null && foreign === null ? code : null,
      signal: signal ?? foreign,
      ...(cause === null ? {} : { cause }),
    })
  }

  #causeOf(code: number | null): string | null {
    if (this.#outOfMemory) {
      return `it needed more memory than its limit of ${this.#ports.memoryMb} MB, which ENGINE_MEMORY_MB sets`
    }
    if (code === null) return 'its container was removed, but not by this server'
    return this.#foreignSignal === null ? null : `Docker was told to end it, but not by this server`
  }

  async #wasOutOfMemory(id: string): Promise<boolean> {
    const { daemon } = this.#ports
    try {
      const { State } = await daemon.ask('', () => daemon.calls.getContainer(id).inspect())
      return State.OOMKilled
    } catch (error) {
      // Removed meanwhile, or Docker is away: then what the events said must do.
      if (error instanceof DockerError) return false
      throw error
    }
  }

  async #remove(id: string): Promise<void> {
    const { daemon, onLeftover, onError } = this.#ports
    try {
      await daemon.ask('', () => daemon.calls.getContainer(id).remove({ force: true, v: true }))
    } catch (error) {
      // 409: its removal is under way.
      if (error instanceof DockerError && (error.status === 404 || error.status === 409)) return
      onLeftover(id)
      if (!(error instanceof DockerError)) onError(error)
    }
  }

  #finish(exit: Omit<EngineExit, 'lastLines'>): void {
    this.#state = 'exited'
    const whole = { ...exit, lastLines: this.#voice.lastLines() }
    this.#ready.reject(new EngineEndedError(this.#identity, whole))
    this.#exit.resolve(whole)
  }
}

/** Waits for something, but no longer than a time. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const over = deferred<void>()
  const timer = setTimeout(over.resolve, milliseconds)
  await Promise.race([work, over.promise])
  clearTimeout(timer)
}
