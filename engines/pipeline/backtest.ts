import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { InstrumentNotice, MarketEvent } from '../domain/market/market.ts'
import type { Micros } from '../domain/time.ts'
import type { EventSink } from '../edge/sink/event-sink.ts'
import { within } from '../edge/within.ts'
import { RuinWatch } from '../simulator/watch/ruin.ts'
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

/** How long what came before a fault may take to be handed over: as long as after a stop. */
const SALVAGE_MS = 10_000

/** What a back-test needs of the process it runs in. */
export interface BacktestOptions {
  /** Lets the process hear its launcher; awaited after every batch. */
  readonly breathe: () => Promise<void>
  readonly stopped: () => boolean
  readonly onEvent: (event: SimulatorEvent) => void
  readonly onInstrument: (notice: InstrumentNotice) => void
  readonly onProgress: (progress: BacktestProgress) => void
  /** All that came before a fault is handed over. */
  readonly onSalvaged: () => void
  /** Not all of it is, and why. */
  readonly onUnsaved: (why: unknown) => void
}

/**
 * Runs a tape through the cores in this process, as fast as the sink takes the events, and hands all of them over: also
 * where the strategy, or the tape, has a fault in its middle.
 * @returns false where it was stopped before the end; a run that has lost everything is at its end.
 * @throws what the tape or the strategy throws, once what came before it is handed over, or was not within
 * {@link SALVAGE_MS}.
 */
export async function backtest(
  batches: Iterable<readonly MarketEvent[]>,
  pipeline: Pipeline,
  sink: EventSink,
  options: BacktestOptions,
): Promise<boolean> {
  try {
    const whole = await play(batches, pipeline, sink, options)
    await sink.close()
    return whole
  } catch (error) {
    const late = (): Error => new Error(`what came before was not taken within ${SALVAGE_MS / 1_000} s`)
    const salvaged = within(sink.close(), SALVAGE_MS, late)
    await salvaged.then(options.onSalvaged, options.onUnsaved)
    throw error
  }
}

async function play(
  batches: Iterable<readonly MarketEvent[]>,
  pipeline: Pipeline,
  sink: EventSink,
  options: BacktestOptions,
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
      else if (event.type === 'instrument') options.onInstrument(event)
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
