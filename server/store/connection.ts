import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { isOutage, wasNeverSent } from './outage.ts'
import { withinOwnTime } from './patience.ts'
import { retried } from './retry.ts'

/** How long a query may wait for a connection, be it for a free one or for the database to let us in. */
const CONNECT_TIMEOUT_MS = 5_000
/** The longest that the database works on one statement, unless told otherwise; those of this server take milliseconds. */
const STATEMENT_TIMEOUT_MS = 30_000
/** How much later a query is given up that the database, or the way to it, swallowed, so that its own word comes first. */
const ANSWER_GRACE_MS = 5_000
/**
 * How long the database lets a transaction idle whose server is gone or hangs, before it frees what that one locked. Less
 * than others take to call it dead (`DEAD_AFTER_SECONDS`): whoever takes its runs over writes the same rows.
 */
const IDLE_TRANSACTION_MS = 4_000
/** A connection that nobody needs for so long is closed. */
const IDLE_CONNECTION_MS = 30_000
/** From when on a silent connection is probed: a broken way is then noticed within some 20 s instead of two hours. */
const KEEPALIVE_MS = 10_000

export interface PoolOptions {
  readonly url: string
  /** The most connections at once. */
  readonly size: number
  /** How long a query may wait for a connection; 5,000 ms unless told otherwise. */
  readonly connectTimeoutMs?: number
  /** The longest that the database works on one statement; 30,000 ms unless told otherwise. */
  readonly statementTimeoutMs?: number
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** How many connections there are, and how many queries wait for one. */
export interface PoolUse {
  readonly size: number
  readonly open: number
  readonly idle: number
  readonly waiting: number
}

/** Opens a bounded pool; connects on first use. Every wait in it has an end. */
export function createPool(options: PoolOptions): pg.Pool {
  const { url, size, log, connectTimeoutMs = CONNECT_TIMEOUT_MS, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: 'aw-trade',
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
  })
  // A connection that breaks while idle must not end the process; the next query says what is wrong.
  pool.on('error', (error) => log('warn', `A database connection broke: ${error.message}`))
  // Nor must one that breaks between two queries of whoever holds it, before they listen themselves.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * Reads change nothing, so they are done again whatever broke; a statement that may write only where it certainly never
 * reached the database. What is inside a transaction is not touched: the transaction is whole or it fails.
 */
function steady(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const connectionInfo = adapter.getConnectionInfo?.bind(adapter)
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    queryRaw: (query) =>
      retried(/^\s*SELECT\b/i.test(query.sql) ? isOutage : wasNeverSent, () => adapter.queryRaw(query)),
    executeRaw: (query) => retried(wasNeverSent, () => adapter.executeRaw(query)),
    executeScript: (script) => adapter.executeScript(script),
    // Nothing was done yet when a transaction could not begin.
    startTransaction: (isolation) => retried(isOutage, () => adapter.startTransaction(isolation)),
    ...(connectionInfo === undefined ? {} : { getConnectionInfo: connectionInfo }),
    dispose: () => adapter.dispose(),
  }
}

/**
 * Prisma's door to a pool, through which a lost connection is survived: the one place where reads are retried. Writes
 * that may be repeated without harm are retried by whoever knows that they may (`runs.ts`, the recorder).
 */
export function steadyAdapter(pool: pg.Pool): SqlDriverAdapterFactory {
  const factory = new PrismaPg(pool)
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => steady(await factory.connect()),
  }
}

/**
 * Milliseconds of a round trip to the database. A connection that gave no answer is given up, so that the next question is not
 * asked behind it. @throws where none is made within `withinMs` of this process's own time.
 */
export async function pingPool(pool: pg.Pool, withinMs: number): Promise<number> {
  const start = performance.now()
  let client: pg.PoolClient | null = null
  let over = false
  const ask = async (): Promise<void> => {
    const mine = await pool.connect()
    if (over) return mine.release(true)
    client = mine
    await mine.query('SELECT 1')
  }
  const giveBack = (broken: boolean): void => {
    over = true
    client?.release(broken)
  }
  try {
    await withinOwnTime(ask(), withinMs, () => new Error(`the database did not answer within ${withinMs} ms`))
  } catch (error) {
    giveBack(true)
    throw error
  }
  giveBack(false)
  return performance.now() - start
}

/** How a pool is used now. */
export function poolUse(pool: pg.Pool): PoolUse {
  return { size: pool.options.max, open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }
}
