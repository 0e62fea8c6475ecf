import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { DataDir } from './data-dir.ts'
import { migrate } from './migrate.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { DEAD_AFTER_SECONDS } from './store/servers.ts'
import { createStore, type Store } from './store/store.ts'

/** How often it is looked whether another server is still there. */
const LOOK_MS = 500

/** Opens the database, embedded or another, and enters this server in it. Whoever calls closes what `add` is given. */
export async function openStore(
  config: Config,
  dataDir: DataDir,
  log: Logger,
  add: (close: () => Promise<unknown>) => void,
): Promise<Store> {
  let url = config.databaseUrl
  if (url === null) {
    const postgres = await startEmbeddedPostgres({
      dataDir: dataDir.path,
      log: (level, message) => log[level](message),
    })
    add(() => postgres.dispose())
    url = postgres.url
  }
  const applied = await migrate(url)
  if (applied.length > 0) log.info({ applied }, 'migrated the database')
  const server = { id: randomUUID(), installation: dataDir.installation, host: hostname(), pid: process.pid }
  const store = createStore({
    url,
    server,
    bound: config.storeQueueEvents,
    log: (level, message) => log[level](message),
  })
  add(() => store.dispose())
  await store.servers.join()
  add(() => store.servers.leave().catch((error: unknown) => log.warn({ err: error }, 'left without saying so')))
  await store.servers.succeed()
  if (config.redisUrl === null) await refuseCompany(store)
  return store
}

/**
 * Without Redis a server knows nothing of what happens at others.
 * @throws Error, for a person, where another server uses the same database.
 */
async function refuseCompany(store: Store): Promise<void> {
  // One that has crashed a moment ago still looks alive.
  for (let waited = 0; ; waited += LOOK_MS) {
    const [other] = await store.servers.others()
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
