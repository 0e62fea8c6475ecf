import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../prisma/generated/client.ts'
import { createHistory } from './history.ts'
import type { EventHistory, EventRecorder, RunStore } from './port.ts'
import { createRecorder } from './recorder.ts'
import { createRunStore } from './runs.ts'
import { createServerRegistry, type ServerIdentity, type ServerRegistry } from './servers.ts'

export interface StoreOptions {
  /** Connection string of a migrated database. */
  readonly url: string
  readonly server: ServerIdentity
  /** See `RecorderOptions.bound`; 200,000 unless told otherwise. */
  readonly bound?: number
  /** The most connections at once; 10 unless told otherwise. */
  readonly connections?: number
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** All that is kept of runs. */
export interface Store {
  readonly prisma: PrismaClient
  readonly runs: RunStore
  readonly servers: ServerRegistry
  readonly history: EventHistory
  readonly recorder: EventRecorder
  /** Resolves with the milliseconds that a round trip to the database took; throws where there is none. */
  ping(): Promise<number>
  /** Writes what waits, then closes. What cannot be written then is refused to whoever appended it. */
  dispose(): Promise<void>
}

/** Opens the store; connects on first use. */
export function createStore(options: StoreOptions): Store {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    application_name: 'aw-trade',
  })
  // A connection that breaks while idle must not end the process; the next query says what is wrong.
  pool.on('error', (error) => options.log('warn', `A database connection broke: ${error.message}`))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  const recorder = createRecorder({ prisma, bound: options.bound ?? 200_000, log: options.log })
  return {
    prisma,
    runs: createRunStore(prisma, options.server.id),
    servers: createServerRegistry(prisma, options.server),
    history: createHistory(prisma, recorder),
    recorder,
    async ping() {
      const start = performance.now()
      await pool.query('SELECT 1')
      return performance.now() - start
    },
    async dispose() {
      await recorder.dispose()
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
