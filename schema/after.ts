import { badInput } from './errors.ts'

/** Reads the sequence a lossless feed goes on after; null: from the first event on. @throws GraphQLError. */
export function readAfter(after: bigint | null | undefined): number | null {
  if (after === null || after === undefined) return null
  if (after < 0n) throw badInput(`"after" is ${after}, and sequences begin with 1; 0 means from the first event on.`)
  return Number(after)
}
