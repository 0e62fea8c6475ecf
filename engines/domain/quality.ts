/** What became of the messages on the way to an engine; all since the start. */
export interface DataCounts {
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

/** {@link DataCounts}, and whether they tell all. */
export interface DataQuality extends DataCounts {
  /** Whether more than {@link DataCounts.lost} may be missing, and nobody can say how much. */
  readonly lossUnknown: boolean
}

export const NO_DATA_YET: DataQuality = {
  received: 0,
  gaps: 0,
  recovered: 0,
  lost: 0,
  duplicates: 0,
  reordered: 0,
  lossUnknown: false,
}

/** How the warning begins that a market is not recorded though it should be; why follows. */
export const NOT_RECORDED = 'This market is not being recorded: '

/** A sum of counts that stays a whole number that a double holds, however far a venue's numbers jump. */
export function addCounts(one: number, other: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, one + other)
}

/** The sum of two hops' counts; `received` is the smaller, since both hops carry the same messages. */
export function joinQuality(first: DataQuality, second: DataQuality): DataQuality {
  return {
    received: Math.min(first.received, second.received),
    gaps: addCounts(first.gaps, second.gaps),
    recovered: addCounts(first.recovered, second.recovered),
    lost: addCounts(first.lost, second.lost),
    duplicates: addCounts(first.duplicates, second.duplicates),
    reordered: addCounts(first.reordered, second.reordered),
    lossUnknown: first.lossUnknown || second.lossUnknown,
  }
}

/** A latency distribution in microseconds. */
export interface LatencyFigures {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly count: number
  /** All of it as the parameter `LATENCY_DISTRIBUTION` takes it; absent from runs of before there was one. */
  readonly distribution?: string
}

/** What a publisher has emitted since it began. */
export interface Emitted {
  /** Drawn once by each publisher, so that it is known again. */
  readonly publisher: number
  readonly total: number
  /** By product; the empty one stands for what concerns all. */
  readonly products: Readonly<Record<string, number>>
  /** Of products that are not counted each by itself. */
  readonly others: number
}

/** How far a subscriber has come in what a publisher emitted to it. */
export interface Reached {
  readonly publisher: number
  /** All before this many, since the publisher began, was taken or is known to be lost. */
  readonly count: number
}

/** How many messages a filter (empty: all) would have let through; null where that is not known. */
export function emittedTo({ total, products, others }: Emitted, filter: readonly string[]): number | null {
  if (filter.length === 0) return total
  const wanted = ['', ...new Set(filter)]
  if (others > 0 && wanted.some((product) => !Object.hasOwn(products, product))) return null
  return wanted.reduce((sum, product) => sum + (Object.hasOwn(products, product) ? (products[product] ?? 0) : 0), 0)
}
