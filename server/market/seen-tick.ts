import { MICROS_PER_SECOND } from '../../engines/domain/time.ts'
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

/**
 * Which ticks may become one where a reader asks for fewer: those of a product and of one second of its market, so that
 * candles of a second and more that are made of them are the same as those of all ticks.
 */
export const secondOf = (tick: SeenTick): string => `${tick.product} ${Math.floor(tick.time / MICROS_PER_SECOND)}`
