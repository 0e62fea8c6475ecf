import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../tests/support/engines/broker-run.ts'
import { unitOf } from '../domain/market/unit.ts'
import { AMOUNT_ONE } from '../domain/money.ts'
import type { Side } from '../domain/side.ts'
import { MAX_OPEN_ORDERS } from './settings.ts'

const LATE = { ORDER_LATENCY_MS: 100 }

/** A market with deep quotes, to which an algorithm's signals come. */
class SignalMarket extends TestMarket {
  quote(ms: number, price: number): void {
    this.tick(ms, { bid: [price - 1, 1_000], ask: [price, 1_000], trade: ['BUY', price, 1] })
  }

  /** @returns whether risk lets it through. */
  signal(ms: number, side: Side, confidence = 1): boolean {
    const head = { type: 'signal', product: 'BTC-USD', unit: this.unit, indicator: 1, reason: '', cause: 1 } as const
    const signal = { ...head, side, confidence, price: 10_000, time: ms * 1_000 }
    const decision = this.broker.decide(signal)
    if (decision.accepted) this.broker.follow(signal, decision.quantity, 7)
    return decision.accepted
  }
}

function held(changes: Record<string, unknown> = LATE): SignalMarket {
  const market = new SignalMarket(changes)
  market.quote(0, 100)
  expect(market.signal(0, 'BUY')).toBe(true)
  market.quote(200, 100)
  expect(market.position()).toBeGreaterThan(0n)
  return market
}

describe('a close that is on its way', () => {
  it('is not taken back where the run may only close from then on, and opens nothing', () => {
    const market = held()
    expect(market.signal(200, 'SELL')).toBe(true)
    market.broker.setTrading('REDUCING')
    market.quote(400, 90)
    expect(market.position()).toBe(0n)
  })

  it('opens nothing where a stop has closed before it, though it could not have been let through to open', () => {
    const market = held({ ...LATE, STOP_LOSS_PCT: 0.02, MIN_CONFIDENCE: 0.5, INITIAL_CAPITAL: 10_000 })
    // Of too little confidence to open anything: it closes, which is never refused.
    expect(market.signal(200, 'SELL', 0.1)).toBe(true)
    market.quote(210, 95)
    market.quote(320, 95)
    market.quote(400, 95)
    expect(market.trips.map(({ exitReason }) => exitReason)).toEqual(['STOP_LOSS'])
    expect(market.position()).toBe(0n)
    expect(market.lines).toContain('3 CANCELLED FLAT')
  })

  it('opens what was decided and no more where it was to close and open, and a stop has closed before it', () => {
    const market = held({ ...LATE, STOP_LOSS_PCT: 0.02, INITIAL_CAPITAL: 10_000 })
    const long = market.position()
    expect(market.signal(200, 'SELL')).toBe(true)
    const wanted = market.broker.openOrders.find(
      ({ terms }) => terms.side === 'SELL' && terms.purpose === 'SIGNAL',
    )!.quantity
    market.quote(210, 95)
    market.quote(320, 95)
    market.quote(400, 95)
    expect(market.trips.map(({ exitReason }) => exitReason)).toEqual(['STOP_LOSS'])
    expect(wanted).toBeGreaterThan(long)
    expect(-market.position()).toBe(wanted - long)
  })

  it('opens nothing either where it was placed while only closing was let through', () => {
    const market = held({ ...LATE, STOP_LOSS_PCT: 0.02, INITIAL_CAPITAL: 10_000, MAX_OPEN_POSITIONS: 1 })
    market.broker.setTrading('REDUCING')
    const id = market.order({ side: 'SELL', type: 'MARKET', quantity: 1_000 })
    market.broker.setTrading('ACTIVE')
    market.quote(210, 95)
    market.quote(320, 95)
    market.quote(400, 95)
    expect(market.trips.map(({ exitReason }) => exitReason)).toEqual(['STOP_LOSS'])
    expect(market.position()).toBe(0n)
    expect(market.orders.findLast((order) => order.id === id)).toMatchObject({ state: 'CANCELLED', reason: 'FLAT' })
  })

  it('is not taken back by the loss of the day, which it is part of', () => {
    const market = held({ ...LATE, INITIAL_CAPITAL: 1_000, POSITION_SIZE_PCT: 1, DAILY_LOSS_PCT: 0.05 })
    expect(market.signal(200, 'SELL')).toBe(true)
    market.quote(250, 90)
    expect(market.lines).toContain('trading REDUCING DAILY_LOSS')
    market.quote(400, 90)
    expect(market.position()).toBe(0n)
  })

  it('leaves a position that was held long enough to be closed once it was taken back', () => {
    const market = held({ ...LATE, MAX_HOLD_SECONDS: 5 })
    expect(market.signal(5_050, 'SELL')).toBe(true)
    market.quote(5_101, 100)
    market.broker.setTrading('HALTED')
    market.quote(5_200, 100)
    expect(market.position()).toBe(0n)
    expect(market.trips.map(({ exitReason }) => exitReason)).toEqual(['MAX_HOLD'])
  })
})

it('an order that was taken back on its way keeps nothing else of its product out', () => {
  const market = new SignalMarket(LATE)
  market.quote(0, 100)
  expect(market.signal(0, 'BUY')).toBe(true)
  market.broker.setTrading('HALTED')
  market.broker.setTrading('ACTIVE')
  market.quote(3_600_000, 100)
  expect(market.signal(3_600_000, 'BUY')).toBe(true)
})

it('what closes is let in over the bound of open orders', () => {
  const market = held({})
  while (market.broker.openOrders.length < MAX_OPEN_ORDERS)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 1, quantity: 1 })
  const id = market.order({ side: 'SELL', type: 'MARKET', quantity: 1, reduceOnly: true })
  expect(market.state(id)).toBe('FILLED')
  expect(market.state(market.order({ side: 'SELL', type: 'LIMIT', limit: 200, quantity: 1 }))).toBe('REFUSED')
})

it('a reversal closes whatever is held, and opens no more than the instrument lets one order', () => {
  const market = new SignalMarket()
  market.instrument({ maxSize: 100_000 })
  market.quote(0, 100)
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
  market.order({ side: 'SELL', type: 'MARKET', quantity: 1_000 })
  expect(market.position()).toBe(-9n * AMOUNT_ONE)
})

it('a bracket whose entry rests is at the same prices in a finer unit', () => {
  const market = new TestMarket()
  market.tick(0, { bid: [98, 50], ask: [100, 50] })
  market.order({ side: 'BUY', type: 'LIMIT', limit: 99, quantity: 2, bracket: { stop: 90, target: 110 } })
  market.unit = unitOf(5, 8)
  market.tick(1, { bid: [98, 50], ask: [100, 50.00000001], trade: ['SELL', 98.99999, 0.5] })
  expect(market.told()).toEqual(['BUY 2 at 99 MAKER'])
  const [stop, target] = market.broker.openOrders
  expect([stop?.stop, target?.limit]).toEqual([90 * 1e5, 110 * 1e5])
})
