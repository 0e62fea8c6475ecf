import type { SimulatorEvent } from '../domain/event.ts'
import type { Clock } from './clock.ts'
import type { EngineMessage } from './control.ts'
import type { EngineProcess } from './process.ts'

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
  /** Sends the rest and resolves when everything is acknowledged. */
  close(): Promise<void>
  /** Events up to this sequence were taken over by the receiver, which answers for them. */
  acknowledge(sequence: number): void
}

/**
 * The most events that an engine sends ahead of their acknowledgement. An acknowledgement comes as soon as the launcher
 * has room, so this only has to cover the way there and back; the launcher's memory is bounded by its own limit and one
 * such window an engine.
 */
export const SINK_BOUND = 5_000

/** The most events of one message to the launcher. */
const BATCH = 500

/**
 * How long events may wait for others to go with them. A message a tick costs the engine and the launcher more than
 * the tick itself; nobody who looks on notices 5 ms.
 */
export const FLUSH_MS = 5

/** A sink over the channel of the process that launched this engine. */
export function createChannelSink(
  tell: (message: EngineMessage) => void,
  clock: Clock,
  bound: number = SINK_BOUND,
): EventSink {
  let cancelFlush: (() => void) | null = null
  let batch: SimulatorEvent[] = []
  let written = 0
  let acknowledged = 0
  let waiters: (() => void)[] = []

  const flush = (): void => {
    cancelFlush?.()
    cancelFlush = null
    if (batch.length === 0) return
    tell({ type: 'events', events: batch })
    batch = []
  }
  const wake = (): void => {
    const woken = waiters
    waiters = []
    for (const resolve of woken) resolve()
  }
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => waiters.push(resolve))
  }

  return {
    write(event) {
      batch.push(event)
      written = event.sequence
      if (batch.length >= BATCH) flush()
    },
    flush,
    flushSoon() {
      if (batch.length > 0) cancelFlush ??= clock.after(FLUSH_MS, flush)
    },
    hasRoom: () => written - acknowledged < bound,
    whenRoom: () => until(() => written - acknowledged < bound),
    acknowledge(sequence) {
      if (sequence <= acknowledged) return
      acknowledged = sequence
      wake()
    },
    close() {
      flush()
      return until(() => acknowledged >= written)
    },
  }
}

/** A sink that prints each event as a line of JSON, for an engine that was started from a shell. */
export function createLineSink(print: (line: string) => void): EventSink {
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
  return {
    write: (event) => print(JSON.stringify(event, text)),
    flush: () => undefined,
    flushSoon: () => undefined,
    hasRoom: () => true,
    whenRoom: () => Promise.resolve(),
    acknowledge: () => undefined,
    close: () => Promise.resolve(),
  }
}

/** The sink of an engine: the launcher's channel, or standard output where nobody launched it. */
export function createSink(engine: EngineProcess): EventSink {
  if (!engine.launched) return createLineSink((line) => console.log(line))
  const sink = createChannelSink((message) => engine.tell(message), engine.clock)
  engine.onControl((message) => {
    if (message.type === 'ack') sink.acknowledge(message.sequence)
  })
  return sink
}
