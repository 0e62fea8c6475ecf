import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'

/** A rate limit: so many a second, so many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Whether one more is allowed at a time; counts it where it is. */
export type Allow = (now: Micros) => boolean

export function createTokenBucket(rate: Rate): Allow {
  let tokens = rate.burst
  let filled: Micros | null = null
  return (now) => {
    if (filled !== null) tokens = Math.min(rate.burst, tokens + ((now - filled) / MICROS_PER_SECOND) * rate.perSecond)
    filled = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** The most addresses remembered; beyond it the one that was first seen longest ago is forgotten. */
const MOST_ADDRESSES = 1000

/** One bucket per address. */
export function createAddressLimit(rate: Rate): (address: string, now: Micros) => boolean {
  const buckets = new Map<string, Allow>()
  return (address, now) => {
    let bucket = buckets.get(address)
    if (bucket === undefined) {
      bucket = createTokenBucket(rate)
      if (buckets.size >= MOST_ADDRESSES) buckets.delete(buckets.keys().next().value ?? '')
      buckets.set(address, bucket)
    }
    return bucket(now)
  }
}
