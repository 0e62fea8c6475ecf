import type { DataQuality as DataQualityShape, LatencyFigures } from '../../engines/domain/quality.ts'
import { asInt } from '../scalars.ts'
import { builder } from '../builder.ts'

const Latency = builder.objectRef<LatencyFigures>('Latency').implement({
  description: 'A distribution, in microseconds.',
  fields: (t) => ({
    p50: t.exposeFloat('p50'),
    p99: t.exposeFloat('p99'),
    p999: t.exposeFloat('p999'),
    max: t.exposeFloat('max'),
    count: t.int({ resolve: ({ count }) => asInt(count) }),
    distribution: t.exposeString('distribution', {
      nullable: true,
      description:
        "All of it as the simulator parameter `LATENCY_DISTRIBUTION` takes it, so that a back-test or another run draws its orders' " +
        'latencies from it, by `LATENCY_SEED`. null: a run of before there was one.',
    }),
  }),
})

/** Latencies as the database keeps them. */
export interface LatencySummaryShape {
  readonly tickToSignal: LatencyFigures | null
  readonly signalToFill: LatencyFigures | null
  readonly tickToFill: LatencyFigures | null
}

export const LatencySummary = builder.objectRef<LatencySummaryShape>('LatencySummary').implement({
  fields: (t) => ({
    tickToSignal: t.expose('tickToSignal', { type: Latency, nullable: true }),
    signalToFill: t.expose('signalToFill', { type: Latency, nullable: true }),
    tickToFill: t.expose('tickToFill', { type: Latency, nullable: true }),
  }),
})

export const DataQuality = builder.objectRef<DataQualityShape>('DataQuality').implement({
  description: 'What became of the market messages on the way to the engines.',
  fields: (t) => ({
    received: t.expose('received', { type: 'BigInt' }),
    gaps: t.int({ resolve: ({ gaps }) => asInt(gaps) }),
    recovered: t.expose('recovered', { type: 'BigInt' }),
    lost: t.expose('lost', { type: 'BigInt' }),
    duplicates: t.expose('duplicates', { type: 'BigInt' }),
    reordered: t.expose('reordered', { type: 'BigInt' }),
    lossUnknown: t.boolean({
      description:
        'Whether more than `lost` may be missing, and nobody can say how much: an engine hung, or was not heard.',
      // A run of before this was kept says nothing of it.
      resolve: (quality) => (quality as Partial<DataQualityShape>).lossUnknown ?? false,
    }),
  }),
})
