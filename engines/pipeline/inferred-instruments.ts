import { inferredInstrument, type Instrument } from '../domain/market/instrument.ts'
import type { InstrumentNotice, MarketEvent } from '../domain/market/market.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import { POWERS, type Unit } from '../domain/market/unit.ts'

/** From how many of a tape's first events increments are inferred. */
export const INFERRED_FROM = 20_000

/** How fine a product's prices and sizes were seen to be. */
class Seen {
  readonly unit: Unit
  private price = 0
  private size = 0

  constructor(unit: Unit) {
    this.unit = unit
  }

  add(prices: readonly Fixed[], sizes: readonly Fixed[]): void {
    for (const price of prices) this.price = decimalsOf(price, this.unit.price, this.price)
    for (const size of sizes) this.size = decimalsOf(size, this.unit.size, this.size)
  }

  instrument(product: Product): Instrument {
    const { unit } = this
    const priceIncrement = POWERS[unit.price - this.price]!
    const sizeIncrement = POWERS[unit.size - this.size]!
    return inferredInstrument(product, unit, { priceIncrement, sizeIncrement })
  }
}

/** How many digits after the point a count of 10^-decimals has, and at least so many. */
function decimalsOf(count: Fixed, decimals: number, least: number): number {
  let needed = least
  while (needed < decimals && count % POWERS[decimals - needed]! !== 0) needed += 1
  return needed
}

/**
 * Tells what the products of a tape are that was recorded before this was told: each product that begins without a definition
 * gets one before its first event, inferred from the tape's first {@link INFERRED_FROM} events, and said to be. It has no place
 * in the feed: its sequence is 0. All else passes as it is.
 */
export function* withInstruments(
  batches: Iterable<readonly MarketEvent[]>,
): Generator<readonly MarketEvent[], void, undefined> {
  const iterator = batches[Symbol.iterator]()
  const ahead: (readonly MarketEvent[])[] = []
  for (let count = 0; count < INFERRED_FROM;) {
    const next = iterator.next()
    if (next.done === true) break
    ahead.push(next.value)
    count += next.value.length
  }
  const inferred = infer(ahead)
  const told = new Set<Product>()
  for (const batch of ahead) yield told.size < inferred.size ? withNotices(batch, inferred, told) : batch
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value
}

/** The products that are seen before they are defined. */
function infer(batches: readonly (readonly MarketEvent[])[]): ReadonlyMap<Product, Instrument> {
  const seen = new Map<Product, Seen>()
  const defined = new Set<Product>()
  for (const event of batches.flat()) {
    if (event.type === 'instrument') {
      if (!seen.has(event.product)) defined.add(event.product)
    } else if (event.type !== 'feed' && !defined.has(event.product)) {
      const known = seen.get(event.product) ?? new Seen(event.unit)
      seen.set(event.product, known)
      // What goes on in another unit was defined anew.
      if (known.unit === event.unit) known.add(...countsOf(event))
    }
  }
  return new Map([...seen].map(([product, of]) => [product, of.instrument(product)]))
}

function countsOf(event: Exclude<MarketEvent, { type: 'feed' | 'instrument' }>): [prices: Fixed[], sizes: Fixed[]] {
  switch (event.type) {
    case 'tick':
      return [
        [event.price, event.bid, event.ask],
        [event.size, event.bidSize, event.askSize],
      ]
    case 'bar':
      return [[event.open, event.high, event.low, event.close], [event.volume]]
    case 'book': {
      const levels = [...event.bids, ...event.asks]
      return [levels.map(([price]) => price), levels.map(([, size]) => size)]
    }
  }
}

function withNotices(
  batch: readonly MarketEvent[],
  inferred: ReadonlyMap<Product, Instrument>,
  told: Set<Product>,
): readonly MarketEvent[] {
  return batch.flatMap((event): readonly MarketEvent[] => {
    const instrument = event.type === 'feed' || told.has(event.product) ? undefined : inferred.get(event.product)
    if (instrument === undefined) return [event]
    told.add(event.product)
    return [{ type: 'instrument', ...instrument, sequence: 0, time: event.time } satisfies InstrumentNotice, event]
  })
}
