import type { BookSnapshot, Tick } from '../../domain/market/market.ts'
import type { Product } from '../../domain/market/product.ts'
import { emittedTo, type Emitted } from '../../domain/quality.ts'
import type { WireMessage } from '../../wire/message.ts'

/** The most products that are counted each by itself; a feed serves 64, a tape may name others. */
const MAX_COUNTED = 1_024
/** For how many products the newest is told to somebody who names none. */
const MAX_NEWEST = 64

interface Line {
  count: number
  tick: Tick | null
  book: BookSnapshot | null
}

/** What a publisher has emitted since it began: how much of each product, and the newest of each. */
export class Emissions {
  readonly #lines = new Map<Product, Line>()
  readonly #publisher: number
  readonly #limit: number
  #total = 0
  #others = 0

  /** @param publisher its identity, drawn once, not 0. */
  constructor(publisher: number, limit = MAX_COUNTED) {
    this.#publisher = publisher
    this.#limit = limit
  }

  note(message: WireMessage): void {
    this.#total += 1
    const line = this.#lines.get(message.product) ?? this.#begin(message.product)
    if (line === null) {
      this.#others += 1
      return
    }
    line.count += 1
    if (message.type === 'tick') line.tick = message
    else if (message.type === 'book') line.book = message
    else if (message.type === 'feed' && message.state !== 'GAP' && message.state !== 'REFILLED') {
      // Connected, gone or refused: what was known of the market is not known to hold any more.
      if (message.product === '') for (const each of this.#lines.values()) each.tick = each.book = null
      else line.tick = line.book = null
    }
  }

  figures(): Emitted {
    const products = Object.fromEntries([...this.#lines].map(([product, { count }]) => [product, count]))
    return { publisher: this.#publisher, total: this.#total, products, others: this.#others }
  }

  /** How many messages a filter (empty: all) would have let through since the beginning; null where that is not known. */
  to(products: readonly Product[]): number | null {
    return emittedTo(this.figures(), products)
  }

  /** The newest book and tick of each product of a filter, as far as they are known. */
  newest(products: readonly Product[]): readonly (Tick | BookSnapshot)[] {
    const asked = products.length > 0 ? products : [...this.#lines.keys()].slice(0, MAX_NEWEST)
    return asked.flatMap((product) => {
      const { tick, book } = this.#lines.get(product) ?? { tick: null, book: null }
      return [book, tick].filter((known) => known !== null)
    })
  }

  #begin(product: Product): Line | null {
    if (this.#lines.size >= this.#limit) return null
    const line: Line = { count: 0, tick: null, book: null }
    this.#lines.set(product, line)
    return line
  }
}
