import { DockerError } from '../launcher/docker/daemon.ts'
import { EngineEndedError } from '../launcher/port.ts'
import { isOutage, isStoreError, NotKeptError } from '../store/outage.ts'

/** Errors whose message was written for a person. */
const SPOKEN = [NotKeptError, EngineEndedError, DockerError]
/** What a library adds to an error of its own, and this project to none. */
const FOREIGN = ['code', 'errno', 'statusCode', 'command']

/**
 * Why something failed, for the person whose run it is. What a library says, or a bug, is for whoever reads the server's log, where
 * it stands whole: a run's reason says what that means.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (SPOKEN.some((kind) => error instanceof kind)) return error.message
  if (isOutage(error)) return 'the database could not be reached'
  if (isStoreError(error)) return "the database did not take what was to be written; the server's log says why"
  // A plain error with nothing but a sentence is how this project refuses something.
  const plain = error.constructor === Error && !FOREIGN.some((name) => name in error)
  return plain ? error.message : 'an unexpected error, which the log of this server shows whole'
}

/** In place of what only the log can say. */
export const SEE_LOG =
  'The server met an unexpected error with this simulation, which its log shows whole. Start it again; where that ' +
  'happens again, the log is what a report of it needs.'
