import type { Level } from '../domain/market/market.ts'
import type { Fixed } from '../domain/money.ts'
import type { Product } from '../domain/market/product.ts'
import type { Side } from '../domain/side.ts'
import type { Micros } from '../domain/time.ts'
import type { Unit } from '../domain/market/unit.ts'

/** A trade as a venue reports it, on whichever channel. */
export interface VenueTrade {
  /** Contiguous per product, above 0. */
  readonly tradeId: number
  /** Above 0. */
  readonly price: Fixed
  /** Above 0. */
  readonly size: Fixed
  /** In what price and size are counted. */
  readonly unit: Unit
  /** The TAKER's side, whatever side the venue's channel names. */
  readonly takerSide: Side
  /** The venue's time of the trade. */
  readonly time: Micros
}

/** One change of a book: the new absolute size of a level; 0 removes it. */
export type BookChange = readonly [side: Side, price: Fixed, size: Fixed]

/** What any venue's feed says, in our words. Times are the venue's; 0 where a message carries none. */
export type VenueMessage =
  | {
      readonly type: 'ticker'
      readonly product: Product
      /** null where the venue reports a quote without a trade. */
      readonly trade: VenueTrade | null
      /** 0 where not known, like the three below. */
      readonly bid: Fixed
      readonly bidSize: Fixed
      readonly ask: Fixed
      readonly askSize: Fixed
      /** In what all of it is counted. */
      readonly unit: Unit
      readonly time: Micros
    }
  | { readonly type: 'match'; readonly product: Product; readonly trade: VenueTrade }
  /** The newest trade before the subscription began; sent once, first. */
  | { readonly type: 'last_match'; readonly product: Product; readonly trade: VenueTrade }
  | {
      readonly type: 'snapshot'
      readonly product: Product
      readonly bids: readonly Level[]
      readonly asks: readonly Level[]
      readonly unit: Unit
    }
  | {
      readonly type: 'l2update'
      readonly product: Product
      readonly changes: readonly BookChange[]
      readonly unit: Unit
      readonly time: Micros
    }
  | {
      readonly type: 'heartbeat'
      readonly product: Product
      /** 0 where the product never traded. */
      readonly lastTradeId: number
      readonly time: Micros
    }
  /** All that the venue now sends us, by ITS channel names, which need not be those we asked for. */
  | {
      readonly type: 'subscriptions'
      readonly channels: readonly { readonly name: string; readonly products: readonly Product[] }[]
    }
  | { readonly type: 'error'; readonly message: string; readonly reason: string }
  /** A message of a type that we do not use; venues add some without notice. */
  | { readonly type: 'unknown'; readonly name: string }

/** What the venue's numbers of a product are counted in, as far as is known; null: nothing is. */
export type KnownUnits = (product: Product) => Unit | null

/** A frame that is not what the venue's protocol allows. Counted, never thrown. */
export interface VenueRefusal {
  readonly type: 'refused'
  /** Every fault of the frame, for a person; at most 200 characters. */
  readonly reason: string
  /** Whose book it would have changed, and so is not known any more; empty: it does not say whose. Absent: nobody's. */
  readonly book?: Product
}
