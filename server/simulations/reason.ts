import { isOutage, isStoreError } from '../store/outage.ts'

/**
 * Why something failed, for the person whose run it is. What a database's library says is for whoever reads the server's log, where
 * it stands whole: a run's reason says what that means.
 */
export function reasonOf(error: unknown): string {
  if (isOutage(error)) return 'the database could not be reached'
  if (isStoreError(error)) return "the database did not take what was to be written; the server's log says why"
  return error instanceof Error ? error.message : String(error)
}

/** The same work, failing with {@link reasonOf}: also whoever carries it on tells why, and in these words. */
export async function inPlainWords(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error })
  }
}
