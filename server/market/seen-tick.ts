import { MICROS_PER_SECOND } from '../../engines/domain/time.ts'
import type { Tick } from '../../engines/domain/market/market.ts'
import type { SeenTick } from '../../schema/context.ts'

/** One tick for two of a product that a reader is given at once: the newer, with the first, lowest and highest of both. */
export function mergeTicks(waiting: SeenTick, newer: SeenTick): SeenTick {
  const low = (tick: SeenTick) => tick.low ?? tick.price
  const high = (tick: SeenTick) => tick.high ?? tick.price
  return {
    ...newer,
    open: waiting.open ?? waiting.price,
    low: low(waiting) < low(newer) ? low(waiting) : low(newer),
    high: high(waiting) > high(newer) ? high(waiting) : high(newer),
  }
}

/** A tick that stands for itself alone. */
export function alone({ open: _open, low: _low, high: _high, ...tick }: SeenTick): Tick {
  return tick
}

/** How many seconds of a product's market wait for a reader who is given each by itself; of more, the oldest go. */
export const MOST_SECONDS = 256

const secondOf = (tick: SeenTick): number => Math.floor(tick.time / MICROS_PER_SECOND)

/**
 * How ticks are thinned out so that candles of a second and more that are made of them are the same as those of all: those
 * of a product and of one second of its market may become one, and {@link MOST_SECONDS} a product may wait.
 */
export const BY_SECOND = {
  keyOf: (tick: SeenTick): string => `${tick.product} ${secondOf(tick) % MOST_SECONDS}`,
  merge: (waiting: SeenTick, newer: SeenTick): SeenTick | null =>
    secondOf(waiting) === secondOf(newer) ? mergeTicks(waiting, newer) : null,
}

/** How they are for a reader who wants what is newest: one a product. */
export const NEWEST = { keyOf: (tick: SeenTick): string => tick.product, merge: mergeTicks }
