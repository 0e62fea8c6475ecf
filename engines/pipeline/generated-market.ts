import { inferredInstrument, type Instrument } from '../domain/market/instrument.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import { opposite } from '../domain/side.ts'
import type { Product } from '../domain/market/product.ts'
import { MICROS_PER_SECOND, type Micros } from '../domain/time.ts'
import type { MarketAction } from '../exchange-sandbox/action.ts'
import { generateMarket } from '../exchange-sandbox/market/market.ts'
import { LISTINGS, unitOfListing } from '../exchange-sandbox/listing.ts'
import { createStreamerCore, type StreamerInput } from '../streamer/core.ts'
import type { VenueMessage, VenueTrade } from '../streamer/venue.ts'

/** Which generated market, and how much of it. */
export interface GeneratedMarket {
  readonly seed: number
  readonly products: readonly Product[]
  readonly startTime: Micros
  readonly seconds: number
  readonly activity: number
}

/** What the venue would say of a product. */
function instrumentOf(product: Product): Instrument {
  const listing = LISTINGS.get(product)
  if (listing === undefined) throw new RangeError(`there is no generated market in ${product}`)
  return { ...inferredInstrument(product, unitOfListing(listing)), minValue: listing.minValue, origin: 'VENUE' }
}

/** What the venue would say of an action. */
function messageOf(action: MarketAction): VenueMessage {
  const { product, time } = action
  const unit = unitOfListing(LISTINGS.get(product)!)
  switch (action.type) {
    case 'snapshot':
      return { type: 'snapshot', product, unit, bids: action.bids, asks: action.asks }
    case 'book':
      return { type: 'l2update', product, unit, changes: action.changes, time }
    case 'trade':
    case 'last-trade': {
      const { tradeId, price, size } = action
      const trade: VenueTrade = { tradeId, price, size, unit, takerSide: opposite(action.makerSide), time }
      return { type: action.type === 'trade' ? 'match' : 'last_match', product, trade }
    }
    case 'ticker': {
      const { bid, bidSize, ask, askSize, tradeId, price, size, takerSide } = action
      const trade: VenueTrade = { tradeId, price, size, unit, takerSide, time }
      return { type: 'ticker', product, trade, unit, bid, bidSize, ask, askSize, time }
    }
  }
}

/**
 * A generated market as the streamer would publish it, without server, socket or clock: a batch per second of market
 * time.
 * @throws RangeError naming every fault in the options
 */
export function* generateEvents(market: GeneratedMarket): Generator<readonly MarketEvent[]> {
  const core = createStreamerCore()
  let events: MarketEvent[] = []
  const step = (input: StreamerInput): void =>
    core.step(input, (output) => {
      if (output.type === 'event') events.push(output.event)
    })
  step({ type: 'instruments', instruments: market.products.map(instrumentOf), receivedAt: market.startTime })
  step({ type: 'subscribe', products: market.products, receivedAt: market.startTime })
  step({ type: 'connected', receivedAt: market.startTime })
  for (const actions of generateMarket(market, market.startTime + market.seconds * MICROS_PER_SECOND)) {
    for (const action of actions) step({ type: 'message', message: messageOf(action), receivedAt: action.time })
    yield events
    events = []
  }
}
