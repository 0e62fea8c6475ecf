import { badInput } from './errors.ts'

/** Reads the sequence a lossless feed goes on after; null: from the first event on. @throws GraphQLError. */
export function readAfter(after: bigint | null | undefined): number | null {
  if (after === null || after === undefined) return null
  if (after < 0n) throw badInput(`"after" is ${after}, and sequences begin with 1; 0 means from the first event on.`)
  if (after > BigInt(Number.MAX_SAFE_INTEGER)) throw badInput(`"after" is ${after}, and no run has so many events.`)
  return Number(after)
}
