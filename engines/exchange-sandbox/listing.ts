import { quoteOf } from '../domain/market/instrument.ts'
import { parseAmount, type Fixed, type Money } from '../domain/money.ts'
import { unitOf, type Unit } from '../domain/market/unit.ts'
import type { Product } from '../domain/market/product.ts'

/** A product as the venue lists it, with what the generator must know to make a market in it. */
export interface Listing {
  readonly product: Product
  /** Digits after the point of prices; the tick is 10^-priceScale. */
  readonly priceScale: number
  /** Digits after the point of sizes. */
  readonly sizeScale: number
  /** Price the generated market starts at, in quote currency. */
  readonly startPrice: number
  /** Volatility of a year, as a share: 0.5 is 50 %. */
  readonly annualVolatility: number
  /** How strongly it follows the whole market. */
  readonly beta: number
  /** Median size of a trade, in base currency. */
  readonly tradeSize: number
  /** Events of the book per second at activity 1; about a fifth of them are taker orders. */
  readonly eventsPerSecond: number
  /** Mean ticks between neighbouring levels away from the best price. */
  readonly levelGap: number
  /** The least that an order may be worth, in quote currency. */
  readonly minValue: Money
  /** First trade id of the generated market. */
  readonly firstTradeId: number
}

type Row = [Product, number, number, number, number, number, number, number, number, number]

const ROWS: readonly Row[] = [
  ['BTC-USD', 2, 8, 77_572.87, 0.45, 1, 0.004, 75, 60, 1_087_540_000],
  ['ETH-USD', 2, 8, 2_412.36, 0.6, 1.2, 0.08, 60, 8, 712_310_000],
  ['SOL-USD', 2, 8, 148.27, 0.75, 1.3, 1.5, 50, 2, 341_870_000],
  ['DOGE-USD', 5, 1, 0.24117, 0.85, 1.2, 900, 40, 3, 152_460_000],
  ['POL-USD', 4, 2, 0.3127, 0.85, 1.1, 700, 25, 1, 21_950_000],
  ['ADA-USD', 4, 8, 0.6142, 0.8, 1.1, 500, 25, 1, 118_300_000],
  ['AVAX-USD', 2, 8, 24.51, 0.85, 1.2, 9, 25, 1, 64_120_000],
  ['LINK-USD', 3, 2, 15.482, 0.8, 1.2, 15, 25, 3, 98_410_000],
  ['LTC-USD', 2, 8, 92.14, 0.65, 0.9, 1.2, 25, 2, 143_750_000],
  ['XRP-USD', 4, 6, 1.6253, 0.8, 1, 250, 35, 2, 87_660_000],
  ['BTC-EUR', 2, 8, 71_344.12, 0.45, 1, 0.003, 25, 80, 141_060_000],
  ['ETH-BTC', 5, 8, 0.0311, 0.35, 0.2, 0.05, 20, 1, 78_930_000],
  ['SHIB-USD', 8, 0, 0.00000812, 0.9, 1.3, 27_000_000, 25, 1, 391_470_000],
  ['PEPE-USD', 10, 0, 0.0000042731, 1.1, 1.4, 50_000_000, 25, 4, 52_380_000],
  ['BONK-USD', 8, 0, 0.00000921, 1.1, 1.4, 24_000_000, 20, 1, 33_910_000],
]

/** As the venue asks of its customers, by quote currency. */
const MIN_VALUES: Readonly<Record<string, string>> = { USD: '1', EUR: '0.84', BTC: '0.000016' }

const minValueOf = (product: Product): Money => parseAmount(MIN_VALUES[quoteOf(product)] ?? '0')

/** The products that a generated market can offer. */
export const LISTINGS: ReadonlyMap<Product, Listing> = new Map(
  ROWS.map((row) => [
    row[0],
    {
      product: row[0],
      priceScale: row[1],
      sizeScale: row[2],
      startPrice: row[3],
      annualVolatility: row[4],
      beta: row[5],
      tradeSize: row[6],
      eventsPerSecond: row[7],
      levelGap: row[8],
      minValue: minValueOf(row[0]),
      firstTradeId: row[9],
    },
  ]),
)

/** What the platform's own sandbox makes a market in: all that its source offers. */
export const SANDBOX_PRODUCTS: readonly Product[] = [...LISTINGS.keys()]

/** Products that were listed once, and are refused as such. */
export const DELISTED: ReadonlySet<Product> = new Set(['MATIC-USD'])

/** A listing for a product that is only played back, never generated: just its scales matter. */
export function recordedListing(product: Product, priceScale: number, sizeScale: number): Listing {
  return {
    product,
    priceScale,
    sizeScale,
    startPrice: 0,
    annualVolatility: 0,
    beta: 0,
    tradeSize: 0,
    eventsPerSecond: 0,
    levelGap: 1,
    minValue: minValueOf(product),
    firstTradeId: 0,
  }
}

/** In what a product's prices and sizes are counted: its scales. */
export const unitOfListing = ({ priceScale, sizeScale }: Listing): Unit => unitOf(priceScale, sizeScale)

/** The step as the venue writes it: scale 2 → `0.01`. */
export function incrementText(scale: number): string {
  return scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`
}

/** The text of a count of 10^-scale, with exactly `scale` digits after the point: zero at scale 8 is `0.00000000`. */
export function formatScaled(count: Fixed, scale: number): string {
  const digits = String(count)
  if (scale === 0) return digits
  const padded = digits.length > scale ? digits : digits.padStart(scale + 1, '0')
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
