import { Prisma } from '../../prisma/generated/client.ts'

/** Prisma's codes for "there is no database", "it does not answer", "it hung up". */
const AWAY_CODES = ['P1001', 'P1002', 'P1008', 'P1017']
/** The same in the words of the driver adapter: a raw query's error has no code that says it. */
const AWAY_KINDS = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']

interface Described {
  readonly code?: unknown
  readonly meta?: {
    readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown; readonly kind?: unknown } }
  }
}

/** Whether an error says that the database cannot be reached, rather than that something is wrong with the query. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, meta } = error as Described
  if (typeof code === 'string' && AWAY_CODES.includes(code)) return true
  if (AWAY_KINDS.includes(String(meta?.driverAdapterError?.cause?.kind))) return true
  // 57P01 to 57P03: it is stopping, was stopped, or is only starting.
  if (/^57P0[123]$/.test(String(meta?.driverAdapterError?.cause?.originalCode ?? ''))) return true
  return /Connection terminated|ECONNREFUSED|timeout exceeded when trying to connect/.test(error.message)
}

/**
 * Whether what is written is itself at fault (SQLSTATE classes 22 and 23, or a value that cannot be expressed), so that
 * trying again cannot help. Anything else may pass: whoever must not lose what it writes tries again.
 */
export function isBadData(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return true
  if (error instanceof Prisma.PrismaClientValidationError) return true
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  const { meta } = error as Described
  return /^2[23]/.test(String(meta?.driverAdapterError?.cause?.originalCode ?? ''))
}
