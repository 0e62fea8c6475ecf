import type { Micros } from '../domain/time.ts'

/** A point of a distribution: the share of the draws that are at most so long. */
export interface LatencyPoint {
  /** Above 0, at most 1. */
  readonly share: number
  readonly micros: Micros
}

/** How long an order or a cancellation is on its way: always the same, or drawn by a seed from a measured distribution. */
export type LatencyModel =
  | { readonly kind: 'CONSTANT'; readonly micros: Micros }
  | { readonly kind: 'DRAWN'; readonly points: readonly LatencyPoint[]; readonly seed: number }

/** Draws the latencies of a run, one after the other: the same model gives the same ones. */
export function createLatency(model: LatencyModel): () => Micros {
  if (model.kind === 'CONSTANT') return () => model.micros
  const random = seeded(model.seed)
  return () => Math.round(at(model.points, random()))
}

/** Straight between the points, from nothing at 0. */
function at(points: readonly LatencyPoint[], share: number): number {
  let [before, low] = [0, 0]
  for (const point of points) {
    if (share <= point.share) {
      const width = point.share - before
      return width <= 0 ? point.micros : low + ((point.micros - low) * (share - before)) / width
    }
    ;[before, low] = [point.share, point.micros]
  }
  return low
}

/** mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
