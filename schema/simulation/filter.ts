import { MICROS_PER_MILLISECOND, type Micros } from '../../engines/domain/time.ts'
import type { Prisma } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'
import { SimulationModeEnum, SimulationStatusEnum } from '../enums.ts'

/** Which runs; all that is given must hold. */
export const SimulationFilter = builder.inputType('SimulationFilter', {
  description: 'All that is given must hold.',
  fields: (t) => ({
    status: t.field({ type: [SimulationStatusEnum] }),
    mode: t.field({ type: [SimulationModeEnum] }),
    algorithm: t.string(),
    source: t.string({ description: 'By its name: `coinbase`, `sandbox`, or `tape:<name>`.' }),
    product: t.string({ description: 'Runs that trade this product, perhaps among others.' }),
    since: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    until: t.field({ type: 'DateTime', description: 'Created before this time.' }),
  }),
})

type Filter = typeof SimulationFilter.$inferInput

/** Milliseconds, rounded up: rows are stamped to the millisecond or finer, and `since` must let none slip in. */
const dateOf = (time: Micros): Date => new Date(Math.ceil(time / MICROS_PER_MILLISECOND))

/** In an input, null and absent mean the same: any. */
function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined
}

/** The filter as the database is asked. */
export function simulationWhere(filter: Filter | null | undefined): Prisma.SimulationWhereInput {
  const { status, mode, algorithm, source, product, since, until } = filter ?? {}
  return {
    ...(isGiven(status) ? { status: { in: status } } : {}),
    ...(isGiven(mode) ? { mode: { in: mode } } : {}),
    ...(isGiven(algorithm) ? { algorithm } : {}),
    ...(isGiven(source) ? { source } : {}),
    ...(isGiven(product) ? { products: { has: product } } : {}),
    createdAt: {
      ...(isGiven(since) ? { gte: dateOf(since) } : {}),
      ...(isGiven(until) ? { lt: dateOf(until) } : {}),
    },
  }
}
