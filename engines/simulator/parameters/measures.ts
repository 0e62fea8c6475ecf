import * as z from 'zod'

/** A share from 0, which stands for none, up to a most. */
export const share = (most: number) => z.number().min(0).max(most).default(0)

/** Market time of at most a year. */
export const seconds = (fallback: number) => z.number().min(0).max(31_536_000).default(fallback)
