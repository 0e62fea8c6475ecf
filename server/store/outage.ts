import { Prisma } from '../../prisma/generated/client.ts'

/** Prisma's codes for "there is no database", "it does not answer", "it hung up". */
const AWAY_CODES = ['P1001', 'P1002', 'P1008', 'P1017']
/** The same in the words of the driver, below Prisma. */
const AWAY_KINDS = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']
/**
 * 57P01 to 57P03: it is stopping, was stopped, or is only starting. 53300: it takes no more connections. 25P03: it has given up
 * a transaction in which this server fell silent.
 */
const AWAY_STATES = /^(57P0[123]|53300|25P03)$/
const AWAY_WORDS =
  /Connection terminated|ECONN(REFUSED|RESET)|EPIPE|E(HOST|NET)UNREACH|ETIMEDOUT|timeout exceeded when trying to connect|Query read timeout|not queryable/
/** How it sounds when there was no connection to send a query on. */
const UNSENT_WORDS = /ECONNREFUSED|timeout exceeded when trying to connect|due to connection timeout|not queryable/

interface Cause {
  readonly kind?: unknown
  readonly originalCode?: unknown
}

interface Described {
  readonly code?: unknown
  readonly cause?: Cause
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: Cause } }
}

/** What the driver said, whether Prisma put its own error around it or not. */
function causeOf(error: Error): { readonly kind: string; readonly state: string } {
  const { meta, cause } = error as Described
  const { kind, originalCode } = meta?.driverAdapterError?.cause ?? cause ?? {}
  return { kind: String(kind ?? ''), state: String(originalCode ?? '') }
}

/** Whether an error says that the database cannot be reached, rather than that something is wrong with the query. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as Described
  if (typeof code === 'string' && AWAY_CODES.includes(code)) return true
  const { kind, state } = causeOf(error)
  return AWAY_KINDS.includes(kind) || AWAY_STATES.test(state) || AWAY_WORDS.test(error.message)
}

/** Whether a query waited in vain for those before it to give a connection back: these may be many, or the database hangs. */
export function isQueueTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.includes('timeout exceeded when trying to connect')
}

/** Whether the database gave a statement up that took longer than it may. */
export function isOverdue(error: unknown): boolean {
  return error instanceof Error && causeOf(error).state === '57014'
}

/** Whether an outage hit before the query was sent, so that even a write may be tried again. */
export function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { kind, state } = causeOf(error)
  if (kind === 'DatabaseNotReachable' || kind === 'TooManyConnections' || state === '57P03') return true
  return UNSENT_WORDS.test(error.message)
}

/** Whether an outage left it open whether a write was done. (One that was never sent is retried below Prisma.) */
export function mayHaveBeenDone(error: unknown): boolean {
  return isOutage(error) && !wasNeverSent(error)
}

/** Whether an error is a database's, or of the library that speaks to it: its words are not for the users of the server. */
export function isStoreError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // The driver's errors bear the database's severity, the adapter's its name, and Prisma's theirs.
  return 'severity' in error || error.name === 'DriverAdapterError' || error.name.startsWith('PrismaClient')
}

/**
 * Whether what is written is itself at fault (SQLSTATE classes 22 and 23, or a value that cannot be expressed), so that
 * trying again cannot help. Anything else may pass: whoever must not lose what it writes tries again.
 */
export function isBadData(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return true
  if (error instanceof Prisma.PrismaClientValidationError) return true
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  return /^2[23]/.test(causeOf(error).state)
}

/** What the database's own words (SQLSTATE) mean for whoever runs it. */
const MEANINGS: readonly (readonly [state: RegExp, means: string])[] = [
  [/^53100$/, 'its disk is full: make room there'],
  [/^53200$/, 'it has no memory left: give it more'],
  [/^53/, 'it has reached one of its limits: look at its log'],
  [/^25006$/, 'it is read-only: name the server that takes writes, or see why it does not'],
  [/^42501$/, 'its user may not write there: grant it the rights on the tables'],
  [/^(42P01|42703|3F000)$/, 'a table or a column is missing: it is not the database that this server had migrated'],
  [/^(55P03|57014|40P01)$/, 'something holds a lock for too long: see pg_stat_activity'],
  [/^(58|XX|F0)/, 'it has a fault of its own: look at its log'],
]

/**
 * Why something was not written, for a person: what is the matter, and what can be done. Never the database's or a
 * library's own text, which is for the log.
 */
export function describeStoreFault(error: unknown): string {
  if (isOutage(error)) return 'the database cannot be reached'
  if (isBadData(error)) return 'they hold a value that cannot be kept, which the log of this server shows'
  const { state } = error instanceof Error ? causeOf(error) : { state: '' }
  const means = MEANINGS.find(([pattern]) => pattern.test(state))?.[1] ?? 'its answer is in the log of this server'
  return `the database does not take them: ${means}`
}

/** Events that cannot be kept. The message is for a person; what the database said is the cause. */
export class NotKeptError extends Error {
  override readonly name = 'NotKeptError'

  constructor(cause: Error) {
    super(describeStoreFault(cause), { cause })
  }
}
