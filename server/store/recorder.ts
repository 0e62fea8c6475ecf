import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import type { LogRecord } from '../../schema/context.ts'
import type { Metrics } from '../metrics/port.ts'
import { eventInserts, logInserts, type Insert, type Owned } from './event-tables.ts'
import { describeStoreFault, isBadData, NotKeptError } from './outage.ts'
import type { EventRecorder } from './port.ts'

/** The most events of one transaction: large enough to be quick, small enough for a transaction of some 100 ms. */
const BATCH_EVENTS = 4_000
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 2_000

export interface RecorderOptions {
  readonly prisma: PrismaClient
  /** This server: of a run that is not its own (any more) nothing is written. */
  readonly serverId: string
  /** How many events and log lines may wait in memory; above it, log lines are dropped and events are not acknowledged. */
  readonly bound: number
  /** Hears what an operator must know: that writing fails, that it works again, what could not be kept. */
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Hears how writing goes. */
  readonly metrics?: Pick<Metrics, 'written' | 'writeFailed'>
}

/** What is not yet in the database; the lossless feeds read it together with what is. */
export interface Unwritten {
  events(simulationId: string): readonly SimulatorEvent[]
  lines(simulationId: string): readonly LogRecord[]
}

/** One call of `append` or `log`: written as a whole, in order, within one transaction. */
interface Entry {
  readonly simulationId: string
  readonly events: readonly SimulatorEvent[]
  readonly lines: readonly LogRecord[]
  readonly done: (error: Error | null) => void
}

/** Entries that are written together, and how. */
interface Batch {
  readonly entries: readonly Entry[]
  /** Events and lines in them. */
  readonly size: number
  /** The statements that write them; an error where they make no sense. */
  readonly inserts: readonly Insert[] | Error
}

const sizeOf = (entry: Entry): number => entry.events.length + entry.lines.length

class Recorder implements EventRecorder, Unwritten {
  private readonly options: RecorderOptions
  /** In order of arrival; the first ones may be on their way into the database. */
  private queue: Entry[] = []
  private waiting = 0
  /** What is on its way into the database: the first entries of the queue. */
  private writing: Batch | null = null
  /** A full batch behind that one, made ready while the database works. */
  private next: Batch | null = null
  private running: Promise<void> | null = null
  /** Since when what is being written waits for the database. */
  private writingSince: Date | null = null
  private failingSince: Date | null = null
  private lastError: string | null = null
  private droppedLines = 0
  private disposed = false
  private wake: (() => void) | null = null
  /** Whoever waits for room, in order. */
  private waiters: (() => void)[] = []

  constructor(options: RecorderOptions) {
    this.options = options
  }

  append(simulationId: string, events: readonly SimulatorEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve()
    if (this.disposed) return Promise.reject(new Error('The event store is closed.'))
    return new Promise((resolve, reject) => {
      const done = (error: Error | null) => (error === null ? resolve() : reject(error))
      this.push({ simulationId, events, lines: [], done })
    })
  }

