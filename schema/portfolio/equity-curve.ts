import { parseAmount, type Money } from '../../engines/domain/money.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { badInput } from '../errors.ts'

/** The most and fewest points of a curve. */
export const MAX_POINTS = 10_000
const MIN_POINTS = 4

interface EquityPointShape {
  readonly time: Micros
  readonly equity: Money
  readonly drawdown: number
  readonly buyAndHold: number | null
}

export const EquityPoint = builder.objectRef<EquityPointShape>('EquityPoint').implement({
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime' }),
    equity: t.expose('equity', { type: 'Decimal' }),
    drawdown: t.exposeFloat('drawdown'),
    buyAndHoldReturn: t.float({
      nullable: true,
      description: 'As `Portfolio.buyAndHoldReturn`, at the same moment.',
      resolve: ({ buyAndHold }) => buyAndHold,
    }),
  }),
})

/**
 * The run is cut into buckets of equally many snapshots, and of each the lowest and the highest are kept, so that no
 * peak and no trough is lost; and the first and the last of all. Where there are few enough, all are kept.
 */
const CURVE = `
  WITH points AS (
    SELECT "sequence", "time", "equity", "drawdown", "buyAndHold", count(*) OVER () AS total,
      ntile($2) OVER (ORDER BY "sequence") AS bucket,
      row_number() OVER (ORDER BY "sequence") AS place
    FROM "PortfolioSnapshot" WHERE "simulationId" = $1::uuid
  ), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY "equity", "sequence") AS low,
      row_number() OVER (PARTITION BY bucket ORDER BY "equity" DESC, "sequence") AS high
    FROM points
  )
  SELECT "time", "equity"::text, "drawdown", "buyAndHold" FROM ranked
  WHERE total <= $3 OR low = 1 OR high = 1 OR place = 1 OR place = total
  ORDER BY "sequence"`

/** What it costs to read all of a run. */
const CURVE_COST = 200

/** What a curve costs: however few points are asked for, all are read, and each of those that are given has fields. */
export function curveCost(maxPoints: number): { field: number; multiplier: number } {
  const points = Math.min(MAX_POINTS, Math.max(0, maxPoints))
  return { field: CURVE_COST + Math.ceil(points / 10), multiplier: Math.max(1, Math.ceil(points / 10)) }
}

/** A row of {@link CURVE}. */
interface CurveRow {
  readonly time: bigint
  readonly equity: string
  readonly drawdown: number
  readonly buyAndHold: number | null
}

/** Refuses an absurd number of points. @throws GraphQLError, for a person. */
function checkMaxPoints(maxPoints: number): void {
  if (maxPoints >= MIN_POINTS && maxPoints <= MAX_POINTS) return
  throw badInput(`"maxPoints" is ${maxPoints}, and must be from ${MIN_POINTS} to ${MAX_POINTS}.`)
}

/** At most `maxPoints` points of a run's equity, in order of time. @throws GraphQLError on an absurd number. */
export async function equityCurve(
  prisma: PrismaClient,
  simulationId: string,
  maxPoints: number,
): Promise<EquityPointShape[]> {
  checkMaxPoints(maxPoints)
  const buckets = Math.floor((maxPoints - 2) / 2)
  const rows = await prisma.$queryRawUnsafe<CurveRow[]>(CURVE, simulationId, buckets, maxPoints)
  return rows.map((row) => ({ ...row, time: Number(row.time), equity: parseAmount(row.equity) }))
}
