import { DockerError } from '../launcher/docker/daemon.ts'
import { EngineEndedError } from '../launcher/port.ts'
import { NotKeptError } from '../store/outage.ts'

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
  return error.constructor === Error && !FOREIGN.some((name) => name in error) ? error.message : null
}

/** In place of what only the log can say. */
export const SEE_LOG =
  'The server met an unexpected error with this simulation, which its log shows whole. Start it again; where that ' +
  'happens again, the log is what a report of it needs.'
