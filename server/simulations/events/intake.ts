import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { DataQuality } from '../../../engines/domain/quality.ts'
import { FeedQuality } from '../quality/feed-quality.ts'

export interface IntakeOptions {
  /** Sequence of the newest event that is stored already; 0: none. */
  readonly newest: number
  /** Takes events on; resolves when they are durable, rejects where they cannot be kept. */
  readonly record: (events: readonly SimulatorEvent[], text: string | null) => Promise<void>
  /** Hears each event once, in order. */
  readonly onEvent: (event: SimulatorEvent) => void
  /** Something is missing between this sequence and what came: the simulator shall tell again what follows it. */
  readonly onHole: (last: number) => void
}

/**
 * Takes a run's events in: each once, in order, without a hole, however often and by whichever way they come. After a
 * server has taken a run over, or Redis has been away, the same events come again.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #feedQuality = new FeedQuality()
  /** Sequence of the newest event that was taken. */
  #last: number
  #recorded: number
  /** First sequences of what could not be kept, so far. */
  readonly #refused = new Set<number>()
  /** Settles with what was recorded last, and so after all before it. */
  #tail: Promise<void> = Promise.resolve()

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#last = options.newest
    this.#recorded = options.newest
  }

  /** Sequence of the newest event that was taken, durable or not yet; 0: none. */
  get newestTaken(): number {
    return this.#last
  }

  /** Sequence up to which every event is durable; 0: none is. */
  get newestStored(): number {
    return Math.min(this.#recorded, ...[...this.#refused].map((first) => first - 1))
  }

  /**
   * Resolves once the events are durable; rejects where they cannot be kept.
   * @param text the events as they are carried on to other servers; null where they did not come as text.
   * @param again they came before and could not be kept then.
   */
  async take(events: readonly SimulatorEvent[], text: string | null, again: boolean): Promise<void> {
    const last = events.at(-1)
    if (last === undefined) return
    const fresh = again ? events : events.filter((event) => event.sequence > this.#last)
    // All of it came before: it is durable, or on its way there with what was recorded last.
    const first = fresh[0]
    if (first === undefined) return this.#tail
    if (!again && first.sequence !== this.#last + 1) {
      this.#options.onHole(this.#last)
      return
    }
    if (!again) {
      this.#last = last.sequence
      this.#feedQuality.hear(fresh)
      for (const event of fresh) this.#options.onEvent(event)
    }
    const recorded = this.#options.record(fresh, fresh.length === events.length ? text : null)
    this.#tail = recorded
    try {
      await recorded
    } catch (error) {
      this.#refused.add(first.sequence)
      throw error
    }
    for (const sequence of this.#refused)
      if (sequence >= first.sequence && sequence <= last.sequence) this.#refused.delete(sequence)
    this.#recorded = Math.max(this.#recorded, last.sequence)
  }

  /** Resolves once what was taken is durable, and counted as such, or cannot be kept. */
  async settled(): Promise<void> {
    await this.#tail.catch(() => undefined)
  }

  /** The figures of the UDP hops with the feed's own added; undefined where neither is known. */
  quality(hops: DataQuality | undefined): DataQuality | undefined {
    return this.#feedQuality.addTo(hops)
  }
}
