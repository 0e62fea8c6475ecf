import { createHistogram } from 'node:perf_hooks'
import type { LatencyFigures } from '../domain/quality.ts'

/** Collects latencies in bounded memory (Node's HDR histogram, two significant digits or better). */
export interface LatencyMeter {
  /** Adds one, in microseconds; what clocks that disagree make negative counts as 1. */
  record(micros: number): void
  /** null before the first. */
  figures(): LatencyFigures | null
}

/** The shares of a distribution at which it is told: close together where it is steep. */
const DRAWN_AT = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1] as const

/** A meter for latencies from 1 µs to 10 minutes. */
export function createLatencyMeter(): LatencyMeter {
  const histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 })
  return {
    record: (micros) => histogram.record(Math.min(600_000_000, Math.max(1, Math.round(micros)))),
    figures: () =>
      histogram.count === 0
        ? null
        : {
            p50: histogram.percentile(50),
            p99: histogram.percentile(99),
            p999: histogram.percentile(99.9),
            max: histogram.max,
            count: histogram.count,
            distribution: DRAWN_AT.map((share) => `${share}:${histogram.percentile(share * 100) / 1_000}`).join(' '),
          },
  }
}
