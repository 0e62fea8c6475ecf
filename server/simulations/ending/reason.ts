import { DockerError } from '../../launcher/docker/daemon.ts'
import { EngineEndedError } from '../../launcher/port.ts'
import { isOutage, isStoreError, NotKeptError } from '../../store/outage.ts'

/** Errors whose message was written for a person. */
const SPOKEN = [NotKeptError, EngineEndedError, DockerError]

/** What a library adds to an error of its own, and this project to none. */
const FOREIGN = ['code', 'errno', 'statusCode', 'meta', 'clientVersion', 'command']

/**
 * What an error says to the person who reads a run's reason; null where it is a bug, or a library's, whose words are for
 * the log.
 */
export function saidToPerson(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (SPOKEN.some((kind) => error instanceof kind)) return error.message
  // A plain error with nothing but a sentence is how this project refuses something.
  const isPlain = error.constructor === Error && !FOREIGN.some((name) => name in error) && !isStoreError(error)
  return isPlain ? error.message : null
}

/** In place of what only the log can say. */
export const SEE_LOG =
  'The server met an unexpected error with this simulation, which its log shows whole. Start it again; where that ' +
  'happens again, the log is what a report of it needs.'

/** Why something failed, for the person whose run it is. */
export function reasonOf(error: unknown): string {
  const said = saidToPerson(error)
  if (said !== null) return said
  if (isOutage(error)) return 'The database could not be reached.'
  return isStoreError(error) ? "The database did not take what was to be written; the server's log says why." : SEE_LOG
}
