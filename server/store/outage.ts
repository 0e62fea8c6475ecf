/** Prisma's codes for "there is no database", "it does not answer", "it hung up". */
const AWAY_CODES = ['P1001', 'P1002', 'P1008', 'P1017']

interface Described {
  readonly code?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown } } }
}

/** Whether an error says that the database cannot be reached, rather than that something is wrong with the query. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, meta } = error as Described
  if (typeof code === 'string' && AWAY_CODES.includes(code)) return true
  // 57P01 to 57P03: it is stopping, was stopped, or is only starting.
  if (/^57P0[123]$/.test(String(meta?.driverAdapterError?.cause?.originalCode ?? ''))) return true
  return /Connection terminated|ECONNREFUSED|timeout exceeded when trying to connect/.test(error.message)
}
