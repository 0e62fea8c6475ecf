import { GraphQLError } from 'graphql'
import type { UserFault } from './context.ts'

/** A top-level error about what was asked; unlike a bug's, its message reaches the client. */
export function badInput(message: string, code = 'BAD_USER_INPUT'): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** The most faults that are told one by one. */
const MAX_FAULTS = 100

/** At most a hundred faults, with how many more there are. */
export function boundedFaults(faults: readonly UserFault[]): UserFault[] {
  const more = faults.length - MAX_FAULTS
  const [first] = faults
  if (more <= 0 || first === undefined) return [...faults]
  return [...faults.slice(0, MAX_FAULTS), { ...first, path: [], message: `There are ${more} more faults.` }]
}

/** Faults of something that has no `userErrors`, e.g. a subscription. The first one gives the code. */
export function faultError(faults: readonly UserFault[]): GraphQLError {
  const told = boundedFaults(faults)
  const message = told.map((fault) => fault.message).join(' ')
  const extensions = { code: faults[0]?.code ?? 'BAD_USER_INPUT', faults: told.map((fault) => ({ ...fault })) }
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
