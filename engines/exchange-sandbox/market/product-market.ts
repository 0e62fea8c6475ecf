import type { Level } from '../../domain/market/market.ts'
import { opposite, type Side } from '../../domain/side.ts'
import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import type { Change, MarketAction } from '../action.ts'
import { createLadder, type Ladder } from './ladder.ts'
import type { Listing } from '../listing.ts'
import { createPricePath } from './price-path.ts'
import { createRandom, hashText, type Random } from './random.ts'

/** One product's generated market: a book around a fair price, and takers who trade against it. */
export interface ProductMarket {
  /** Time of the next event. */
  readonly nextTime: () => Micros
  /** How the market stands at the start: snapshot, last trade, ticker. Call once, first. */
  readonly open: (emit: (action: MarketAction) => void) => void
  /** Lets the next event happen. */
  readonly step: (emit: (action: MarketAction) => void) => void
}

/** Share of the events that are taker orders. */
const TAKER_SHARE = 0.2
/** Each taker order brings about this many further events on average (so 0.4 further taker orders): bursts. */
const FOLLOWERS = 2
/** How long a burst lasts. */
const BURST: Micros = 400_000
const MOST_EXCITEMENT = 20

const START_LEVELS = 260
const MOST_LEVELS = 320
/** Below this depth a side loses no more levels. */
const FEWEST_LEVELS = 60
/** The most levels one taker order walks, and one event withdraws. */
const MOST_WALKED = 8
const MOST_WITHDRAWN = 40

interface Side2<Value> {
  readonly BUY: Value
  readonly SELL: Value
}

