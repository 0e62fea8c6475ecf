import { PothosValidationError } from '@pothos/core'
import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { StoreUnavailableError } from '../../schema/errors.ts'
import { shortened } from '../../schema/text.ts'
import { isOutage, isOverdue, isQueueTimeout } from '../store/outage.ts'

/** The innermost error: what was thrown before GraphQL put places around it. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originalOf(error.originalError) : error
}

/** Gives a library's error about what was asked (a page, a cursor, a variable) the code that it does not bring itself. */
function withCode(error: GraphQLError, original: GraphQLError): GraphQLError {
  if (error.extensions['code'] !== undefined) return error
  const fromPaging = original instanceof PothosValidationError
  // Without a path it is about the whole operation, e.g. a variable that is not of its type.
  if (!fromPaging && error.path !== undefined) return error
  const code = fromPaging && /cursor/i.test(original.message) ? 'BAD_CURSOR' : 'BAD_USER_INPUT'
  // In place: another error than the one it was given is one that Yoga logs as a fault of ours.
  error.extensions['code'] = code
  return error
}

/** Cuts a message that may repeat what was sent; in place, as above. */
function shorten(error: unknown): void {
  if (error instanceof GraphQLError) error.message = shortened(error.message)
}

/** What is said of a failure that is not the client's: the code, and a sentence. */
interface Told {
  readonly code: 'STORE_UNAVAILABLE' | 'SERVER_BUSY' | 'TIMED_OUT' | 'INTERNAL_SERVER_ERROR'
  readonly message: string
}

/** @param storeIsThere whether the database answers others, so that who waits in vain waits for others like it. */
function tell(original: unknown, storeIsThere: boolean): Told {
  if (isOverdue(original)) {
    const message = 'This takes the database too long. Ask for less at once, e.g. for a shorter time or fewer runs.'
    return { code: 'TIMED_OUT', message }
  }
  if (isQueueTimeout(original) && storeIsThere) {
    const message = 'Too much is asked of the database at once, and this found no turn. Try again in a moment.'
    return { code: 'SERVER_BUSY', message }
  }
  if (isOutage(original)) {
    const message =
      'The database cannot be reached right now. What runs goes on, and its events wait; try again in a moment.'
    return { code: 'STORE_UNAVAILABLE', message }
  }
  return { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on the server; its log says what.' }
}

/**
 * Lets through what is meant for the client, i.e. errors that were made as GraphQL errors; logs anything else whole and
 * puts a general message in its place.
 */
export function createMask(logger: Logger, storeIsThere: () => boolean): (error: unknown) => GraphQLError {
  return (error) => {
    const original = originalOf(error)
    if (original instanceof StoreUnavailableError) logger.warn({ err: original.cause }, original.message)
    if (original instanceof GraphQLError) {
      shorten(error)
      return withCode(error as GraphQLError, original)
    }
    const place = error instanceof GraphQLError ? { path: error.path?.join('.') } : {}
    const { code, message } = tell(original, storeIsThere())
    if (code === 'INTERNAL_SERVER_ERROR') logger.error({ err: original, ...place }, 'A GraphQL operation failed')
    else logger.warn({ err: original, code, ...place }, 'A GraphQL operation found no database')
    const { nodes, path } = error instanceof GraphQLError ? error : {}
    return new GraphQLError(message, {
      ...(nodes === undefined ? {} : { nodes }),
      ...(path === undefined ? {} : { path }),
      extensions: { code },
    })
  }
}

/** Keeps what libraries say of a document from repeating it: they quote what they do not understand, whole. */
export const shortMessages: Plugin = {
  onParse:
    () =>
    ({ result }) =>
      shorten(result),
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result as readonly unknown[]) shorten(error)
    },
}
