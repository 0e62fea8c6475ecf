import type { Product } from '../../../domain/market/product.ts'

/** Products named in one subscribe. One refused product fails the whole message, so fewer is also cheaper to repeat. */
const BATCH = 20

/** Book channels in the order in which they are tried; the last is to do without. */
const BOOK_CHANNELS = ['level2_batch', 'level2_50', null] as const

const CHANNELS = ['heartbeat', 'ticker', 'matches'] as const

interface Message {
  readonly type: 'subscribe' | 'unsubscribe'
  readonly products: readonly Product[]
  /** Only the book's channel, or all. */
  readonly bookOnly: boolean
}

/** What a {@link Dialogue} tells. */
export interface DialogueEvents {
  /** The venue does not serve it; it is no longer wanted. */
  refused(product: Product, reason: string): void
  /** For the log. */
  warn(message: string): void
}

/**
 * What we tell the venue and what it answers: one message at a time, since neither acks nor errors say which message
 * they belong to. (Acks list all subscriptions so far, under the venue's own channel names.)
 *
 * A subscribe that names one product too many fails as a whole: the product that the error names is dropped and the
 * rest repeated; where it names none, the list is halved until the culprit stands alone. Every repetition is smaller
 * than what it repeats, so that this ends.
 */
export class Dialogue {
  private readonly wanted = new Set<Product>()
  private queue: Message[] = []
  private sent: Message | null = null
  private bookChannel = 0
  private readonly events: DialogueEvents

  constructor(events: DialogueEvents) {
    this.events = events
  }

  get products(): readonly Product[] {
    return [...this.wanted]
  }

  /** Whether a message waits for its answer. */
  get isWaiting(): boolean {
    return this.sent !== null
  }

  /** Whether all is said and answered. */
  get isSettled(): boolean {
    return this.sent === null && this.queue.length === 0
  }

  /** A new connection: everything is to be said again. */
  restart(): void {
    this.sent = null
    this.queue = []
    this.subscribe([...this.wanted])
  }

  want(products: readonly Product[]): void {
    const added = products.filter((product) => !this.wanted.has(product))
    for (const product of added) this.wanted.add(product)
    this.subscribe(added)
  }

  drop(product: Product): void {
    if (!this.wanted.delete(product)) return
    this.queue.push({ type: 'unsubscribe', products: [product], bookOnly: false })
  }

  /** Asks for a fresh snapshot of a product's book. */
  refresh(product: Product): void {
    const isQueued = this.queue.some((message) => message.products.includes(product))
    if (!this.wanted.has(product) || isQueued || BOOK_CHANNELS[this.bookChannel] === null) return
    this.queue.push({ type: 'unsubscribe', products: [product], bookOnly: true })
    this.queue.push({ type: 'subscribe', products: [product], bookOnly: true })
  }

  /** The next message to send, or null while one is unanswered or nothing is left to say. */
  next(): string | null {
    while (this.sent === null) {
      const message = this.queue.shift()
      if (message === undefined) return null
      // In the meantime a product may have been dropped. Dropped and wanted again, it still needs its unsubscribe:
      // without one the venue sends no fresh snapshot.
      const isFarewell = message.type === 'unsubscribe' && !message.bookOnly
      const products = isFarewell ? message.products : message.products.filter((product) => this.wanted.has(product))
      const channels = this.channels(message)
      if (products.length === 0 || channels.length === 0) continue
      this.sent = { ...message, products }
      return JSON.stringify({ type: message.type, product_ids: products, channels })
    }
    return null
  }

  /** The venue acknowledged. */
  acknowledged(): void {
    this.sent = null
  }

  /**
   * The venue reported an error.
   * @returns false where it says nothing about a product or channel: then only a new connection may help.
   */
  failed(reason: string): boolean {
    const { sent } = this
    this.sent = null
    if (sent === null || sent.type === 'unsubscribe') {
      this.events.warn(`the venue reports: ${reason}`)
      return true
    }
    const named = sent.products.filter((product) => names(reason, product))
    if (named.length > 0) {
      for (const product of named) this.refuse(product, reason)
      this.repeat(sent, [sent.products.filter((product) => !named.includes(product))])
      return true
    }
    if (/level2/i.test(reason) && this.bookChannel < BOOK_CHANNELS.length - 1) {
      this.bookChannel += 1
      const instead = BOOK_CHANNELS[this.bookChannel] ?? 'tickers alone'
      this.events.warn(`the venue refuses the book's channel (${reason}); going on with ${instead}`)
      this.repeat(sent, [sent.products])
      return true
    }
    if (!/product|delist/i.test(reason)) return false
    const [only, ...others] = sent.products
    if (only !== undefined && others.length === 0) {
      this.refuse(only, reason)
      return true
    }
    const half = Math.ceil(sent.products.length / 2)
    this.repeat(sent, [sent.products.slice(0, half), sent.products.slice(half)])
    return true
  }

  private subscribe(products: readonly Product[]): void {
    for (let index = 0; index < products.length; index += BATCH) {
      this.queue.push({ type: 'subscribe', products: products.slice(index, index + BATCH), bookOnly: false })
    }
  }

  private repeat(message: Message, lists: readonly (readonly Product[])[]): void {
    const parts = lists.filter((products) => products.length > 0)
    this.queue.unshift(...parts.map((products) => ({ ...message, products })))
  }

  private refuse(product: Product, reason: string): void {
    this.wanted.delete(product)
    this.events.refused(product, reason)
  }

  private channels(message: Message): readonly string[] {
    const book = BOOK_CHANNELS[this.bookChannel] ?? null
    const books = book === null ? [] : [book]
    return message.bookOnly ? books : [...CHANNELS, ...books]
  }
}

/** Whether a text speaks of a product as a word: `ETH-USD` is not named by `ETH-USDC is delisted`. */
function names(text: string, product: Product): boolean {
  return text.split(/[^A-Z0-9-]+/).includes(product)
}
