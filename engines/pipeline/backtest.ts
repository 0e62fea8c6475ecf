import type { SimulatorEvent } from '../domain/event.ts'
import type { MarketEvent } from '../domain/market.ts'
import type { Micros } from '../domain/time.ts'
import type { EventSink } from '../edge/sink/event-sink.ts'
import { RuinWatch } from '../simulator/ruin.ts'
import type { Pipeline } from './pipeline.ts'

/** What a back-test reports while it goes. */
export interface BacktestProgress {
  /** Market events so far. */
  readonly received: number
  /** How many of these were ticks. */
  readonly ticks: number
  /** Market time of the newest; null before any. */
  readonly time: Micros | null
}

/**
 * Runs a tape through the cores in this process, as fast as the sink takes the events.
 * @param breathe lets the process hear its launcher; awaited after every batch.
 * @returns false where it was stopped before the end; a run that has lost everything is at its end.
 */
export async function backtest(
  batches: Iterable<readonly MarketEvent[]>,
  pipeline: Pipeline,
  sink: EventSink,
  options: {
    readonly breathe: () => Promise<void>
    readonly stopped: () => boolean
    readonly onEvent: (event: SimulatorEvent) => void
    readonly onProgress: (progress: BacktestProgress) => void
  },
): Promise<boolean> {
  const ruin = new RuinWatch()
  const emit = (event: SimulatorEvent): void => {
    options.onEvent(event)
    ruin.hear(event)
    sink.write(event)
  }
  let received = 0
  let ticks = 0
  let time: Micros | null = null
  let whole = true
  for (const batch of batches) {
    let over = false
    for (const event of batch) {
      if (event.type === 'tick') ticks++
      pipeline.step(event, emit)
      received++
      time = event.time
      over = ruin.isOver(pipeline)
      if (over) break
    }
    options.onProgress({ received, ticks, time })
    await options.breathe()
    if (!sink.hasRoom()) {
      sink.flush()
      await sink.whenRoom()
    }
    if (over) break
    if (options.stopped()) {
      whole = false
      break
    }
  }
  pipeline.end(emit)
  return whole
}
