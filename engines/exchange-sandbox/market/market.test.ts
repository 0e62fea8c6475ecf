import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MICROS_PER_SECOND } from '../../domain/time.ts'
import type { Change, MarketAction, TradeAction } from '../action.ts'
import { LISTINGS } from '../listing.ts'
import { createMarket, generateMarket, marketFaults } from './market.ts'

const START = 1_790_000_000 * MICROS_PER_SECOND
const seeds = fc.integer({ min: 0, max: 2 ** 40 })
const anyProduct = fc.constantFrom(...LISTINGS.keys())

function actionsOf(seed: number, products: readonly string[], seconds: number, activity = 1): MarketAction[] {
  return [...generateMarket({ seed, products, startTime: START, activity }, START + seconds * MICROS_PER_SECOND)].flat()
}

/** The trades alone of an hour or more, whose books nobody need keep. */
function tradesOf(seed: number, product: string, seconds: number): TradeAction[] {
  const trades: TradeAction[] = []
  const options = { seed, products: [product], startTime: START, activity: 1 }
  for (const actions of generateMarket(options, START + seconds * MICROS_PER_SECOND))
    for (const action of actions) if (action.type === 'trade') trades.push(action)
  return trades
}

/** A book of its own, kept from the actions alone. */
class Watcher {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()
  #bid = -Infinity
  #ask = Infinity

  apply(action: MarketAction): void {
    if (action.type === 'snapshot') {
      for (const [price, size] of action.bids) this.change(['BUY', price, size])
      for (const [price, size] of action.asks) this.change(['SELL', price, size])
    }
    if (action.type === 'book') for (const change of action.changes) this.change(change)
  }

