/** The most that GraphQL's `Int` holds. */
const MAX_INT = 2 ** 31 - 1

/** A count as GraphQL's `Int`: one that it cannot hold is told as the most that it can, rather than fail the question. */
export function asInt(count: number | bigint): number {
  return Number(count) > MAX_INT ? MAX_INT : Number(count)
}
