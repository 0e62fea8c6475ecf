/** Not with the server: 20 MB and a fifth of a second, for those alone who have a MongoDB. */
export const loadDriver = () => import('mongodb')
export type Driver = Awaited<ReturnType<typeof loadDriver>>

const AUTHENTICATION_FAILED = 18
const UNAUTHORIZED = 13
const DUPLICATE_KEY = 11_000
/**
 * What a MongoDB says itself that cannot answer now: it shuts down (91, 11600), steps down or is not (yet) the one that
 * takes writes (189, 10058, 10107, 11602, 13435, 13436), is a router that does not reach what is behind it (6, 7, 89, 9001),
 * or has not done it in time (50, 64, 134, 262).
 */
const AWAY_CODES = [6, 7, 50, 64, 89, 91, 134, 189, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436]
/** What Node says of a socket or of a name where the driver hands it on as it is. */
const NETWORK_CODES = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'ETIMEDOUT'],
  ...['EAI_AGAIN', 'ENODATA', 'ENOTFOUND', 'ESERVFAIL', 'ETIMEOUT'],
]
/**
 * The pool is full, it or the topology or the client was closed, or something was not there in time: errors of the driver
 * whose classes are not all exported. There are no sessions here but the driver's own, which end with the client alone.
 */
const AWAY_NAMES = /Timeout|Closed|NotConnected|ExpiredSession/

/** Nothing was heard for longer than the driver's own bounds, which do not hold everywhere. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError'
}

/** Why a MongoDB cannot be used, and what to do, for a person. */
export interface Trouble {
  readonly reason: string
  readonly advice: string
}

/** Whether an error is the server's own, with one of the codes. */
export function hasCode(error: unknown, codes: readonly number[]): boolean {
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
  return hasCode(error, [DUPLICATE_KEY])
}

/** Null where an error does not say that MongoDB cannot be used. */
export function troubleOf(driver: Driver, error: unknown): Trouble | null {
  if (isRefusal(error)) {
    const advice = 'Look at MONGODB_URL, or at MONGODB_USER and MONGODB_PASSWORD.'
    return { reason: 'it refuses the user name or the password', advice }
  }
  if (hasCode(error, [UNAUTHORIZED]))
    return { reason: 'it does not let this user read and write', advice: 'Give the user the role readWrite there.' }
  if (!(error instanceof Error) || !isAway(driver, unwrapped(driver, error))) return null
  return { reason: error.message, advice: 'Simulations need none and go on; try again in a moment.' }
}

/** What a write of many failed with: the driver wraps it, a lost connection too, as if the server had said it. */
function unwrapped(driver: Driver, error: Error): Error {
  const wrapped: unknown = error instanceof driver.MongoBulkWriteError ? error.errorResponse : null
  return wrapped instanceof Error ? wrapped : error
}

function isAway(driver: Driver, error: Error): boolean {
  if (error instanceof SilenceError) return true
  if (error instanceof driver.MongoServerSelectionError || error instanceof driver.MongoNetworkError) return true
  if (error instanceof driver.MongoDriverError) return AWAY_NAMES.test(error.name)
  return hasCode(error, AWAY_CODES) || ('code' in error && NETWORK_CODES.includes(String(error.code)))
}
