import { DEFAULT_PRODUCTS, MAX_PRODUCTS, type Product } from '../../domain/market/product.ts'
import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import type { MarketAction } from '../action.ts'
import { LISTINGS, type Listing } from '../listing.ts'
import { createProductMarket } from './product-market.ts'

/** What a generated market is made from. The same options give the same market. */
export interface MarketOptions {
  /** Any whole number. */
  readonly seed: number
  /** Products of {@link LISTINGS}; the default is the platform's five. */
  readonly products?: readonly Product[]
  /** Time of the opening. Shifts the whole market and changes nothing else. */
  readonly startTime: Micros
  /** Factor on the number of events per second, above 0; 1 gives BTC-USD some 10 to 20 trades a second. */
  readonly activity?: number
}

/** A generated market, in its own time. */
export interface Market {
  readonly listings: readonly Listing[]
  /** How it stands at the start: of each product a snapshot, the last trade and a ticker. */
  readonly opening: readonly MarketAction[]
  /**
   * All that happens up to and including `time`, in order of time. In how many steps one gets there makes no
   * difference. A time already passed gives nothing.
   */
  advance(time: Micros): MarketAction[]
}

/** Every fault in the options, for a person; empty where there is none. */
export function marketFaults(options: MarketOptions): string[] {
  const faults: string[] = []
  const products = options.products ?? DEFAULT_PRODUCTS
  if (!Number.isSafeInteger(options.seed)) faults.push(`seed must be a whole number, not ${options.seed}`)
  if (!Number.isSafeInteger(options.startTime) || options.startTime < 0) {
    faults.push(`start time must be whole microseconds since 1970, not ${options.startTime}`)
  }
  const activity = options.activity ?? 1
  if (!(activity > 0 && activity <= 10_000)) faults.push(`activity must be above 0 and at most 10000, not ${activity}`)
  if (products.length === 0 || products.length > MAX_PRODUCTS) {
    faults.push(`between 1 and ${MAX_PRODUCTS} products are needed, not ${products.length}`)
  }
  if (new Set(products).size !== products.length) faults.push('a product is named twice')
  for (const product of products) {
    if (LISTINGS.has(product)) continue
    faults.push(`no market is generated for "${product}"; there is ${[...LISTINGS.keys()].join(', ')}`)
  }
  return faults
}

/**
 * Makes a market that looks like one: spreads of a tick to a few, heavy-tailed sizes, bursts of trades, clusters of
 * volatility, trends, and a book that is never crossed and gives the price of every trade.
 * @throws RangeError naming every fault in the options
 */
export function createMarket(options: MarketOptions): Market {
  const faults = marketFaults(options)
  if (faults.length > 0) throw new RangeError(faults.join('; '))
  const listings = (options.products ?? DEFAULT_PRODUCTS).map((product) => LISTINGS.get(product)!)
  const markets = listings.map((listing) =>
    createProductMarket(options.seed, listing, options.startTime, options.activity ?? 1),
  )
  const opening: MarketAction[] = []
  for (const market of markets) market.open((action) => opening.push(action))

  return {
    listings,
    opening,
    advance(time) {
      const actions: MarketAction[] = []
      const emit = (action: MarketAction): void => {
        actions.push(action)
      }
      for (;;) {
        let first = markets[0]!
        for (const market of markets) if (market.nextTime() < first.nextTime()) first = market
        if (first.nextTime() > time) return actions
        first.step(emit)
      }
    },
  }
}

/** Market time covered by each batch of {@link generateMarket}. */
const BATCH: Micros = MICROS_PER_SECOND

/**
 * A generated market without a server, for back-tests: the opening, then a second of market time a batch, up to and
 * including `endTime`.
 * @throws RangeError naming every fault in the options
 */
export function* generateMarket(options: MarketOptions, endTime: Micros): Generator<readonly MarketAction[]> {
  const market = createMarket(options)
  yield market.opening
  for (let time = options.startTime; time < endTime;) {
    time = Math.min(time + BATCH, endTime)
    yield market.advance(time)
  }
}
