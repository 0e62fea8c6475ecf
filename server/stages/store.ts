import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { DataDir } from '../boot/data-dir.ts'
import type { Metrics } from '../metrics/port.ts'
import { migrate } from '../boot/migrate.ts'
import { startEmbeddedPostgres } from '../boot/postgres.ts'
import { createMembership, type Membership } from '../simulations/membership.ts'
import { DEAD_AFTER_SECONDS } from '../store/servers.ts'
import { createStore, type Store } from '../store/store.ts'

/** How often it is looked whether another server is still there. */
const LOOK_MS = 500

export interface OpenStoreOptions {
  readonly config: Config
  readonly dataDir: DataDir
  /** Folder of the database's migrations. */
  readonly migrations: string
  readonly metrics: Pick<Metrics, 'written' | 'writeFailed'>
  readonly log: Logger
  /** Others took this server for dead and have its runs. */
  readonly onBuried: () => void
  /** Takes what is to be closed, the last one first. */
  readonly add: (close: () => Promise<unknown>) => void
}

/** Opens the database, embedded or another, and enters this server in it. */
export async function openStore(options: OpenStoreOptions): Promise<{ store: Store; membership: Membership }> {
  const { config, dataDir, metrics, log, add } = options
  let url = config.databaseUrl
  if (url === null) {
    const postgres = await startEmbeddedPostgres({
      dataDir: dataDir.path,
      log: (level, message) => log[level](message),
    })
    add(() => postgres.dispose())
    url = postgres.url
  }
  const applied = await migrate(url, options.migrations)
  if (applied.length > 0) log.info({ applied }, 'migrated the database')
  const server = { id: randomUUID(), installation: dataDir.installation, host: hostname(), pid: process.pid }
  const store = createStore({
    url,
    server,
    bound: config.storeQueueEvents,
    connections: config.databasePoolSize,
    metrics,
    log: (level, message) => log[level](message),
  })
  add(() => store.dispose())
  await store.servers.join()
  add(() => store.servers.leave().catch((error: unknown) => log.warn({ err: error }, 'left without saying so')))
  const membership = createMembership({
    registry: store.servers,
    onBuried: options.onBuried,
    now: () => performance.now(),
    log,
  })
  add(() => membership.dispose())
  await store.servers.succeed()
  if (config.redisUrl === null) await refuseCompany(store)
  return { store, membership }
}

/**
 * Without Redis a server knows nothing of what happens at others.
 * @throws Error, for a person, where another server uses the same database.
 */
async function refuseCompany(store: Store): Promise<void> {
  // One that has crashed a moment ago still looks alive.
  for (let waited = 0; ; waited += LOOK_MS) {
    const [other] = await store.servers.elders()
    if (other === undefined) return
    if (waited > DEAD_AFTER_SECONDS * 1_000) {
      throw new Error(
        `another server (process ${other.pid} on ${other.host}) uses this database. Several servers on one database ` +
          'need Redis between them: set REDIS_URL on each, or give this one a database of its own.',
      )
    }
    await delay(LOOK_MS)
  }
}
