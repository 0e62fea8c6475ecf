import type { Writable } from 'node:stream'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { Micros } from '../../domain/time.ts'
import type { Clock } from '../clock.ts'
import type { EngineMessage } from '../process/control.ts'
import { EventWindow } from './event-window.ts'

/** Where a simulator's events go. Nothing written is lost: who writes is held while too much is not acknowledged. */
export interface EventSink {
  write(event: SimulatorEvent): void
  /** Sends what was written since. */
  flush(): void
  /** Sends what was written since within {@link FLUSH_MS}; called at the end of a batch of inputs. */
  flushSoon(): void
  /** False when `bound` events wait for their acknowledgement: write no more until `whenRoom`. */
  hasRoom(): boolean
  /** Resolves once there is room again. */
  whenRoom(): Promise<void>
  /** Sends the rest and resolves when somebody else answers for all of it. */
  close(): Promise<void>
  /** Events up to this sequence were taken over by the receiver, which answers for them. */
  acknowledge(sequence: number): void
  /** A receiver has everything up to this sequence and nothing after it: sends the rest again. */
  resume(sequence: number): void
  /** What is not as it should be right now, each a sentence for a person. */
  warnings(): readonly string[]
}

/**
 * The most events that an engine holds until they are acknowledged, over the channel of its launcher. An acknowledgement
 * comes as soon as the launcher answers for the events, so this only has to cover the way there and back; the launcher's
 * memory is bounded by its own limit and one such window an engine.
 */
export const SINK_BOUND = 5_000

/** The most events of one message. */
export const BATCH = 500

/**
 * How long events may wait for others to go with them. A message a tick costs the engine and the launcher more than
 * the tick itself; nobody who looks on notices 5 ms.
 */
export const FLUSH_MS = 5

/** Events that nobody has answered for within so long are warned of. */
export const STALLED_MS = 2_000

/** A time as a person reads it beside others of the same day. */
export const clockTime = (time: Micros): string => `${new Date(time / 1_000).toISOString().slice(11, 19)} UTC`

/** A sink that holds each event until it is acknowledged, and hands batches of them to `send`. */
export class WindowSink implements EventSink {
  readonly #send: (events: readonly SimulatorEvent[]) => void
  readonly #clock: Clock
  readonly #bound: number
  readonly #window = new EventWindow()
  #cancelFlush: (() => void) | null = null
  #written = 0
  #sent = 0
  #acknowledged = 0
  /** When the receiver last answered for something, or the first event of those that wait was written. */
  #movedAt: Micros = 0
  #waiters: (() => void)[] = []

  constructor(send: (events: readonly SimulatorEvent[]) => void, clock: Clock, bound: number = SINK_BOUND) {
    this.#send = send
    this.#clock = clock
    this.#bound = bound
  }

  /** Sequence of the newest event; 0: none. */
  get written(): number {
    return this.#written
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  write(event: SimulatorEvent): void {
    if (this.#written === this.#acknowledged) this.#movedAt = this.#clock.now()
    this.#window.push(event)
    this.#written = event.sequence
    if (this.#written - this.#sent >= BATCH) this.flush()
  }

  flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = null
    for (;;) {
      const room = this.sendUpTo() - this.#sent
      if (room <= 0) return
      const batch = this.#window.after(this.#sent, Math.min(BATCH, room))
      const last = batch.at(-1)
      if (last === undefined) return
      this.#sent = last.sequence
      this.#send(batch)
    }
  }

  /** Sequence of the last event that may be sent now. */
  protected sendUpTo(): number {
    return this.#written
  }

  flushSoon(): void {
    if (this.#sent < this.#written) this.#cancelFlush ??= this.#clock.after(FLUSH_MS, () => this.flush())
  }

  hasRoom(): boolean {
    return this.#written - this.#acknowledged < this.#bound
  }

  whenRoom(): Promise<void> {
    return this.until(() => this.hasRoom())
  }

  acknowledge(sequence: number): void {
    if (sequence <= this.#acknowledged) return
    this.#acknowledged = sequence
    this.#movedAt = this.#clock.now()
    this.#window.acknowledge(sequence)
    this.wake()
  }

  resume(sequence: number): void {
    this.acknowledge(sequence)
    this.#sent = Math.max(sequence, this.#acknowledged)
    this.flush()
  }

  warnings(): readonly string[] {
    const waiting = this.#written - this.#acknowledged
    if (waiting <= 0 || this.#clock.now() - this.#movedAt < STALLED_MS * 1_000) return []
    return [
      `${waiting} events wait in the simulator to be stored; none was since ${clockTime(this.#movedAt)}. At ${this.#bound} it ` +
        'reads no more of its feed.',
    ]
  }

  close(): Promise<void> {
    this.flush()
    return this.until(() => this.#acknowledged >= this.#written)
  }

  /** Resolves once a condition holds; looked at whenever something is acknowledged, or `wake` is called. */
  protected async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  protected wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}

/** A sink over the channel of the process that launched this engine. */
export function createChannelSink(tell: (message: EngineMessage) => void, clock: Clock, bound?: number): EventSink {
  return new WindowSink((events) => tell({ type: 'events', events }), clock, bound)
}

/** The most that waits for whoever reads what is printed. */
const PRINT_BOUND_BYTES = 1024 * 1024

/**
 * A sink that prints each event as a line of JSON, for an engine that was started from a shell. Node writes to a pipe
 * behind the back of whoever prints: a reader that is slow holds the engine back, one that is gone is printed for no more.
 */
export function createLineSink(output: Writable, warn: (reason: string) => void): EventSink {
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
  let gone = false
  output.once('error', (error) => {
    gone = true
    warn(error.message)
  })
  const hasRoom = (): boolean => gone || output.writableLength < PRINT_BOUND_BYTES
  return {
    write(event) {
      if (!gone) output.write(`${JSON.stringify(event, text)}\n`)
    },
    flush: () => undefined,
    flushSoon: () => undefined,
    hasRoom,
    async whenRoom() {
      while (!hasRoom()) await written(output)
    },
    acknowledge: () => undefined,
    resume: () => undefined,
    warnings: () => [],
    close: () => written(output),
  }
}

/** Resolves once all that was written so far is on its way, or never will be. */
export function written(output: Writable): Promise<void> {
  return new Promise((resolve) => output.write('', () => resolve()))
}
