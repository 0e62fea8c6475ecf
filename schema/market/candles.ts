import type { Candle } from '../../engines/domain/market/candle.ts'
import { parseAmount, type Money } from '../../engines/domain/money.ts'
import { MICROS_PER_MILLISECOND, MICROS_PER_SECOND, type Micros } from '../../engines/domain/time.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { badInput } from '../errors.ts'

/** The most candles that are given at once. */
export const MAX_CANDLES = 5_000

/** Lengths that people read charts in, in seconds. */
const LADDER = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400]

type Price = 'open' | 'high' | 'low' | 'close'

type CandleShape = Pick<Candle, 'begin'> & Readonly<Record<Price, Money>>

const CandleType = builder.objectRef<CandleShape>('Candle').implement({
  description: 'What became of a price within an interval of market time.',
  fields: (t) => ({
    time: t.field({ type: 'DateTime', description: 'Where the interval begins.', resolve: ({ begin }) => begin }),
    open: t.expose('open', { type: 'Decimal' }),
    high: t.expose('high', { type: 'Decimal' }),
    low: t.expose('low', { type: 'Decimal' }),
    close: t.expose('close', { type: 'Decimal' }),
  }),
})

interface SeriesShape {
  readonly interval: Micros
  readonly until: Micros | null
  readonly candles: readonly CandleShape[]
}

export const CandleSeries = builder.objectRef<SeriesShape>('CandleSeries').implement({
  fields: (t) => ({
    interval: t.float({
      description: 'Length of a candle in seconds.',
      resolve: ({ interval }) => interval / MICROS_PER_SECOND,
    }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Up to here the run has kept what it saw; the last candle may go on behind it. null: nothing is kept.',
      resolve: ({ until }) => until,
    }),
    candles: t.field({
      type: [CandleType],
      // A field of each is one of up to five thousand.
      complexity: { field: 1, multiplier: MAX_CANDLES / 10 },
      description: 'Oldest first; none where nothing was seen.',
      resolve: ({ candles }) => [...candles],
    }),
  }),
})

/** A run as candles are asked of it. */
interface CandleRun {
  readonly id: string
  readonly products: readonly string[]
  readonly simulatorParameters: unknown
}

/** Length of the candles that a run keeps. */
function keptInterval({ simulatorParameters }: CandleRun): Micros {
  const given = (simulatorParameters as { STATISTICS_INTERVAL_MS?: unknown } | null)?.STATISTICS_INTERVAL_MS
  return Math.max(1, Math.round((typeof given === 'number' ? given : 1_000) * MICROS_PER_MILLISECOND))
}

/** The longest candle that can be asked for: a year. */
const MOST_SECONDS = 366 * 86_400

/** What a run keeps of a product, from some moment on. */
interface Kept {
  readonly first: Micros
  readonly last: Micros
  readonly count: number
  readonly interval: Micros
}

/** How many candles of a length there can be. */
const countOf = ({ first, last }: Kept, interval: Micros): number =>
  Math.floor(last / interval) - Math.floor(first / interval) + 1

/** The finest length of which there are not too many, from a second on, of those that are made of whole kept ones. */
function finest(kept: Kept): Micros {
  const own = kept.interval < MICROS_PER_SECOND ? [] : [kept.interval]
  const readable = LADDER.map((seconds) => seconds * MICROS_PER_SECOND)
  const lengths = [...own, ...readable.filter((each) => each > kept.interval && each % kept.interval === 0)]
  const found = lengths.find((each) => Math.min(kept.count, countOf(kept, each)) <= MAX_CANDLES)
  return found ?? kept.interval * Math.ceil((kept.last - kept.first) / kept.interval / (MAX_CANDLES - 1) + 1)
}

function checkInterval(seconds: number, kept: Kept): Micros {
  const interval = Math.round(seconds * MICROS_PER_SECOND)
  if (seconds > MOST_SECONDS) throw badInput(`"interval" is ${seconds}, and must be at most ${MOST_SECONDS} s, a year.`)
  if (interval <= 0 || interval % kept.interval !== 0) {
    const least = kept.interval / MICROS_PER_SECOND
    throw badInput(`"interval" is ${seconds}, and must be a multiple of ${least} s, the length that this run keeps.`)
  }
  const count = Math.min(kept.count, countOf(kept, interval))
  if (count <= MAX_CANDLES) return interval
  throw badInput(
    `There are ${count} candles of ${seconds} s, and at most ${MAX_CANDLES} are given. Ask for longer or later ones.`,
  )
}

const SPAN = `
  SELECT min("begin") AS first, max("begin") AS last, count(*) AS count
  FROM "PriceCandle" WHERE "simulationId" = $1::uuid AND "product" = $2 AND "begin" >= $3::int8`

const CANDLES = `
  SELECT "begin" / $3::int8 * $3::int8 AS bucket, max("high")::text AS high, min("low")::text AS low,
    (array_agg("open" ORDER BY "begin"))[1]::text AS open,
    (array_agg("close" ORDER BY "begin" DESC))[1]::text AS close
  FROM "PriceCandle" WHERE "simulationId" = $1::uuid AND "product" = $2 AND "begin" >= $4::int8
  GROUP BY bucket ORDER BY bucket`

/** Which candles of a run are asked for. */
export interface CandleQuestion {
  readonly product: string
  /** Length of a candle; null: the finest of which there are not too many. */
  readonly seconds: number | null
  /** Those that begin at this time or later, or hold it; null: all. */
  readonly from: Micros | null
}

/**
 * The candles of a product of a run; at most {@link MAX_CANDLES}.
 * @throws GraphQLError, for a person.
 */
export async function candles(
  prisma: PrismaClient,
  run: CandleRun,
  { product, seconds, from }: CandleQuestion,
): Promise<SeriesShape> {
  if (!run.products.includes(product)) {
    throw badInput(`This simulation has no product "${product.slice(0, 40)}"; it has ${run.products.join(', ')}.`)
  }
  type Span = Readonly<Record<'first' | 'last', bigint | null>> & { readonly count: bigint }
  // A candle is whole or not there.
  const whole = (length: Micros): Micros => Math.floor((from ?? 0) / length) * length
  const [span] = await prisma.$queryRawUnsafe<Span[]>(SPAN, run.id, product, whole(keptInterval(run)))
  const count = Number(span?.count ?? 0)
  const kept = { first: Number(span?.first ?? 0), last: Number(span?.last ?? 0), count, interval: keptInterval(run) }
  const interval = seconds === null ? finest(kept) : checkInterval(seconds, kept)
  if (count === 0) return { interval, until: null, candles: [] }
  type Row = { readonly bucket: bigint } & Readonly<Record<Price, string>>
  const rows = await prisma.$queryRawUnsafe<Row[]>(CANDLES, run.id, product, interval, whole(interval))
  const series = rows.map(({ bucket, open, high, low, close }) => ({
    begin: Number(bucket),
    open: parseAmount(open),
    high: parseAmount(high),
    low: parseAmount(low),
    close: parseAmount(close),
  }))
  return { interval, until: kept.last + kept.interval, candles: series }
}
