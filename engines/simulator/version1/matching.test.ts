import { EIGHTHS } from '../../domain/market/unit.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BookSnapshot, Level, Tick } from '../../domain/market/market.ts'
import { formatDecimal, parseMoney, toFixed } from './money.ts'
import { liquidity, ProductMarket, quantityWithin, walk } from './matching.ts'

type Plain = readonly [price: number, size: number]

function levels(plain: readonly Plain[]): Level[] {
  return plain.map(([price, size]) => [toFixed(price), toFixed(size)])
}

function book(bids: readonly Plain[], asks: readonly Plain[]): BookSnapshot {
  return {
    type: 'book',
    unit: EIGHTHS,
    sequence: 1,
    time: 0,
    product: 'BTC-USD',
    bids: levels(bids),
    asks: levels(asks),
  }
}

function tick(bid: Plain, ask: Plain, price = 100): Tick {
  const [[bidPrice, bidSize], [askPrice, askSize]] = [levels([bid])[0]!, levels([ask])[0]!]
  const quote = { bid: bidPrice, bidSize, ask: askPrice, askSize }
  const last = { price: toFixed(price), size: 1, tradeId: 1, takerSide: 'BUY' as const }
  return { type: 'tick', unit: EIGHTHS, sequence: 2, time: 0, product: 'BTC-USD', ...quote, ...last }
}

const depth = book([[99, 1], [98, 2], [97, 3]], [[101, 1], [102, 2], [103, 3]]) // prettier-ignore

function after(...events: readonly (Tick | BookSnapshot)[]): ProductMarket {
  const market = new ProductMarket()
  for (const event of events) {
    if (event.type === 'tick') market.onTick(event)
    else market.onBook(event)
  }
  return market
}

/** Levels in plain numbers. */
function plain(given: readonly Level[]): readonly Plain[] {
  return given.map(([price, size]) => [price / 1e8, size / 1e8])
}

describe('liquidity', () => {
  it.each<[what: string, events: readonly (Tick | BookSnapshot)[], asks: readonly Plain[], bids: readonly Plain[]]>([
    ['nothing is known', [], [], []],
    ['a tick alone has sizes', [tick([99, 4], [101, 5])], [[101, 5]], [[99, 4]]],
    ['a tick alone has no sizes', [tick([99, 0], [101, 0])], [[101, Infinity]], [[99, Infinity]]],
    ['a candle has a price only', [tick([0, 0], [0, 0], 100)], [[100, Infinity]], [[100, Infinity]]],
    ['one side is empty', [tick([99, 4], [0, 0])], [], [[99, 4]]],
    ['the book is newer', [tick([99.5, 9], [100.5, 9]), depth], plain(depth.asks), plain(depth.bids)],
    [
      'the tick is newer and agrees',
      [depth, tick([99, 0.5], [101, 0.25])],
      [[101, 0.25], [102, 2], [103, 3]], // prettier-ignore
      [[99, 0.5], [98, 2], [97, 3]], // prettier-ignore
    ],
    [
      'the tick is newer and has moved up',
      [depth, tick([101.5, 1], [102, 1])],
      [[102, 1], [103, 3]], // prettier-ignore
      [[101.5, 1], [99, 1], [98, 2], [97, 3]], // prettier-ignore
    ],
    [
      'the tick has left the book behind',
      [depth, tick([119, 1], [120, 1])],
      [[120, 1]],
      [[119, 1], ...plain(depth.bids)],
    ],
    [
      'the tick names no sizes but the book does',
      [depth, tick([99, 0], [101, 0])],
      plain(depth.asks),
      plain(depth.bids),
    ],
    ['the tick has no quotes but a book is known', [depth, tick([0, 0], [0, 0])], plain(depth.asks), plain(depth.bids)],
    ['the book is empty', [tick([99, 1], [101, 1]), book([], [])], [], []],
  ])('where %s', (_, events, asks, bids) => {
    expect(plain(liquidity(after(...events), 'BUY'))).toEqual(asks)
    expect(plain(liquidity(after(...events), 'SELL'))).toEqual(bids)
  })

  it('is nothing once the connection is lost', () => {
    const market = after(depth, tick([99, 1], [101, 1]))
    market.onLost()
    expect(liquidity(market, 'BUY')).toEqual([])
  })
})

