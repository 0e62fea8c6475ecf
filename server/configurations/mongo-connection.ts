import type { Collection, Db, MongoClient, MongoClientOptions } from 'mongodb'
import { within } from '../../engines/edge/within.ts'
import { StoreUnavailableError } from '../../schema/errors.ts'
import {
  HEADS,
  PLANS,
  VERSIONS,
  type CollectionPlan,
  type HeadDocument,
  type VersionDocument,
} from './mongo-documents.ts'
import { hasCode, loadDriver, SilenceError, troubleOf, type Driver } from './mongo-trouble.ts'

/** The database where the address names none. */
const DEFAULT_DATABASE = 'aw_trade'

/** Bounds of everything that could wait or grow. The address may set others. */
const OPTIONS = {
  appName: 'aw-trade',
  maxPoolSize: 10,
  maxConnecting: 2,
  waitQueueTimeoutMS: 3_000,
  serverSelectionTimeoutMS: 2_500,
  connectTimeoutMS: 2_500,
  // The longest that is done here, an import, takes tenths of a second.
  socketTimeoutMS: 4_000,
  heartbeatFrequencyMS: 5_000,
  w: 'majority',
  retryReads: true,
} as const satisfies MongoClientOptions

/** NamespaceExists: another server was quicker, or it is not the first start. */
const EXISTS = 48
/** CommandNotFound, CommandNotSupported, NotImplemented, InvalidOptions: it speaks the protocol, but not this part. */
const NOT_OFFERED = [59, 115, 238, 72]

type Log = (level: 'info' | 'warn' | 'error', message: string) => void

export interface Collections {
  readonly heads: Collection<HeadDocument>
  readonly versions: Collection<VersionDocument>
}

/** A MongoDB, which may be away. Collections and indexes are made when it is there. */
export interface MongoConnection {
  /** Resolves once it is set up. @throws StoreUnavailableError. */
  open(): Promise<void>
  /** Does something with the collections. @throws StoreUnavailableError where it cannot be reached. */
  use<Value>(work: (collections: Collections) => Promise<Value>): Promise<Value>
  /** Milliseconds of a round trip. @throws StoreUnavailableError. */
  ping(): Promise<number>
  dispose(): Promise<void>
}

/** @throws Error, for a person, where the address cannot be used; it never repeats the password. */
function createClient(driver: Driver, url: string): MongoClient {
  const given = new URLSearchParams(url.split('?')[1] ?? '')
  const names = new Set([...given.keys()].map((name) => name.toLowerCase()))
  const options = Object.fromEntries(Object.entries(OPTIONS).filter(([name]) => !names.has(name.toLowerCase())))
  try {
    return new driver.MongoClient(url, options)
  } catch (error) {
    // The parser of addresses has error classes of its own.
    if (!(error instanceof Error)) throw error
    const hint = 'Characters such as @ : / % in a password are written as %40 %3A %2F %25.'
    throw new Error(`MONGODB_URL cannot be used: ${error.message}. ${hint}`, { cause: error })
  }
}

/** Makes a collection with its validator and indexes, or brings them up to date. Any number of servers may do so at once. */
async function arrange(db: Db, plan: CollectionPlan): Promise<{ readonly checked: boolean }> {
  const rules = { validator: { $jsonSchema: plan.schema }, validationLevel: 'strict', validationAction: 'error' }
  const make = async (options: object): Promise<'made' | 'there'> => {
    try {
      await db.createCollection(plan.name, options)
      return 'made'
    } catch (error) {
      if (hasCode(error, [EXISTS])) return 'there'
      throw error
    }
  }
  let checked = true
  try {
    if ((await make(rules)) === 'there') await db.command({ collMod: plan.name, ...rules })
  } catch (error) {
    if (!hasCode(error, NOT_OFFERED)) throw error
    checked = false
    await make({})
  }
  // One a command: FerretDB 1.24 breaks the connection where a command names two that are there already.
  for (const index of plan.indexes) await db.collection(plan.name).createIndexes([index])
  return { checked }
}

