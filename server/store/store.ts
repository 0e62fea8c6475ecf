import { PrismaClient } from '../../prisma/generated/client.ts'
import { createPool, pingPool, poolUse, steadyAdapter, type PoolUse } from './connection.ts'
import type { Metrics } from '../metrics/port.ts'
import { createHistory } from './history.ts'
import type { EventHistory, EventRecorder, RunStore } from './port.ts'
import { createRecorder } from './recorder.ts'
import { createRunStore } from './runs.ts'
import { createServerRegistry, type ServerIdentity, type ServerRegistry } from './servers.ts'

/** How long the database may take to answer a ping before it counts as away. */
const PING_MS = 2_000

export interface StoreOptions {
  /** Connection string of a migrated database. */
  readonly url: string
  readonly server: ServerIdentity
  /** See `RecorderOptions.bound`; 200,000 unless told otherwise. */
  readonly bound?: number
  /** The most connections at once, 2 at least; 10 unless told otherwise. One is kept to look whether the database is there. */
  readonly connections?: number
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  readonly metrics?: Pick<Metrics, 'written' | 'writeFailed'>
}

/** All that is kept of runs. */
export interface Store {
  readonly prisma: PrismaClient
  readonly runs: RunStore
  readonly servers: ServerRegistry
  readonly history: EventHistory
  readonly recorder: EventRecorder
  /** Resolves with the milliseconds that a round trip to the database took, however busy the connections are; throws where there is none within 2 s. */
  ping(): Promise<number>
  /** How the connections are used now. */
  pool(): PoolUse
  /** Writes what waits, then closes. What cannot be written then is refused to whoever appended it. */
  dispose(): Promise<void>
}

const together = (one: PoolUse, other: PoolUse): PoolUse => ({
  size: one.size + other.size,
  open: one.open + other.open,
  idle: one.idle + other.idle,
  waiting: one.waiting + other.waiting,
})

/** Opens the store; connects on first use. */
export function createStore(options: StoreOptions): Store {
  const connections = options.connections ?? 10
  const pool = createPool({ url: options.url, size: connections - 1, log: options.log })
  // One of its own: behind queries that wait for a connection it would tell of this server, not of the database.
  const probe = createPool({ url: options.url, size: 1, log: options.log })
  const prisma = new PrismaClient({ adapter: steadyAdapter(pool) })
  const { bound = 200_000, log, metrics } = options
  const recorder = createRecorder({
    prisma,
    serverId: options.server.id,
    bound,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  return {
    prisma,
    runs: createRunStore(prisma, options.server.id),
    servers: createServerRegistry(prisma, options.server),
    history: createHistory(prisma, recorder),
    recorder,
    ping: () => pingPool(probe, PING_MS),
    pool: () => together(poolUse(pool), poolUse(probe)),
    async dispose() {
      await recorder.dispose()
      await prisma.$disconnect()
      await Promise.all([pool.end(), probe.end()])
    },
  }
}