  log(simulationId: string, lines: readonly LogRecord[]): Promise<void> {
    if (lines.length === 0 || this.disposed) return Promise.resolve()
    if (this.waiting + lines.length > this.options.bound) {
      this.droppedLines += lines.length
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = (error: Error | null) => {
        if (error !== null)
          this.options.log('warn', `${lines.length} log lines of ${simulationId} were not kept: ${error.message}`)
        resolve()
      }
      this.push({ simulationId, events: [], lines, done })
    })
  }

  room(): Promise<void> {
    if (this.waiting < this.options.bound || this.disposed) return Promise.resolve()
    return new Promise((resolve) => this.waiters.push(resolve))
  }

  flush(simulationId: string): Promise<void> {
    const last = this.queue.findLast((entry) => entry.simulationId === simulationId)
    if (last === undefined) return Promise.resolve()
    // An empty entry behind the run's last one: when its turn has come, all before it is durable.
    return new Promise((resolve, reject) => {
      const done = (error: Error | null) => (error === null ? resolve() : reject(error))
      this.push({ simulationId, events: [], lines: [], done })
    })
  }

  state() {
    const { waiting, writingSince, failingSince, lastError } = this
    return { waiting, bound: this.options.bound, writingSince, failingSince, lastError }
  }

  async dispose(): Promise<void> {
    this.disposed = true
    this.wake?.()
    await this.running
  }

  events(simulationId: string): readonly SimulatorEvent[] {
    return this.queue.flatMap((entry) => (entry.simulationId === simulationId ? entry.events : []))
  }

  lines(simulationId: string): readonly LogRecord[] {
    return this.queue.flatMap((entry) => (entry.simulationId === simulationId ? entry.lines : []))
  }

  private push(entry: Entry): void {
    this.queue.push(entry)
    this.waiting += sizeOf(entry)
    this.running ??= this.drain()
    const { writing } = this
    if (writing === null || this.next !== null || this.waiting - writing.size < BATCH_EVENTS) return
    this.next = this.batchFrom(writing.entries.length)
  }

  /** Writes batch after batch until nothing waits. */
  private async drain(): Promise<void> {
    // What is appended in the same turn of the event loop goes into one batch.
    await Promise.resolve()
    for (let attempt = 0; this.queue.length > 0;) {
      const batch = this.takeBatch()
      this.writing = batch
      const error = await this.write(batch)
      this.writing = null
      if (error === null) {
        attempt = 0
        this.recovered()
        this.settle(batch.entries, null)
      } else if (isBadData(error)) {
        await this.writeSingly(batch)
      } else {
        this.failed(error)
        if (this.disposed) this.settle(this.queue.slice(), new NotKeptError(error))
        else await this.pause(attempt++)
      }
    }
    // In the same turn in which the queue was seen empty: whoever appends from now on starts the next drain.
    this.running = null
  }

  private takeBatch(): Batch {
    const ready = this.next
    this.next = null
    // After a failure what comes next is not what follows it.
    return ready !== null && ready.entries[0] === this.queue[0] ? ready : this.batchFrom(0)
  }

  /** @param start index of the first entry. */
  private batchFrom(start: number): Batch {
    let size = 0
    let end = start
    while (end < this.queue.length && size < BATCH_EVENTS) size += sizeOf(this.queue[end++]!)
    return this.batchOf(this.queue.slice(start, end), size)
  }

  private batchOf(entries: readonly Entry[], size: number): Batch {
    const { serverId } = this.options
    const events: Owned<SimulatorEvent>[] = []
    const lines: Owned<LogRecord>[] = []
    for (const { simulationId, ...entry } of entries) {
      for (const item of entry.events) events.push({ simulationId, item })
      for (const item of entry.lines) lines.push({ simulationId, item })
    }
    try {
      return { entries, size, inserts: [...eventInserts(events, serverId), ...logInserts(lines, serverId)] }
    } catch (error) {
      return { entries, size, inserts: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  private async write({ inserts, size }: Batch): Promise<Error | null> {
    this.writingSince = new Date()
    try {
      if (inserts instanceof Error) throw inserts
      const start = performance.now()
      await this.execute(inserts)
      if (size > 0) this.options.metrics?.written(size, (performance.now() - start) / 1_000)
      return null
    } catch (error) {
      this.options.metrics?.writeFailed()
      return error instanceof Error ? error : new Error(String(error))
    } finally {
      this.writingSince = null
    }
  }

  private async execute(inserts: readonly Insert[]): Promise<void> {
    const { prisma } = this.options
    if (inserts.length === 0) return
    await prisma.$transaction(inserts.map(({ sql, parameters }) => prisma.$executeRawUnsafe(sql, ...parameters)))
  }

  /** One entry of the batch cannot be written: finds it, refuses it, keeps the others. */
  private async writeSingly({ entries }: Batch): Promise<void> {
    for (const entry of entries) {
      const error = await this.write(this.batchOf([entry], sizeOf(entry)))
      // The database may go away in the middle: what was not tried stays in the queue.
      if (error !== null && !isBadData(error)) return
      if (error !== null) this.options.log('error', `Events of ${entry.simulationId} cannot be kept: ${error.message}`)
      this.settle([entry], error === null ? null : new NotKeptError(error))
    }
  }

  private settle(entries: readonly Entry[], error: Error | null): void {
    this.queue.splice(0, entries.length)
    for (const entry of entries) {
      this.waiting -= sizeOf(entry)
      entry.done(error)
    }
    if (this.waiting < this.options.bound) for (const wake of this.waiters.splice(0)) wake()
  }

  private failed(error: Error): void {
    const said = error.message.trim().split('\n').at(-1) ?? error.message
    this.lastError = describeStoreFault(error)
    if (this.failingSince !== null) return
    this.failingSince = new Date()
    this.options.log('error', `Events cannot be written and wait in memory: ${said}`)
  }

  private recovered(): void {
    if (this.failingSince === null) return
    this.failingSince = null
    this.lastError = null
    const lost = this.droppedLines === 0 ? '' : `; ${this.droppedLines} log lines found no room meanwhile`
    this.droppedLines = 0
    this.options.log('info', `Events are written again${lost}`)
  }

  /** Waits before the next attempt: doubling, with jitter, cut short by `dispose`. */
  private pause(attempt: number): Promise<void> {
    const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Writes events and log lines in batches; see {@link EventRecorder}. */
export function createRecorder(options: RecorderOptions): EventRecorder & Unwritten {
  return new Recorder(options)
}
