import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

const QUOTES = { bid: [99, 5], ask: [100, 5] } as const
const OTHER = 'ETH-USD'

/** Why there may be no market for an order that comes now, and what is said then. */
const ABSENCES: readonly [what: string, absent: (market: TestMarket) => void, reason: string][] = [
  ['before the first quote', () => undefined, 'NO_MARKET'],
  [
    'with old quotes',
    (market) => {
      market.tick(0, QUOTES)
      market.tick(100_000, QUOTES, OTHER)
    },
    'STALE_MARKET',
  ],
  [
    'after a cut',
    (market) => {
      market.tick(0, QUOTES)
      market.broker.onFeed({
        ...{ type: 'feed', state: 'RECONNECTING', product: '', count: 0, detail: '', sequence: 9, time: 0 },
      })
    },
    'NO_MARKET',
  ],
  ['with crossed quotes', (market) => market.tick(0, { bid: [101, 5], ask: [100, 5] }), 'NO_MARKET'],
]

describe.each(ABSENCES)('a limit order that comes %s', (_, absent, reason) => {
  it('waits and says why, and takes what it crosses once there is a market', () => {
    const market = new TestMarket()
    absent(market)
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 110, quantity: 1 })
    expect(market.orders.at(-1)).toMatchObject({ id, state: 'RESTING', reason })
    expect(market.orders.at(-1)?.detail).not.toBe('')
    market.tick(100_001, { bid: [99, 5], ask: [100, 6], trade: ['SELL', 99, 1] })
    expect(market.told()).toEqual(['BUY 1 at 100 TAKER'])
  })

  it('is refused then where it may only make', () => {
    const market = new TestMarket()
    absent(market)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 110, quantity: 1, postOnly: true })
    market.tick(100_001, QUOTES)
    expect(market.fills).toEqual([])
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', reason: 'WOULD_CROSS' })
  })

  it('rests as any other where it crosses nothing, and says nothing more of why it waited', () => {
    const market = new TestMarket()
    absent(market)
    const id = market.order({ side: 'BUY', type: 'LIMIT', limit: 98, quantity: 1, postOnly: true })
    market.tick(100_001, QUOTES)
    expect(market.orders.at(-1)).toMatchObject({ id, state: 'RESTING', reason: null, detail: '' })
    market.tick(100_002, { ...QUOTES, trade: ['SELL', 97, 1] })
    expect(market.told()).toEqual(['BUY 1 at 98 MAKER'])
  })

  it('is given up, and says why, where it is for now or never', () => {
    const market = new TestMarket()
    absent(market)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 110, quantity: 1, timeInForce: 'IOC' })
    expect(market.orders.at(-1)).toMatchObject({ state: 'CANCELLED', reason: 'UNFILLED' })
    expect(market.orders.at(-1)?.detail).not.toBe('')
  })
})

it('a limit order of bare trades is said to rest: trades through it are what fills it', () => {
  const market = new TestMarket()
  market.tick(0, { trade: ['BUY', 100, 1] })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 98, quantity: 1 })
  expect(market.orders.at(-1)).toMatchObject({ state: 'RESTING', reason: null })
  market.tick(1, { trade: ['SELL', 97, 5] })
  expect(market.told()).toEqual(['BUY 1 at 98 MAKER'])
})

it('a limit order beyond bare trades takes of the first quotes; one that rested among them makes', () => {
  const market = new TestMarket()
  market.tick(0, { trade: ['BUY', 100, 1] })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 110, quantity: 1 })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 99.5, quantity: 1 })
  market.tick(1, { bid: [98, 5], ask: [99, 5] })
  expect(market.told()).toEqual(['BUY 1 at 99 TAKER', 'BUY 1 at 99.5 MAKER'])
})

it('a limit order for now or never among bare trades is for the next one', () => {
  const market = new TestMarket()
  market.tick(0, { trade: ['BUY', 100, 1] })
  const ioc = { side: 'BUY', type: 'LIMIT', quantity: 1, timeInForce: 'IOC' } as const
  market.order({ ...ioc, limit: 98 })
  market.order({ ...ioc, limit: 96 })
  expect([market.state(1), market.state(2)]).toEqual(['RESTING', 'RESTING'])
  market.tick(1, { trade: ['SELL', 97, 5] })
  expect([market.state(1), market.state(2)]).toEqual(['FILLED', 'CANCELLED'])
})

it('a limit order rests where its own side is all that is known', () => {
  const market = new TestMarket()
  market.tick(0, { bid: [97, 5] })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 98, quantity: 1 })
  expect(market.orders.at(-1)).toMatchObject({ state: 'RESTING', reason: null })
  market.tick(1, { bid: [97, 5], trade: ['SELL', 97, 3] })
  expect(market.told()).toEqual(['BUY 1 at 98 MAKER'])
})
