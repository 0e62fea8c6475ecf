import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

const BIDS = [
  [100, 5],
  [99, 5],
] as const
const ASKS = [[101, 5]] as const
const QUOTES = { bid: [100, 5], ask: [101, 5] } as const

/** We bid 100 × 2 behind five. */
function behindFive(changes: Record<string, unknown> = {}) {
  const market = new TestMarket(changes)
  market.book(0, BIDS, ASKS)
  const id = market.order({ side: 'BUY', type: 'LIMIT', quantity: 2, limit: 100 })
  return { market, id }
}

describe('a resting limit order', () => {
  it('stands behind all that was displayed, is moved up by trades, and is filled whole by one through its price', () => {
    const { market, id } = behindFive()
    expect(market.ahead(id)).toBe(5)
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 3] })
    expect(market.ahead(id)).toBe(2)
    market.tick(2, { ...QUOTES, trade: ['SELL', 100, 3] })
    expect(market.told()).toEqual(['BUY 1 at 100 MAKER'])
    market.tick(3, { ...QUOTES, trade: ['SELL', 99, 0.1] })
    expect(market.told(1)).toEqual(['BUY 1 at 100 MAKER'])
    expect(market.state(id)).toBe('FILLED')
  })

  it('is moved by no trade whose taker is on its own side', () => {
    const { market, id } = behindFive()
    market.tick(1, { ...QUOTES, trade: ['BUY', 100, 3] })
    expect(market.ahead(id)).toBe(5)
  })

  it('is first in its queue where it improves the best price', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [99, 5], ask: [101, 5] })
    const id = market.order({ side: 'BUY', type: 'LIMIT', quantity: 2, limit: 100 })
    expect(market.ahead(id)).toBe(0)
    market.tick(1, { bid: [99, 5], ask: [101, 5], trade: ['SELL', 100, 0.5] })
    expect(market.told()).toEqual(['BUY 0.5 at 100 MAKER'])
    expect(market.state(id)).toBe('PARTIALLY_FILLED')
  })

  it('counts a fall of the displayed size once, though its trade arrives behind it', () => {
    const { market, id } = behindFive()
    market.book(1, [[100, 2]], ASKS)
    expect(market.ahead(id)).toBe(2)
    market.tick(1, { bid: [100, 2], ask: [101, 5], trade: ['SELL', 100, 3] })
    expect(market.ahead(id)).toBe(2)
    expect(market.fills).toEqual([])
    // A later trade is another one.
    market.tick(2, { bid: [100, 2], ask: [101, 5], trade: ['SELL', 100, 1] })
    expect(market.ahead(id)).toBe(1)
  })

  it('counts a trade once, though the fall that it causes is shown behind it', () => {
    const { market, id } = behindFive()
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 3] })
    market.book(2, [[100, 2]], ASKS)
    expect(market.ahead(id)).toBe(2)
  })

  it('is moved up by a trade that fell behind others who came after it, and left the cap where it was', () => {
    const { market, id } = behindFive()
    market.book(1, [[100, 9]], ASKS)
    market.book(2, [[100, 6]], ASKS)
    market.tick(2, { bid: [100, 6], ask: [101, 5], trade: ['SELL', 100, 3] })
    expect(market.ahead(id)).toBe(2)
  })

  it('never has more in front of it than is displayed, and is not set back by what comes behind it', () => {
    const { market, id } = behindFive()
    market.book(1, [[100, 3]], ASKS)
    expect(market.ahead(id)).toBe(3)
    market.book(2, [[100, 50]], ASKS)
    expect(market.ahead(id)).toBe(3)
    market.book(3, [[99, 5]], ASKS)
    expect(market.ahead(id)).toBe(0)
  })

  it('takes its place when its level is first shown, and keeps it while that is out of sight', () => {
    const market = new TestMarket()
    market.book(0, BIDS, ASKS)
    const id = market.order({ side: 'BUY', type: 'LIMIT', quantity: 2, limit: 98 })
    expect(market.ahead(id)).toBeNaN()
    market.book(1, [[99, 1], [98, 7]], ASKS) // prettier-ignore
    expect(market.ahead(id)).toBe(7)
    market.book(2, BIDS, ASKS)
    expect(market.ahead(id)).toBe(7)
  })

  it('is moved up by its share of cancellations in the proportional model, which no trade explains', () => {
    const { market, id } = behindFive({ QUEUE_MODEL: 'proportional' })
    market.book(1, [[100, 10]], ASKS)
    market.tick(2, { bid: [100, 9], ask: [101, 5], trade: ['SELL', 100, 1] })
    expect(market.ahead(id)).toBe(4)
    // Of the nine that the trade left, three were cancelled: a third of the four in front of it too.
    market.book(3, [[100, 6]], ASKS)
    expect(market.ahead(id)).toBeCloseTo(4 - (3 * 4) / 9, 3)
  })

  it('is filled by what touches it in the optimistic model', () => {
    const { market } = behindFive({ QUEUE_MODEL: 'optimistic' })
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 1.5] })
    expect(market.told()).toEqual(['BUY 1.5 at 100 MAKER'])
  })

  it('is filled by an opposing best at its price, up to the size shown there, and once', () => {
    const { market, id } = behindFive()
    market.tick(1, { bid: [99, 5], ask: [100, 0.5] })
    market.tick(2, { bid: [99, 5], ask: [100, 0.5] })
    expect(market.told()).toEqual(['BUY 0.5 at 100 MAKER'])
    market.tick(3, { bid: [98, 5], ask: [99, 5] })
    expect(market.told(1)).toEqual(['BUY 1.5 at 100 MAKER'])
    expect(market.state(id)).toBe('FILLED')
  })

  it('is filled by nothing that traded before it was there', () => {
    const { market } = behindFive()
    market.tick(10, QUOTES)
    market.order({ side: 'BUY', type: 'LIMIT', quantity: 1, limit: 100.5 })
    market.tick(11, { ...QUOTES, trade: ['SELL', 99, 5], tradedAt: 5 })
    expect(market.fills.filter(({ orderId }) => orderId === 2)).toEqual([])
  })

  it('shares a trade at its price with the others of the run', () => {
    const market = new TestMarket()
    market.tick(0, { bid: [99, 5], ask: [101, 5] })
    for (const quantity of [1, 1]) market.order({ side: 'BUY', type: 'LIMIT', quantity, limit: 100 })
    market.tick(1, { bid: [99, 5], ask: [101, 5], trade: ['SELL', 100, 1.5] })
    expect(market.told()).toEqual(['BUY 1 at 100 MAKER', 'BUY 0.5 at 100 MAKER'])
  })

  it('goes to the back when it is moved or made larger, and keeps its place when it is made smaller', () => {
    const { market, id } = behindFive()
    market.tick(1, { ...QUOTES, trade: ['SELL', 100, 3] })
    const smaller = market.broker.replace(id, { quantity: 10n ** 18n })
    expect(market.ahead(smaller.id)).toBe(2)
    const larger = market.broker.replace(smaller.id, { quantity: 3n * 10n ** 18n })
    expect(market.ahead(larger.id)).toBe(5)
    expect(market.lines.filter((line) => /REPLACED|RESTING/.test(line))).toEqual([
      '1 RESTING',
      '1 REPLACED',
      '2 RESTING',
      '2 REPLACED',
      '3 RESTING',
    ])
  })
})

describe('quotes without depth', () => {
  it('put an order behind the size shown at the best, and behind an unknown one until the best comes to it', () => {
    const market = new TestMarket()
    market.tick(0, QUOTES)
    const [at, behind] = [100, 99].map((limit) => market.order({ side: 'BUY', type: 'LIMIT', quantity: 1, limit }))
    expect(market.ahead(at!)).toBe(5)
    expect(market.ahead(behind!)).toBeNaN()
    market.tick(1, { bid: [99, 8], ask: [101, 5] })
    expect(market.ahead(behind!)).toBe(8)
  })
})