/** @param rate events per second at ordinary agitation, bursts left aside */
export function createProductMarket(seed: number, listing: Listing, start: Micros, activity: number): ProductMarket {
  const random = createRandom(seed, `${listing.product} orders`)
  const path = createPricePath(seed, listing)
  const book: Side2<Ladder> = { BUY: createLadder(1), SELL: createLadder(-1) }
  const tickPrice = 10 ** -listing.priceScale
  const lotSize = 10 ** -listing.sizeScale
  const { product } = listing
  // Bursts multiply the base rate by 1 / (1 - 0.4).
  const rate = listing.eventsPerSecond * activity * (1 - FOLLOWERS * TAKER_SHARE)
  const kick = FOLLOWERS / ((rate * BURST) / MICROS_PER_SECOND)

  let time = start
  let next = start
  let excitement = 0
  let fair = listing.startPrice / tickPrice
  let sequence = 10_000_000_000 + hashText(product)
  let tradeId = listing.firstTradeId
  let lastTaker: Side = 'BUY'

  const schedule = (): void => {
    const pace = rate * (0.5 + 0.5 * Math.min(path.agitation(), 4) + excitement)
    next = time + Math.max(1, Math.round((random.exponential() / pace) * MICROS_PER_SECOND))
  }
  const nextSequence = (): number => (sequence += 1 + random.below(5))
  const restingSize = (rank: number): number =>
    Math.max(1, Math.round((listing.tradeSize / lotSize) * 5 * Math.exp(random.normal()) * (1 + rank / 25)))

  const put = (side: Side, price: number, size: number, changes: Change[]): void => {
    book[side].set(price, size)
    changes.push([side, price, size])
  }

  const open = (emit: (action: MarketAction) => void): void => {
    for (const side of ['BUY', 'SELL'] as const) {
      const away = side === 'BUY' ? -1 : 1
      let price = Math.round(fair) + (side === 'SELL' ? 1 : 0)
      for (let rank = 0; rank < START_LEVELS && price > 0; rank += 1) {
        book[side].set(price, restingSize(rank))
        price += away * (1 + random.geometric(rank < 5 ? 1 : listing.levelGap))
      }
    }
    emit({ type: 'snapshot', product, time, bids: levelsOf(book.BUY), asks: levelsOf(book.SELL) })
    const price = book.SELL.priceAt(0)
    const size = takerSize(random, listing, lotSize)
    const of = { product, time, sequence: nextSequence(), tradeId, price, size }
    emit({ type: 'last-trade', ...of, makerSide: 'SELL' })
    emit({ type: 'ticker', ...of, takerSide: 'BUY', ...quote() })
    schedule()
  }

  const quote = () => ({
    bid: book.BUY.priceAt(0),
    bidSize: book.BUY.sizeAt(0),
    ask: book.SELL.priceAt(0),
    askSize: book.SELL.sizeAt(0),
  })

  /** A taker order: it leans towards the fair price, repeats its predecessor's side, and walks a level or more. */
  const take = (emit: (action: MarketAction) => void): void => {
    const bid = book.BUY.priceAt(0)
    const ask = book.SELL.priceAt(0)
    const pull = Math.tanh((fair - (bid + ask) / 2) / (ask - bid + 1))
    const buying = 0.5 + 0.4 * pull + (lastTaker === 'BUY' ? 0.08 : -0.08)
    const taker: Side = random.uniform() < buying ? 'BUY' : 'SELL'
    const maker = opposite(taker)
    const ladder = book[maker]
    const direction = taker === 'BUY' ? 1 : -1
    const limit = direction * Math.round(fair) + 2
    const changes: Change[] = []
    const fills: [price: number, size: number][] = []
    let left = takerSize(random, listing, lotSize)
    for (let walked = 0; left > 0 && walked < MOST_WALKED && ladder.depth() > FEWEST_LEVELS; walked += 1) {
      const price = ladder.priceAt(0)
      if (walked > 0 && direction * price > limit) break
      const resting = ladder.sizeAt(0)
      const filled = Math.min(left, resting)
      put(maker, price, resting - filled, changes)
      fills.push([price, filled])
      left -= filled
    }
    if (fills.length === 0) return
    lastTaker = taker
    excitement = Math.min(MOST_EXCITEMENT, excitement + kick)
    emit({ type: 'book', product, time, changes })
    const top = quote()
    fills.forEach(([price, size], index) => {
      tradeId += 1
      const of = { product, time, sequence: nextSequence(), tradeId, price, size }
      emit({ type: 'trade', ...of, makerSide: maker })
      if (index === fills.length - 1) emit({ type: 'ticker', ...of, takerSide: taker, ...top })
    })
  }

  /** Takes away what rests on the wrong side of the fair price. */
  const withdraw = (side: Side, changes: Change[]): void => {
    const ladder = book[side]
    const direction = side === 'BUY' ? 1 : -1
    for (let count = 0; count < MOST_WITHDRAWN && ladder.depth() > FEWEST_LEVELS; count += 1) {
      const price = ladder.priceAt(0)
      if (direction * (price - fair) < 0.5) return
      put(side, price, 0, changes)
    }
  }

  /** Quotes a tick to a few ticks from the fair price where nobody does. */
  const improve = (side: Side, changes: Change[]): void => {
    if (random.uniform() > 0.85) return
    const distance = 0.5 + random.geometric(path.agitation() > 2 ? 2 : 0.8)
    const facing = book[opposite(side)].priceAt(0)
    const best = book[side].priceAt(0)
    const wanted =
      side === 'BUY'
        ? Math.min(Math.floor(fair - distance), facing - 1)
        : Math.max(Math.ceil(fair + distance), facing + 1)
    const better = side === 'BUY' ? wanted > best : wanted < best
    if (better && wanted > 0) put(side, wanted, restingSize(0), changes)
  }

  /** Something happens deeper in the book; levels far away come and go. */
  const stir = (side: Side, changes: Change[]): void => {
    const ladder = book[side]
    const away = side === 'BUY' ? -1 : 1
    const rank = Math.min(random.geometric(8), ladder.depth() - 1)
    const price = ladder.priceAt(rank)
    const dice = random.uniform()
    if (dice < 0.5) put(side, price, restingSize(rank), changes)
    else if (dice < 0.8) {
      const beyond = price + away * (1 + random.below(listing.levelGap + 1))
      if (beyond > 0) put(side, beyond, restingSize(rank), changes)
    } else if (rank > 0 && ladder.depth() > FEWEST_LEVELS) put(side, price, 0, changes)
    const worst = ladder.priceAt(ladder.depth() - 1)
    if (ladder.depth() > MOST_LEVELS) put(side, worst, 0, changes)
    else if (ladder.depth() < START_LEVELS) {
      const beyond = worst + away * (1 + random.geometric(listing.levelGap))
      if (beyond > 0) put(side, beyond, restingSize(START_LEVELS), changes)
    }
  }

  const make = (emit: (action: MarketAction) => void): void => {
    const changes: Change[] = []
    withdraw('BUY', changes)
    withdraw('SELL', changes)
    improve('BUY', changes)
    improve('SELL', changes)
    stir(random.uniform() < 0.5 ? 'BUY' : 'SELL', changes)
    if (changes.length === 0) return
    sequence += changes.length
    emit({ type: 'book', product, time, changes })
  }

  return {
    nextTime: () => next,
    open,
    step: (emit) => {
      excitement *= Math.exp((time - next) / BURST)
      time = next
      path.advance(time - start)
      fair = path.fair() / tickPrice + 0.3 * random.normal()
      if (random.uniform() < TAKER_SHARE) take(emit)
      else make(emit)
      schedule()
    },
  }
}

/** Size of a taker order in lots: log-normal, and now and then far larger. */
function takerSize(random: Random, listing: Listing, lotSize: number): number {
  const ordinary = listing.tradeSize * Math.exp(1.3 * random.normal())
  const large = random.uniform() < 0.03 ? Math.min(100, (1 - random.uniform()) ** (-1 / 1.4)) : 1
  return Math.max(1, Math.round((ordinary * large) / lotSize))
}

function levelsOf(ladder: Ladder): Level[] {
  const levels: Level[] = []
  for (let rank = 0; rank < ladder.depth(); rank += 1) levels.push([ladder.priceAt(rank), ladder.sizeAt(rank)])
  return levels
}
