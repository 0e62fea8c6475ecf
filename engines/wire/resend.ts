import type { Range } from './codec.ts'
import { MAX_RANGES } from './frame.ts'
import type { Lane } from './lane.ts'

/** What a publisher answers to a re-request. */
export interface ResendPlan {
  /** Numbers of the datagrams to send again, ascending. */
  readonly datagrams: readonly number[]
  /** What the ring has let go; at most {@link MAX_RANGES} ranges. */
  readonly gone: readonly Range[]
}

/**
 * Looks up what was asked for. Sequences that were never sent are passed over.
 * @param limit the most datagrams to send again; the rest is asked for again
 */
export function planResend(lane: Lane, ranges: readonly Range[], limit: number): ResendPlan {
  const datagrams: number[] = []
  const gone: Range[] = []
  for (const range of ranges) {
    const to = Math.min(range.to, lane.sealedNext - 1)
    if (range.from > to) continue
    if (range.from < lane.heldFrom && gone.length < MAX_RANGES) {
      gone.push({ from: range.from, to: Math.min(to, lane.heldFrom - 1) })
    }
    // Two ranges may fall into one datagram, which is sent once.
    const first = Math.max(lane.find(Math.max(range.from, lane.heldFrom)), (datagrams.at(-1) ?? -1) + 1)
    for (let datagram = first; datagram < lane.sealed && lane.firstOf(datagram) <= to; datagram += 1) {
      if (datagrams.length === limit) return { datagrams, gone }
      datagrams.push(datagram)
    }
  }
  return { datagrams, gone }
}
