import type { MarketEvent } from '../../domain/market/market.ts'
import type { Micros } from '../../domain/time.ts'
import type { MarketAction } from '../action.ts'
import { unitOfListing, type Listing } from '../listing.ts'
import type { TimedAction } from './capture.ts'
import type { Market } from '../market/market.ts'
import { createTapeReader } from '../market/tape-actions.ts'

/** Where the player takes the market from, by market time. */
export interface ActionSource {
  /** Where market time begins. */
  readonly startTime: Micros
  /** What is due up to and including `time` and was not given yet. */
  advance(time: Micros): readonly MarketAction[]
  /** Whether nothing will follow. */
  ended(): boolean
  /** Why it ended early, where it did. */
  failure(): Error | null
  dispose(): Promise<void>
}

/** A generated market never ends. */
export function generatedSource(market: Market, startTime: Micros): ActionSource {
  return {
    startTime,
    advance: (time) => market.advance(time),
    ended: () => false,
    failure: () => null,
    dispose: () => Promise.resolve(),
  }
}

/** How many recorded actions are read ahead of their time. */
const READ_AHEAD = 50_000

/**
 * A recording, read ahead of its time up to a bound.
 * @param batches recorded actions in order of their time
 * @throws Error where the recording holds nothing, or cannot be read from the start
 */
export async function recordedSource(batches: AsyncIterable<readonly TimedAction[]>): Promise<ActionSource> {
  const iterator = batches[Symbol.asyncIterator]()
  let queue: TimedAction[] = []
  let head = 0
  let done = false
  let failure: Error | null = null
  let reading: Promise<void> | null = null

  const read = async (ahead: number): Promise<void> => {
    while (!done && queue.length - head < ahead) {
      const batch = await iterator.next()
      if (batch.done === true) done = true
      else queue = queue.concat(batch.value)
    }
  }
  const refill = (): void => {
    if (done || reading !== null || queue.length - head > READ_AHEAD / 2) return
    queue = queue.slice(head)
    head = 0
    reading = read(READ_AHEAD)
      .catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error))
        done = true
      })
      .finally(() => {
        reading = null
      })
  }
  await read(1)
  const first = queue[0]
  if (first === undefined) throw new Error('the recording holds no market data')

  return {
    startTime: first.at,
    advance(time) {
      const actions: MarketAction[] = []
      for (let next = queue[head]; next !== undefined && next.at <= time; next = queue[head]) {
        actions.push(next.action)
        head += 1
      }
      refill()
      return actions
    },
    ended: () => done && head >= queue.length,
    failure: () => failure,
    dispose: async () => {
      done = true
      await reading
      await iterator.return?.()
    },
  }
}

/** The events of a tape as recorded actions. */
export async function* tapeBatches(
  events: AsyncIterable<readonly MarketEvent[]> | Iterable<readonly MarketEvent[]>,
  listings: readonly Listing[],
): AsyncGenerator<TimedAction[]> {
  const reader = createTapeReader(new Map(listings.map((listing) => [listing.product, unitOfListing(listing)])))
  for await (const batch of events) yield batch.flatMap((event) => reader.read(event))
}
