import type pg from 'pg'
import { PrismaClient } from '../../prisma/generated/client.ts'
import { createPool, poolUse, steadyAdapter, type PoolOptions, type PoolUse } from './connection.ts'
import { sharesOf, type Shares } from './shares.ts'

/** The longest that the database works on one statement that reads much. */
const HEAVY_STATEMENT_MS = 10_000

/** One share of the connections, and Prisma on it. */
export interface Share {
  readonly prisma: PrismaClient
  readonly pool: pg.Pool
}

/** All connections of this server to its database. */
export type Pools = Readonly<Record<keyof Shares, Share>> & {
  /** How they are used now, all together. */
  use(): PoolUse
  dispose(): Promise<void>
}

/** Opens the pools; they connect on first use. */
export function openPools(options: Omit<PoolOptions, 'statementTimeoutMs'>): Pools {
  const sizes = sharesOf(options.size)
  const open = (size: number, more: Pick<PoolOptions, 'statementTimeoutMs'> = {}): Share => {
    const pool = createPool({ ...options, ...more, size })
    return { pool, prisma: new PrismaClient({ adapter: steadyAdapter(pool) }) }
  }
  const shares = {
    recording: open(sizes.recording),
    living: open(sizes.living),
    heavy: open(sizes.heavy, { statementTimeoutMs: HEAVY_STATEMENT_MS }),
    work: open(sizes.work),
  }
  const all = Object.values(shares)
  return {
    ...shares,
    use: () =>
      all
        .map(({ pool }) => poolUse(pool))
        .reduce((sum, one) => ({
          size: sum.size + one.size,
          open: sum.open + one.open,
          idle: sum.idle + one.idle,
          waiting: sum.waiting + one.waiting,
        })),
    async dispose() {
      await Promise.all(
        all.map(async ({ prisma, pool }) => {
          await prisma.$disconnect()
          await pool.end()
        }),
      )
    },
  }
}
