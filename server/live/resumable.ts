import { losslessBuffer, SubscriptionOverflowError, type Buffer } from '../bus/buffer.ts'

/** How many stored events are read at once while a subscriber catches up. */
const PAGE = 500

/**
 * Ends a live buffer whose feed may have missed something: the feed reads on from what is stored, then goes live again.
 * Nobody outside ever sees it.
 */
export class MissedEventsError extends Error {
  override readonly name = 'MissedEventsError'
}

/** Where a resumable feed takes its events from. */
export interface ResumableSource<Item> {
  /** Starts the live feed into a buffer; returns what stops it. `buffer.end()` tells that no more will come. */
  attach(buffer: Buffer<Item>): () => void
  /** Stored and not yet written events above `after`, ascending, each once, at most `limit`. */
  read(after: number, limit: number): Promise<readonly Item[]>
  /** Whether the run has ended, so that nothing follows what can be read. */
  ended(): Promise<boolean>
}

/**
 * What is stored above `after`, then what happens, without hole or double, by sequence.
 *
 * The live buffer is attached before the first page is read, so that nothing falls in between; what comes twice that
 * way is recognised by its sequence. While a subscriber still catches up, an overflowing live buffer is simply replaced
 * (what it held is read from the store); once it is live, an overflow ends it with a {@link SubscriptionOverflowError},
 * and a {@link MissedEventsError} takes it back to what is stored.
 */
class ResumableFeed<Item extends { readonly sequence: number }> implements AsyncIterableIterator<Item> {
  private readonly source: ResumableSource<Item>
  private readonly bound: number
  private last: number
  private page: readonly Item[] = []
  private position = 0
  private phase: 'stored' | 'live' | 'done' = 'stored'
  private buffer: Buffer<Item>
  private overflowed = false
  private detach: () => void = () => undefined
  /** Calls of `next` are answered one after another. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(source: ResumableSource<Item>, after: number, bound: number) {
    this.source = source
    this.last = after
    this.bound = bound
    this.buffer = this.attach()
  }

  next(): Promise<IteratorResult<Item>> {
    const result = this.turn.then(() => this.advance())
    this.turn = result.catch(() => undefined)
    return result
  }

  return(): Promise<IteratorResult<Item>> {
    this.close()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  private attach(): Buffer<Item> {
    this.overflowed = false
    const buffer = losslessBuffer<Item>(this.bound, (error) => {
      this.detach()
      if (error instanceof SubscriptionOverflowError || error instanceof MissedEventsError) this.overflowed = true
    })
    this.detach = this.source.attach(buffer)
    return buffer
  }

  private close(): void {
    this.phase = 'done'
    this.page = []
    this.detach()
    void this.buffer.return()
  }

  private async advance(): Promise<IteratorResult<Item>> {
    try {
      for (;;) {
        while (this.phase === 'stored') {
          const item = this.page[this.position++]
          if (item !== undefined) return this.give(item)
          await this.readOn()
        }
        if (this.phase !== 'live') return { value: undefined, done: true }
        const item = await this.nextLive()
        if (item !== null && item.sequence > this.last) return this.give(item)
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The next live event; null where the feed has ended, or must read what is stored again. */
  private async nextLive(): Promise<Item | null> {
    try {
      const { value, done } = await this.buffer.next()
      if (done !== true) return value
      this.close()
    } catch (error) {
      if (!(error instanceof MissedEventsError)) throw error
      this.phase = 'stored'
    }
    return null
  }

  private give(item: Item): IteratorResult<Item> {
    this.last = item.sequence
    return { value: item, done: false }
  }

  /** Reads the next page; with the first empty one the stored part is over. */
  private async readOn(): Promise<void> {
    if (this.overflowed) this.buffer = this.attach()
    const ended = await this.source.ended()
    this.page = await this.source.read(this.last, PAGE)
    this.position = 0
    if (this.phase === 'done') {
      this.page = []
      return
    }
    if (this.page.length > 0 || this.overflowed) return
    if (ended) this.close()
    else this.phase = 'live'
  }
}

/** Opens a resumable feed; see {@link ResumableFeed}. `bound` is how many live events may wait for its reader. */
export function resumableFeed<Item extends { readonly sequence: number }>(
  source: ResumableSource<Item>,
  after: number,
  bound: number,
): AsyncIterableIterator<Item> {
  return new ResumableFeed(source, after, bound)
}
