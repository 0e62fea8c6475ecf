import { causeOf, isBadData, isOutage } from './outage.ts'

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