describe('what an order has taken', () => {
  const best = tick([99, 1], [101, 1])

  function asksAfterBuying(...events: readonly (Tick | BookSnapshot)[]): readonly Plain[] {
    const market = after(depth, best)
    market.take('BUY', liquidity(market, 'BUY'), toFixed(2))
    for (const event of events) {
      if (event.type === 'tick') market.onTick(event)
      else market.onBook(event)
    }
    return plain(liquidity(market, 'BUY'))
  }

  it.each<[what: string, events: readonly (Tick | BookSnapshot)[], asks: readonly Plain[]]>([
    ['is gone', [], [[102, 1], [103, 3]]], // prettier-ignore
    ['stays gone at a tick that tells the same size', [{ ...best, price: 5 }], [[102, 1], [103, 3]]], // prettier-ignore
    ['is back at the best level when a tick tells another size', [tick([99, 1], [101, 7])], [[101, 7], [102, 1], [103, 3]]], // prettier-ignore
    ['is back at all levels with a new book', [depth], plain(depth.asks)],
  ])('%s', (_, events, asks) => {
    expect(asksAfterBuying(...events)).toEqual(asks)
  })

  it('is not taken from the other side', () => {
    const market = after(depth)
    market.take('BUY', depth.asks, toFixed(2))
    expect(plain(liquidity(market, 'SELL'))).toEqual(plain(depth.bids))
  })

  it('is forgotten when the best price moves, but for levels that the book still shows', () => {
    const market = after(depth)
    for (let at = 0; at < 100; at += 1) {
      market.onTick(tick([99 + at, 1], [101 + at, 1]))
      market.take('BUY', liquidity(market, 'BUY'), toFixed(1))
    }
    expect(market.takenLevels).toBe(4)
    market.onTick(tick([99, 1], [100, 1]))
    expect(plain(liquidity(market, 'BUY'))).toEqual([[100, 1], [102, 1], [103, 2]]) // prettier-ignore
  })

  it('uses nothing up where no size is known', () => {
    const market = after(tick([0, 0], [0, 0]))
    market.take('BUY', liquidity(market, 'BUY'), toFixed(5))
    expect(plain(liquidity(market, 'BUY'))).toEqual([[100, Infinity]])
  })
})

describe('walk', () => {
  it('takes the best levels first and adds them up exactly', () => {
    const execution = walk(depth.asks, toFixed(2.5))
    // 1 × 101 + 1.5 × 102 = 254
    expect(execution).toEqual({ quantity: toFixed(2.5), price: toFixed(101.6), notional: parseMoney('254') })
  })

  it('takes no more than there is', () => {
    expect(walk(depth.asks, toFixed(100))).toMatchObject({ quantity: toFixed(6), notional: parseMoney('614') })
    expect(walk([], toFixed(1))).toBeNull()
  })

  it('rounds the sum once, not each level', () => {
    // Three times 0.5e-8 × 1 unit: 1.5e-8 in sum, which is 2e-8 half even; each by itself would round to 0.
    const halves: Level[] = [[50_000_000, 1], [50_000_000, 1], [50_000_000, 1]] // prettier-ignore
    expect(walk(halves, 3)!.notional).toBe(2n)
  })

  it('never averages out of the range of the levels it took', () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 1e13 }), fc.integer({ min: 1, max: 1e12 }))
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 1e13 }),
        (given, wanted) => {
          const execution = walk(given, wanted)
          if (execution === null) return
          const prices = given.map(([price]) => price)
          expect(execution.price >= Math.min(...prices) && execution.price <= Math.max(...prices)).toBe(true)
          const held = given.reduce((sum, [, size]) => sum + size, 0)
          expect(execution.quantity).toBe(Math.min(wanted, held))
        },
      ),
    )
  })
})

describe('quantityWithin', () => {
  it.each<[what: string, budget: string, skip: number, mark: number, expected: string]>([
    ['within the best level', '50.5', 0, 101, '0.5'],
    ['over several levels', '254', 0, 101, '2.5'],
    ['after what is closed first', '102', 2, 101, '1'],
    ['beyond the book, at its last price', '717', 0, 101, '7'],
    // Units count 2 × 110 − 101 = 119 each.
    ['with the mark above the price', '119', 0, 110, '1'],
    ['nothing to spend', '0', 0, 101, '0'],
  ])('%s', (_, budget, skip, mark, expected) => {
    expect(formatDecimal(quantityWithin(depth.asks, parseMoney(budget), toFixed(skip), toFixed(mark)))).toBe(expected)
  })

  it('is never dearer than the budget', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        sizes,
        fc.bigInt({ min: 0n, max: 10n ** 14n }),
        fc.integer({ min: 1, max: 1e12 }),
        (given, budget, from) => {
          const asks: Level[] = given.map((size, index) => [from + index * 1000, size])
          const quantity = quantityWithin(asks, budget, 0, from)
          const execution = quantity === 0 ? null : walk(asks, quantity)
          expect(execution === null || execution.notional <= budget).toBe(true)
        },
      ),
    )
  })
})
