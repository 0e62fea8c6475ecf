import { GraphQLError } from 'graphql'
import { MAX_OPERATIONS, MAX_RUNNING_LENGTH } from './limits.ts'

/** What runs on one socket: how many operations, and how much they hold. */
export class Running {
  /** Characters of each operation's message, by its id. */
  readonly #lengths = new Map<string, number>()
  #arriving = 0

  /** Notes the length of a message, before it is heard. */
  arrive(length: number): void {
    this.#arriving = length
  }

  /**
   * Takes an operation up, in the turn in which its message is heard.
   * @param ids of all that run, this one among them.
   * @returns why it is not to run, for a person; null: it is.
   */
  begin(id: string, ids: readonly string[]): GraphQLError | null {
    const present = new Set(ids)
    for (const known of this.#lengths.keys()) if (!present.has(known)) this.#lengths.delete(known)
    const all = [...this.#lengths.values()].reduce((sum, length) => sum + length, this.#arriving)
    if (ids.length > MAX_OPERATIONS) return tooMany(`At most ${MAX_OPERATIONS} operations may run on one connection.`)
    if (all > MAX_RUNNING_LENGTH)
      return tooMany(`The operations that run on one connection may have ${MAX_RUNNING_LENGTH} characters together.`)
    this.#lengths.set(id, this.#arriving)
    return null
  }
}

function tooMany(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'TOO_MANY_OPERATIONS' } })
}
