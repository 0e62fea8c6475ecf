import * as z from 'zod'

/** How an engine listens to the one before it. */
export const listening = {
  /** Whether every message must be taken: a tape waits, a live feed cannot. */
  LOSSLESS: z.boolean().default(false),
  /** The key of a run: those that have it wait for each other, and for nobody else; without one, for anybody who is lossless. */
  LOSSLESS_CHAIN: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  /** A source that says nothing for so long (it beats every 100 ms) is told of as silent. */
  SOURCE_SILENCE_MS: z.number().int().min(100).max(600_000).default(2_000),
}
