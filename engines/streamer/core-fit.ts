import { numberOf, type Fixed } from '../domain/money.ts'
import type { Draft } from './core-session.ts'
import type { VenueMessage } from './venue.ts'

/**
 * Whether a number can be carried: whole, and exact in a double. A venue may well name others (a level of 120 million of a
 * coin that costs nothing); what is made of them must not be published, and must not end a feed.
 */
const isCarried = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** @param decimals of what it is counted in */
const tooLarge = (what: string, value: Fixed, decimals: number): string =>
  `a ${what} of ${numberOf(value, decimals)} is more than can be carried exactly ` +
  `(${numberOf(Number.MAX_SAFE_INTEGER, decimals)} with ${decimals} digits after the point)`

/** Why an event cannot be published; null where it can. */
export function unfitDraft(draft: Draft): string | null {
  if (draft.type === 'feed') return null
  const { unit } = draft
  if (draft.type === 'instrument') {
    const { priceIncrement, sizeIncrement, minSize, maxSize } = draft
    if (!isCarried(priceIncrement)) return tooLarge('price increment', priceIncrement, unit.price)
    for (const value of [sizeIncrement, minSize, maxSize])
      if (!isCarried(value)) return tooLarge('size', value, unit.size)
    return null
  }
  if (draft.type === 'book') {
    for (const [price, size] of [...draft.bids, ...draft.asks]) {
      if (!isCarried(price)) return tooLarge("level's price", price, unit.price)
      if (!isCarried(size)) return tooLarge("level's size", size, unit.size)
    }
    return null
  }
  const { price, size, bid, bidSize, ask, askSize } = draft
  for (const value of [price, bid, ask]) if (!isCarried(value)) return tooLarge('price', value, unit.price)
  for (const value of [size, bidSize, askSize]) if (!isCarried(value)) return tooLarge('size', value, unit.size)
  return null
}

/** Why the trade that a message tells of cannot be put in its place; null where it can, or the message tells of none. */
export function unfitTrade(message: VenueMessage): string | null {
  const tradeId = tradeIdOf(message)
  return isCarried(tradeId)
    ? null
    : `trades are numbered ${tradeId}, beyond what can be told apart (${Number.MAX_SAFE_INTEGER})`
}

function tradeIdOf(message: VenueMessage): number {
  switch (message.type) {
    case 'ticker':
      return message.trade?.tradeId ?? 0
    case 'match':
    case 'last_match':
      return message.trade.tradeId
    case 'heartbeat':
      return message.lastTradeId
    default:
      return 0
  }
}
