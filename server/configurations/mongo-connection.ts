import type { Collection, Db, MongoClient, MongoClientOptions } from 'mongodb'
import { StoreUnavailableError } from '../../schema/errors.ts'
import {
  HEADS,
  PLANS,
  VERSIONS,
  type CollectionPlan,
  type HeadDocument,
  type VersionDocument,
} from './mongo-documents.ts'

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
const AUTHENTICATION_FAILED = 18
const UNAUTHORIZED = 13
/** Shutting down, stepping down, not (yet) the one that takes writes. */
const AWAY_CODES = [91, 11_600, 11_602, 189, 10_107, 13_435, 13_436]

/** Not with the server: 20 MB and a fifth of a second, for those alone who have a MongoDB. */
const loadDriver = () => import('mongodb')
type Driver = Awaited<ReturnType<typeof loadDriver>>

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

/** Whether an error is the server's own, with one of the codes. */
function hasCode(error: unknown, codes: readonly number[]): boolean {
  return (
    error instanceof Error && error.name.startsWith('Mongo') && 'code' in error && codes.includes(Number(error.code))
  )
}

/** Whether it refuses who we say we are: nothing that passes by itself. */
export function isRefusal(error: unknown): boolean {
  return hasCode(error, [AUTHENTICATION_FAILED])
}

/** Whether somebody else has inserted a document of this id. */
export function isDuplicate(error: unknown): boolean {
  return hasCode(error, [11_000])
}

/** Why it cannot be used, and what to do, for a person. */
interface Trouble {
  readonly reason: string
  readonly advice: string
}

/** Null where an error does not say that MongoDB cannot be used. */
function troubleOf(driver: Driver, error: unknown): Trouble | null {
  if (isRefusal(error)) {
    const advice = 'Look at MONGODB_URL, or at MONGODB_USER and MONGODB_PASSWORD.'
    return { reason: 'it refuses the user name or the password', advice }
  }
  if (hasCode(error, [UNAUTHORIZED]))
    return { reason: 'it does not let this user read and write', advice: 'Give the user the role readWrite there.' }
  if (!(error instanceof Error) || !isAway(driver, unwrapped(driver, error))) return null
  return { reason: error.message, advice: 'Simulations need none and go on; try again in a moment.' }
}

/** What a write of many failed with: the driver wraps whatever it is, a lost connection too, as if the server had said it. */
function unwrapped(driver: Driver, error: Error): Error {
  const wrapped: unknown = error instanceof driver.MongoBulkWriteError ? error.errorResponse : null
  return wrapped instanceof Error ? wrapped : error
}

function isAway(driver: Driver, error: Error): boolean {
  if (error instanceof driver.MongoServerSelectionError || error instanceof driver.MongoNetworkError) return true
  // The pool is full, or it or the topology was closed: driver errors whose classes are not exported.
  if (error instanceof driver.MongoDriverError) return /Timeout|Closed|NotConnected/.test(error.name)
  return hasCode(error, AWAY_CODES)
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

/** Opens nothing yet: it connects on first use. @throws Error, for a person, where the address cannot be used. */
export async function connectMongo({
  url,
  log,
}: {
  readonly url: string
  readonly log: Log
}): Promise<MongoConnection> {
  const driver = await loadDriver()
  const client = createClient(driver, url)
  const named = /^[^/]+\/\/[^/]+\/([^?]+)/.test(url)
  const db = client.db(named ? client.options.dbName : DEFAULT_DATABASE)
  const place = client.options.srvHost ?? client.options.hosts.map(String).join(', ')
  const collections: Collections = { heads: db.collection(HEADS), versions: db.collection(VERSIONS) }
  let ready: Promise<void> | null = null
  let away = false
  let told = false

  const arrangeAll = async (): Promise<void> => {
    const found = await Promise.all(PLANS.map((plan) => arrange(db, plan)))
    if (told || found.every(({ checked }) => checked)) return
    told = true
    log('info', `The MongoDB at ${place} does not check documents itself; what is read from it is checked here.`)
  }
  const reaching = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      // Not left to the first command: where that fails to connect, the driver takes its client for closed from then on.
      await client.connect()
      const value = await work()
      if (away) log('info', `MongoDB at ${place} answers again.`)
      away = false
      return value
    } catch (error) {
      const trouble = troubleOf(driver, error)
      if (trouble === null) throw error
      const { reason, advice } = trouble
      // It may be another, or an empty one, that answers next.
      ready = null
      const message = `Configurations cannot be reached: MongoDB at ${place} cannot be used (${reason}). ${advice}`
      if (!away) log('warn', message)
      away = true
      throw new StoreUnavailableError(message, error)
    }
  }
  const prepare = (): Promise<void> => {
    ready ??= arrangeAll().catch((error: unknown) => {
      ready = null
      throw error
    })
    return ready
  }

  return {
    open: () => reaching(prepare),
    use: (work) =>
      reaching(async () => {
        await prepare()
        return work(collections)
      }),
    ping: () =>
      reaching(async () => {
        const start = performance.now()
        await db.command({ ping: 1 })
        return performance.now() - start
      }),
    dispose: () => client.close(),
  }
}
