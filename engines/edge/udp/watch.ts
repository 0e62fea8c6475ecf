import { formatTime, type Micros } from '../../domain/time.ts'
import type { WireMessage } from '../../wire/message.ts'
import type { Stall } from './contract.ts'

/** A publisher that waits for so long is told of. */
const STALL_MS = 2_000
/** A source that has never answered is told of after so long: engines start beside each other. */
const UNANSWERED_MS = 10_000
/** The first so many doubts say from where on, and why; the counts say how much. */
const MAX_DOUBTS = 10

export interface WatchOptions {
  /** As a person calls them: `algorithm`, `streamer`. */
  readonly taker: string
  readonly source: string
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** What an engine tells of the source that it listens to: whether it is heard, and from where on it cannot be believed. */
export class SourceWatch {
  readonly #options: WatchOptions
  readonly #doubts: string[] = []
  readonly #startedAt: number
  #silentSince: number | null = null
  #answered = false
  #refusal: string | null = null
  #last: { readonly sequence: number; readonly time: Micros } | null = null

  constructor(options: WatchOptions) {
    this.#options = options
    this.#startedAt = options.now()
  }

  /** A message was taken. */
  took(message: WireMessage): void {
    this.answered()
    if (message.type !== 'signal' && message.type !== 'command' && message.type !== 'trading') this.#last = message
  }

  answered(): void {
    this.#answered = true
    this.#refusal = null
  }

  /** The source will not have it, for this reason; it is asked again. */
  refused(reason: string): void {
    this.#refusal = reason
  }

  lost(count: number): void {
    const { source, taker } = this.#options
    this.#doubt(`${count} messages of the ${source} never reached the ${taker}.`)
  }

  restarted(): void {
    const { source, taker } = this.#options
    this.#doubt(`another ${source} is in the place of the first; what the ${taker} missed in between is not known.`)
  }

  silent(): void {
    this.#silentSince ??= this.#options.now()
  }

  heard(): void {
    this.#silentSince = null
  }

  /** The engine stops listening. */
  left(): void {
    const { source, taker } = this.#options
    if (this.#silentSince === null || !this.#answered) return
    this.#doubt(`the ${taker} heard nothing of the ${source} any more; what it missed up to the end is not known.`)
  }

  warnings(): readonly string[] {
    const { source, taker, now } = this.#options
    if (this.#refusal !== null) {
      return [`The ${source} does not serve the ${taker}, and is asked again every second: ${this.#refusal}.`]
    }
    const since = this.#answered ? this.#silentSince : this.#startedAt
    if (since === null || this.#silentSince === null) return []
    const silence = now() - since
    if (!this.#answered && silence < UNANSWERED_MS) return []
    const seconds = Math.floor(silence / 1000)
    return [
      `The ${taker} has heard nothing of the ${source} for more than ${seconds} s: that one hangs, or cannot be reached.`,
    ]
  }

  doubts(): readonly string[] {
    return this.#doubts
  }

  #doubt(what: string): void {
    if (this.#doubts.length >= MAX_DOUBTS) return
    const from =
      this.#last === null
        ? 'From the beginning on'
        : `From after event ${this.#last.sequence} of the feed, ${formatTime(this.#last.time)}, on`
    this.#doubts.push(`${from} the ${this.#options.taker} cannot be believed: ${what}`)
  }
}

/** What a publisher that waits says, for a person. @param what it holds up, e.g. `The tape`. */
export function stallWarnings(stall: Stall | null, what: string, whom: string): readonly string[] {
  if (stall === null || stall.forMs < STALL_MS) return []
  const seconds = Math.floor(stall.forMs / 1000)
  return [
    `${what} has waited for ${seconds} s for the ${whom} at ${stall.subscribers.join(', ')}, which takes nothing more: nothing is ` +
      'lost by that, but nothing moves either.',
  ]
}