  change([side, price, size]: Change): void {
    const levels = side === 'BUY' ? this.bids : this.asks
    if (size === 0) levels.delete(price)
    else levels.set(price, size)
    // Looked for again only where it may have changed: most changes are behind the best price.
    if (side === 'BUY' && price >= this.#bid) this.#bid = size === 0 ? Math.max(...levels.keys()) : price
    if (side === 'SELL' && price <= this.#ask) this.#ask = size === 0 ? Math.min(...levels.keys()) : price
  }

  bid = (): number => this.#bid
  ask = (): number => this.#ask
}

/** One-second logarithmic returns of a product's trades. */
function returnsOf(actions: readonly MarketAction[], seconds: number): number[] {
  const closes: number[] = new Array<number>(seconds).fill(0)
  for (const action of actions) {
    if (action.type === 'trade') closes[Math.min(seconds - 1, Math.floor((action.time - START) / 1e6))] = action.price
  }
  const returns: number[] = []
  let last = 0
  for (const close of closes) {
    if (close > 0 && last > 0) returns.push(Math.log(close / last))
    else if (last > 0) returns.push(0)
    if (close > 0) last = close
  }
  return returns
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function kurtosis(values: readonly number[]): number {
  const middle = mean(values)
  const second = mean(values.map((value) => (value - middle) ** 2))
  return mean(values.map((value) => (value - middle) ** 4)) / second ** 2
}

function autocorrelation(values: readonly number[], lag: number): number {
  const middle = mean(values)
  const variance = mean(values.map((value) => (value - middle) ** 2))
  return mean(values.slice(lag).map((value, index) => (value - middle) * (values[index]! - middle))) / variance
}

describe('a generated market', () => {
  it('is the same for the same seed, in however many steps one goes through it', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 8 }),
        (seed, steps) => {
          const options = { seed, products: ['BTC-USD', 'DOGE-USD'], startTime: START }
          const end = START + steps.reduce((sum, step) => sum + step, 0)
          const whole = createMarket(options)
          const stepped = createMarket(options)
          expect(stepped.opening).toEqual(whole.opening)
          let time = START
          const inSteps = steps.flatMap((step) => stepped.advance((time += step)))
          expect(inSteps).toEqual(whole.advance(end))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('differs from seed to seed', () => {
    expect(actionsOf(1, ['BTC-USD'], 2)).not.toEqual(actionsOf(2, ['BTC-USD'], 2))
  })

  it('moves as a whole with its start time, and one product does not change with the company it keeps', () => {
    const alone = actionsOf(5, ['SOL-USD'], 3)
    expect(actionsOf(5, ['BTC-USD', 'SOL-USD'], 3).filter(({ product }) => product === 'SOL-USD')).toEqual(alone)
    const later = createMarket({ seed: 5, products: ['SOL-USD'], startTime: START + 777 })
    const shifted = [...later.opening, ...later.advance(START + 777 + 3 * MICROS_PER_SECOND)]
    expect(shifted.map((action) => ({ ...action, time: action.time - 777 }))).toEqual(alone)
  })

  it('never crosses its book, trades at levels that rested there, and quotes what rests', () => {
    fc.assert(
      fc.property(seeds, anyProduct, fc.constantFrom(0.5, 1, 20), (seed, product, activity) => {
        const book = new Watcher()
        let before = new Map<number, number>()
        let time = 0
        for (const action of actionsOf(seed, [product], 12, activity)) {
          if (action.time < time) expect.fail(`${action.time} came after ${time}`)
          time = action.time
          if (action.type === 'book') {
            // Only a trade's own levels matter: what they held before this change.
            before = new Map(
              action.changes.map(([side, price]) => [price, (side === 'BUY' ? book.bids : book.asks).get(price) ?? 0]),
            )
          }
          book.apply(action)
          if (action.type === 'trade') {
            const held = before.get(action.price) ?? 0
            if (held < action.size) expect.fail(`${action.size} traded where ${held} rested`)
          }
          if (action.type === 'ticker') {
            expect([action.bid, action.ask]).toEqual([book.bid(), book.ask()])
            expect([action.bidSize, action.askSize]).toEqual([book.bids.get(action.bid), book.asks.get(action.ask)])
          }
          if (action.type !== 'last-trade' && book.bid() >= book.ask()) expect.fail(`crossed at ${action.time}`)
        }
        for (const [price, size] of [...book.bids, ...book.asks]) {
          expect([price, size].every((count) => Number.isSafeInteger(count) && count > 0)).toBe(true)
        }
        expect(Math.min(book.bids.size, book.asks.size)).toBeGreaterThan(100)
      }),
      { numRuns: 20 },
    )
  })

  it('numbers trades without holes, and lets the sequence rise with holes', () => {
    fc.assert(
      fc.property(seeds, anyProduct, (seed, product) => {
        const trades = actionsOf(seed, [product], 30).filter(
          (action): action is TradeAction => action.type === 'trade' || action.type === 'last-trade',
        )
        expect(trades.length).toBeGreaterThan(20)
        trades.slice(1).forEach((trade, index) => {
          expect(trade.tradeId).toBe(trades[index]!.tradeId + 1)
          expect(trade.sequence).toBeGreaterThan(trades[index]!.sequence)
        })
        expect(trades.at(-1)!.sequence - trades[0]!.sequence).toBeGreaterThan(trades.length)
      }),
      { numRuns: 20 },
    )
  })

  it('has fat tails and clusters of volatility, and arrivals that come in bursts', () => {
    const seconds = 3600
    const clustered: number[] = []
    for (const seed of [1, 2, 3]) {
      const trades = tradesOf(seed, 'BTC-USD', seconds)
      const returns = returnsOf(trades, seconds)
      expect(kurtosis(returns)).toBeGreaterThan(4)
      const magnitudes = returns.map(Math.abs)
      clustered.push(autocorrelation(magnitudes, 1), autocorrelation(magnitudes, 10))
      const perSecond = new Array<number>(seconds).fill(0)
      for (const { time } of trades) perSecond[Math.floor((time - START) / 1e6)]! += 1
      const average = mean(perSecond)
      expect(average).toBeGreaterThan(8)
      expect(average).toBeLessThan(30)
      // A Poisson stream's counts vary by their mean; bursts vary by more.
      expect(mean(perSecond.map((count) => (count - average) ** 2)) / average).toBeGreaterThan(1.5)
    }
    for (const value of clustered) expect(value).toBeGreaterThan(0.1)
  })

  it('quotes spreads of a tick to a few on most products, and sizes with a heavy tail', () => {
    const actions = actionsOf(9, ['ETH-USD', 'SOL-USD', 'DOGE-USD', 'POL-USD'], 300)
    for (const product of ['ETH-USD', 'SOL-USD', 'DOGE-USD', 'POL-USD']) {
      const spreads = actions.flatMap((action) =>
        action.type === 'ticker' && action.product === product ? [action.ask - action.bid] : [],
      )
      spreads.sort((one, other) => one - other)
      expect(spreads[0]).toBeGreaterThanOrEqual(1)
      expect(spreads[Math.floor(spreads.length / 2)]).toBeLessThanOrEqual(5)
      const sizes = actions.flatMap((a) => (a.type === 'trade' && a.product === product ? [a.size] : []))
      sizes.sort((one, other) => one - other)
      expect(sizes[Math.floor(sizes.length * 0.99)]! / sizes[Math.floor(sizes.length / 2)]!).toBeGreaterThan(8)
    }
  })

  it('reaches a thousand events a second of one product where asked to', () => {
    const events = actionsOf(3, ['BTC-USD'], 10, 30).length
    expect(events / 10).toBeGreaterThan(1000)
  })

  it('names every fault of its options at once', () => {
    expect(
      marketFaults({ seed: 0.5, products: ['FOO-USD', 'BTC-USD', 'BTC-USD'], startTime: -1, activity: 0 }),
    ).toEqual([
      'seed must be a whole number, not 0.5',
      'start time must be whole microseconds since 1970, not -1',
      'activity must be above 0 and at most 10000, not 0',
      'a product is named twice',
      expect.stringContaining('no market is generated for "FOO-USD"; there is BTC-USD, '),
    ])
    expect(() => createMarket({ seed: 1, products: [], startTime: 0 })).toThrow('between 1 and 64 products')
  })
})
