import { GraphQLError } from 'graphql'
import type { BookSnapshot, Tick } from '../../engines/domain/market/market.ts'
import type { Product } from '../../engines/domain/market/product.ts'
import { wallClock } from '../../engines/edge/clock.ts'
import { createSubscriber } from '../../engines/edge/udp/subscriber.ts'
import type { EngineAddress } from '../launcher/port.ts'
import { alone } from './seen-tick.ts'

/** Hears what a tap brings; the newest that is known already comes at once. */
export interface TapListener {
  tick?(tick: Tick): void
  book?(book: BookSnapshot): void
  /** Nothing more will come; with why, where that is a fault. */
  ended(error: Error | null): void
}

/** Opens where a tap's data comes from: it is told what arrives, and that nothing more will. */
export type OpenTap = (
  hear: (message: Tick | BookSnapshot) => void,
  end: (error?: Error) => void,
) => Promise<{ dispose(): Promise<void> }>

function refused(product: Product, reason: string): Error {
  const message = `The market data of ${product} cannot be read now: ${reason}. Close another feed, or ask again later.`
  return new GraphQLError(message, { extensions: { code: 'FEED_REFUSED' } })
}

/** One product of a streamer that this server reaches, over UDP. */
export function udpTap(source: EngineAddress, product: Product): OpenTap {
  return (hear, end) => {
    /** What has come by itself: the newest known, which is asked for, may be older by the time it arrives. */
    const come = new Set<string>()
    return createSubscriber({
      source,
      products: [product],
      lossless: false,
      now: () => wallClock.now(),
      random: Math.random,
      onMessage: (message) => {
        if (message.type !== 'tick' && message.type !== 'book') return
        come.add(message.type)
        hear(message)
      },
      // A book may not change for long: who looks at it now sees it now.
      onNewest: (message) => {
        if ((message.type === 'tick' || message.type === 'book') && !come.has(message.type)) hear(message)
      },
      onEnd: () => end(),
      // It asks again by itself; whoever reads is better told than left without a word.
      onRefused: (reason) => end(refused(product, reason)),
    })
  }
}

/** One product of one source, heard by as many listeners as like: a single subscription serves them all. */
export class Tap {
  readonly #listeners = new Set<TapListener>()
  readonly #source: Promise<{ dispose(): Promise<void> }>
  #tick: Tick | null = null
  #book: BookSnapshot | null = null
  /** Why, where that is a fault. */
  #ended: { readonly error: Error | null } | null = null

  /** @param onHeard called with the type of each message that arrives. */
  constructor(open: OpenTap, onHeard: (type: 'tick' | 'book') => void) {
    this.#source = open(
      (message) => {
        // One that is told again, for others who came later, is known here.
        if (message.type === 'book' && message.sequence === this.#book?.sequence) return
        onHeard(message.type)
        if (message.type === 'tick') {
          // Whoever comes later was not there for what it stands for.
          this.#tick = alone(message)
          for (const listener of this.#listeners) listener.tick?.(message)
        } else {
          this.#book = message
          for (const listener of this.#listeners) listener.book?.(message)
        }
      },
      (error) => this.#end(error),
    )
  }

  /** Resolves when it is subscribed. @throws where it cannot be. */
  async opened(): Promise<void> {
    await this.#source
  }

  get listeners(): number {
    return this.#listeners.size
  }

  listen(listener: TapListener): () => void {
    if (this.#ended !== null) {
      listener.ended(this.#ended.error)
      return () => undefined
    }
    this.#listeners.add(listener)
    if (this.#tick !== null) listener.tick?.(this.#tick)
    if (this.#book !== null) listener.book?.(this.#book)
    return () => this.#listeners.delete(listener)
  }

  async dispose(): Promise<void> {
    this.#end()
    // Why it could not be opened was told to whoever asked `opened`.
    await (await this.#source.catch(() => null))?.dispose()
  }

  #end(error: Error | null = null): void {
    this.#ended ??= { error }
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener.ended(error)
  }
}
