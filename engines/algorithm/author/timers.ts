import { AuthorError } from './numbers.ts'

/** The most that are set at once. */
const MOST_TIMERS = 10_000

/** A timer that has come due. */
interface Due {
  readonly product: string
  readonly name: string
}

/** One-shot timers of market time, by product and name. */
export class Timers {
  /** In order of time, then of setting. */
  private readonly waiting: (Due & { readonly at: number })[] = []

  /** The same name of the same product moves. @throws AuthorError where there are too many */
  set(product: string, name: string, at: number): void {
    const known = this.waiting.findIndex((one) => one.product === product && one.name === name)
    if (known >= 0) this.waiting.splice(known, 1)
    if (this.waiting.length >= MOST_TIMERS) throw new AuthorError(`more than ${MOST_TIMERS} timers are set`)
    const place = this.waiting.findLastIndex((one) => one.at <= at) + 1
    this.waiting.splice(place, 0, { product, name, at })
  }

  /** Takes out the next that is due at a time; null: none is. */
  next(now: number): Due | null {
    const [first] = this.waiting
    return first !== undefined && first.at <= now ? (this.waiting.shift() ?? null) : null
  }
}
