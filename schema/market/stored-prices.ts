import { parseMoney, type Money } from '../../engines/domain/money.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { badInput } from '../errors.ts'
import { checkMaxPoints } from '../portfolio/equity-curve.ts'

interface PricePointShape {
  readonly time: Micros
  readonly price: Money
}

export const PricePoint = builder.objectRef<PricePointShape>('PricePoint').implement({
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime' }),
    price: t.expose('price', { type: 'Decimal', description: 'Of the last trade at that time.' }),
  }),
})

/** Ticks are not kept, but every signal has its price, and every snapshot the marks of what was held. */
const PRICES = `
  WITH known AS (
    SELECT "signalTime" AS "time", "price" FROM "Signal" WHERE "simulationId" = $1::uuid AND "product" = $2
    UNION
    SELECT "time", (held->>'markPrice')::numeric AS "price"
    FROM "PortfolioSnapshot", jsonb_array_elements("positions") AS held
    WHERE "simulationId" = $1::uuid AND held->>'product' = $2
  ), points AS (
    SELECT "time", "price", count(*) OVER () AS total,
      ntile($3) OVER (ORDER BY "time", "price") AS bucket,
      row_number() OVER (ORDER BY "time", "price") AS place
    FROM known
  ), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY "price", "time") AS low,
      row_number() OVER (PARTITION BY bucket ORDER BY "price" DESC, "time") AS high
    FROM points
  )
  SELECT "time", "price"::text FROM ranked
  WHERE total <= $4 OR low = 1 OR high = 1 OR place = 1 OR place = total
  ORDER BY place`

/** At most `maxPoints` prices of a product in order of time, peaks and troughs kept. @throws GraphQLError, for a person. */
export async function storedPrices(
  prisma: PrismaClient,
  run: { readonly id: string; readonly products: readonly string[] },
  product: string,
  maxPoints: number,
): Promise<PricePointShape[]> {
  checkMaxPoints(maxPoints)
  if (!run.products.includes(product)) {
    throw badInput(`This simulation has no product "${product.slice(0, 40)}"; it has ${run.products.join(', ')}.`)
  }
  const buckets = Math.floor((maxPoints - 2) / 2)
  const rows = await prisma.$queryRawUnsafe<{ time: bigint; price: string }[]>(
    PRICES,
    run.id,
    product,
    buckets,
    maxPoints,
  )
  return rows.map((row) => ({ time: Number(row.time), price: parseMoney(row.price) }))
}
