/** What became of the messages on the way to an engine; all counts since the start. */
export interface DataQuality {
  /** Messages delivered, each once and in order. */
  readonly received: number
  /** Holes noticed. */
  readonly gaps: number
  /** Messages of holes that arrived after a re-request. */
  readonly recovered: number
  /** Messages that never arrived. */
  readonly lost: number
  readonly duplicates: number
  readonly reordered: number
}

export const NO_DATA_YET: DataQuality = { received: 0, gaps: 0, recovered: 0, lost: 0, duplicates: 0, reordered: 0 }

/** The sum of two hops' counts; `received` is the smaller, since both hops carry the same messages. */
export function joinQuality(first: DataQuality, second: DataQuality): DataQuality {
  return {
    received: Math.min(first.received, second.received),
    gaps: first.gaps + second.gaps,
    recovered: first.recovered + second.recovered,
    lost: first.lost + second.lost,
    duplicates: first.duplicates + second.duplicates,
    reordered: first.reordered + second.reordered,
  }
}

/** A latency distribution in microseconds. */
export interface LatencyFigures {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly count: number
}