/** A client, and what is used of it. */
interface Reached extends Collections {
  readonly client: MongoClient
  readonly db: Db
}

function reach(driver: Driver, url: string): Reached {
  const client = createClient(driver, url)
  const named = /^[^/]+\/\/[^/]+\/([^?]+)/.test(url)
  const db = client.db(named ? client.options.dbName : DEFAULT_DATABASE)
  return { client, db, heads: db.collection(HEADS), versions: db.collection(VERSIONS) }
}

/**
 * Milliseconds after which a piece of work, which is a few commands, is given up: what a command that hangs and its repetition
 * may take by the driver's own bounds. They do not hold for one that is larger than what a connection takes at once.
 */
function patienceOf({ options }: MongoClient): number {
  const bounds = ['serverSelectionTimeoutMS', 'waitQueueTimeoutMS', 'socketTimeoutMS'] as const
  // Zero is without a bound.
  return 2 * bounds.reduce((sum, bound) => sum + (options[bound] || OPTIONS[bound]), 0)
}

export interface MongoConnectionOptions {
  readonly url: string
  readonly log: Log
}

/** Opens nothing yet: it connects on first use. @throws Error, for a person, where the address cannot be used. */
export async function connectMongo({ url, log }: MongoConnectionOptions): Promise<MongoConnection> {
  const driver = await loadDriver()
  let reached = reach(driver, url)
  const { srvHost, hosts } = reached.client.options
  const place = srvHost ?? hosts.map(String).join(', ')
  const patienceMs = patienceOf(reached.client)
  const closing = new Set<Promise<void>>()
  let ready: Promise<void> | null = null
  let away = false
  let told = false

  const arrangeAll = async (db: Db): Promise<void> => {
    const found = await Promise.all(PLANS.map((plan) => arrange(db, plan)))
    if (told || found.every(({ checked }) => checked)) return
    told = true
    log('info', `The MongoDB at ${place} does not check documents itself; what is read from it is checked here.`)
  }
  /** Gives a client up with all that waits in it, which ends with an error then, and takes a new one. */
  const renew = (silent: Reached): void => {
    if (silent !== reached) return
    reached = reach(driver, url)
    const closed = silent.client.close().catch((error: unknown) => {
      log('warn', `A connection to MongoDB at ${place} that had hung could not be closed: ${String(error)}`)
    })
    closing.add(closed)
    void closed.then(() => closing.delete(closed))
  }
  const reaching = async <Value>(work: (used: Reached) => Promise<Value>): Promise<Value> => {
    const used = reached
    const all = async (): Promise<Value> => {
      // Not left to the first command: where that fails to connect, the driver takes its client for closed from then on.
      await used.client.connect()
      return work(used)
    }
    try {
      const value = await within(all(), patienceMs, () => new SilenceError(`no answer within ${patienceMs / 1_000} s`))
      if (away) log('info', `MongoDB at ${place} answers again.`)
      away = false
      return value
    } catch (error) {
      const trouble = troubleOf(driver, error)
      if (trouble === null) throw error
      const { reason, advice } = trouble
      // It may be another, or an empty one, that answers next.
      ready = null
      if (error instanceof SilenceError) renew(used)
      const message = `Configurations cannot be reached: MongoDB at ${place} cannot be used (${reason}). ${advice}`
      if (!away) log('warn', message)
      away = true
      throw new StoreUnavailableError(message, error)
    }
  }
  const prepare = ({ db }: Reached): Promise<void> => {
    ready ??= arrangeAll(db).catch((error: unknown) => {
      ready = null
      throw error
    })
    return ready
  }

  return {
    open: () => reaching(prepare),
    use: (work) =>
      reaching(async (used) => {
        await prepare(used)
        return work(used)
      }),
    ping: () =>
      reaching(async ({ db }) => {
        const start = performance.now()
        await db.command({ ping: 1 })
        return performance.now() - start
      }),
    dispose: async () => {
      await Promise.all([reached.client.close(), ...closing])
    },
  }
}
