import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { migrate } from '../boot/migrate.ts'
import { startEmbeddedPostgres } from '../boot/postgres.ts'
import { unlessStopped } from '../boot/stopping.ts'
import type { Config } from '../config.ts'
import type { Metrics } from '../metrics/port.ts'
import { createMembership, type Membership } from '../simulations/membership.ts'
import { DEAD_AFTER_SECONDS } from '../store/servers.ts'
import { watchSilence } from '../store/silence.ts'
import { createStore, type Store } from '../store/store.ts'
import type { Home } from './home.ts'
import { openStage, type Opened } from './stage.ts'

/** How often it is looked whether another server is still there. */
const LOOK_MS = 500

/** The database, with this server entered in it. */
export interface StoreStage extends Omit<Store, 'dispose'> {
  readonly membership: Omit<Membership, 'dispose'>
}

export interface StoreNeeds {
  readonly config: Pick<Config, 'databaseUrl' | 'databasePoolSize' | 'redisUrl' | 'storeQueueEvents'>
  readonly home: Pick<Home, 'path' | 'installation'>
  /** Folder of the database's migrations. */
  readonly migrations: string
  readonly metrics: Pick<Metrics, 'written' | 'writeFailed'>
  readonly log: Logger
  /** Others took this server for dead and have its runs. */
  readonly onBuried: () => void
  /** Says that the server is to stop, also while this still opens: at once, and with nothing left running. */
  readonly stop: AbortSignal
}

/** Opens the database, embedded or another, and enters this server in it. */
export function openStore({
  config,
  home,
  migrations,
  metrics,
  log,
  onBuried,
  stop,
}: StoreNeeds): Promise<Opened<StoreStage>> {
  return openStage(log, async (keep) => {
    const say = (level: 'debug' | 'info' | 'warn' | 'error', message: string): void => log[level](message)
    const url = config.databaseUrl ?? keep(await startEmbeddedPostgres({ dataDir: home.path, log: say, stop })).url
    const applied = await migrate(url, migrations, { stop })
    if (applied.length > 0) log.info({ applied }, 'migrated the database')
    const server = { id: randomUUID(), installation: home.installation, host: hostname(), pid: process.pid }
    const bounds = { bound: config.storeQueueEvents, connections: config.databasePoolSize }
    const store = keep(createStore({ url, server, ...bounds, metrics, log: say }))
    await unlessStopped(stop, store.servers.join())
    keep({
      dispose: () =>
        store.servers.leave().catch((error: unknown) => log.warn({ err: error }, 'left without saying so')),
    })
    const now = (): number => performance.now()
    const membership = keep(createMembership({ registry: store.servers, onBuried, now, log }))
    await unlessStopped(stop, store.servers.succeed())
    if (config.redisUrl === null) await unlessStopped(stop, refuseCompany(store, now))
    return { ...store, membership }
  })
}

/**
 * Without Redis a server knows nothing of what happens at others.
 * @throws Error, for a person, where another server uses the same database.
 */
async function refuseCompany(store: Store, now: () => number): Promise<void> {
  const deadAfterMs = DEAD_AFTER_SECONDS * 1_000
  const silence = watchSilence(deadAfterMs, now)
  // One that has crashed stays entered until it is buried: only who says something lives.
  for (let waited = 0; waited <= deadAfterMs; waited += LOOK_MS) {
    const elders = await store.servers.elders()
    if (elders.length === 0) return
    silence.look(elders, now())
    const living = elders.find(({ id }) => silence.hasMoved(id))
    if (living !== undefined) {
      throw new Error(
        `another server (process ${living.pid} on ${living.host}) uses this database. Several servers on one database ` +
          'need Redis between them: set REDIS_URL on each, or give this one a database of its own.',
      )
    }
    await delay(LOOK_MS)
  }
}
