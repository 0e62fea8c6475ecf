import type { MarketEvent } from '../domain/market/market.ts'
import type { Product } from '../domain/market/product.ts'
import { MICROS_PER_SECOND } from '../domain/time.ts'
import { withInstruments } from './inferred-instruments.ts'

/** Which part of a tape a run sees. */
export interface TapeWindow {
  /** Empty: all. What concerns the feed as a whole belongs to every window. */
  readonly products: readonly Product[]
  /** Seconds of market time from the tape's first event on; null: all. */
  readonly durationSeconds: number | null
}

/**
 * Cuts a window out of a tape's batches. REPLAY and BACKTEST both read through this, so that they see the same events,
 * and the same definitions of products (see {@link withInstruments}).
 */
export function* cutWindow(
  batches: Iterable<readonly MarketEvent[]>,
  window: TapeWindow,
): Generator<readonly MarketEvent[], void, undefined> {
  const wanted = new Set(window.products)
  const sees = (event: MarketEvent): boolean => wanted.size === 0 || event.product === '' || wanted.has(event.product)
  let end: number | null = null
  // Before it is cut, so that what a product is does not depend on which part of its tape is seen.
  for (const batch of withInstruments(batches)) {
    const first = batch[0]
    if (first === undefined) continue
    end ??= window.durationSeconds === null ? Infinity : first.time + window.durationSeconds * MICROS_PER_SECOND
    const limit = end
    yield batch.filter((event) => event.time <= limit && sees(event))
    const last = batch.at(-1)
    if (last !== undefined && last.time > limit) return
  }
}
