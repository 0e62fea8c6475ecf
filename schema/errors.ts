import { GraphQLError } from 'graphql'
import type { UserFault } from './context.ts'

/** A top-level error about what was asked; unlike a bug's, its message reaches the client. */
export function badInput(message: string, code = 'BAD_USER_INPUT'): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** Faults of something that has no `userErrors`, e.g. a subscription. The first one gives the code. */
export function faultError(faults: readonly UserFault[]): GraphQLError {
  const message = faults.map((fault) => fault.message).join(' ')
  const extensions = { code: faults[0]?.code ?? 'BAD_USER_INPUT', faults: faults.map((fault) => ({ ...fault })) }
  return new GraphQLError(message, { extensions })
}

/** What keeps something cannot be reached now; the message is for a person. */
export class StoreUnavailableError extends GraphQLError {
  constructor(message: string, cause: unknown) {
    super(message, { extensions: { code: 'STORE_UNAVAILABLE' } })
    // Not as its `originalError`: that would be what the client's answer is made of.
    this.cause = cause
  }
}

/** What was asked for is done, but the run cannot be read for the answer: says which it is. */
export function doneUnread(simulationId: string, cause: unknown): StoreUnavailableError {
  const message = `This was done, but the simulation cannot be read for the answer right now. Ask for it by its id, ${simulationId}.`
  return new StoreUnavailableError(message, cause)
}

/** Tells a {@link StoreUnavailableError} as a fault of `path`, for what has `userErrors`; throws any other error on. */
export function unavailableFault(error: unknown, path: readonly string[]): UserFault {
  if (!(error instanceof StoreUnavailableError)) throw error
  return { message: error.message, path, code: 'STORE_UNAVAILABLE' }
}
