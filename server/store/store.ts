import type { PrismaClient } from '../../prisma/generated/client.ts'
import { pingPool, type PoolUse } from './connection.ts'
import type { Metrics } from '../metrics/port.ts'
import { createHistory } from './history.ts'
import { openPools } from './pools.ts'
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
  /** The most connections at once, at least 4; 10 unless told otherwise. */
  readonly connections?: number
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  readonly metrics?: Pick<Metrics, 'written' | 'writeFailed'>
}

/** All that is kept of runs. */
export interface Store {
  readonly prisma: PrismaClient
  /** The same on connections of its own, and not for long, for what reads much. */
  readonly heavy: PrismaClient
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

/** Opens the store; connects on first use. */
export function createStore(options: StoreOptions): Store {
  const pools = openPools({ url: options.url, size: options.connections ?? 10, log: options.log })
  const { prisma } = pools.work
  const { bound = 200_000, log, metrics } = options
  const recorder = createRecorder({
    prisma: pools.recording.prisma,
    serverId: options.server.id,
    bound,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  return {
    prisma,
    heavy: pools.heavy.prisma,
    runs: createRunStore(prisma, options.server.id),
    servers: createServerRegistry(pools.living.prisma, options.server),
    history: createHistory(prisma, recorder),
    recorder,
    ping: () => pingPool(pools.living.pool, PING_MS),
    pool: () => pools.use(),
    async dispose() {
      await recorder.dispose()
      await pools.dispose()
    },
  }
}
