import { describe, expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND

class Guarded extends TestMarket {
  at(seconds: number, price: number, product?: string): void {
    const quotes = { bid: [price, 500], ask: [price + 0.01, 500], trade: ['SELL', price, 1] } as const
    this.tick(seconds * SECOND, quotes, product)
  }

  buy(quantity: number, product = 'BTC-USD'): string {
    this.order({ side: 'BUY', type: 'MARKET', quantity, product })
    const last = this.orders.at(-1)
    return last?.state === 'REFUSED' ? `${last.reason} ${last.detail}` : 'done'
  }

  sell(quantity: number, product = 'BTC-USD'): void {
    this.order({ side: 'SELL', type: 'MARKET', quantity, product })
  }
}

describe('protections keep entries out, and let exits through', () => {
  it('for a while after a close', () => {
    const market = new Guarded({ COOLDOWN_AFTER_CLOSE_SECONDS: 60 })
    market.at(0, 100)
    market.buy(2)
    market.sell(1)
    expect(market.buy(1)).toBe('done')
    market.sell(2)
    market.at(59, 100)
    expect(market.buy(1)).toBe('LOCKED locked by the cooldown after a close until 1970-01-01T00:01:00.000000Z')
    market.at(60, 100)
    expect(market.buy(1)).toBe('done')
  })

  it('after so many stops within the look-back', () => {
    const market = new Guarded({ STOP_GUARD_COUNT: 2, STOP_GUARD_LOCK_SECONDS: 100, STOP_LOSS_PCT: 0.05 })
    for (const at of [0, 10]) {
      market.at(at, 100)
      expect(market.buy(1)).toBe('done')
      market.at(at + 1, 90)
    }
    expect(market.buy(1, 'BTC-USD')).toContain('LOCKED locked by the stop guard')
    market.at(111.5, 100)
    expect(market.buy(1)).toBe('done')
  })

  it('by product, where the stop guard is told to', () => {
    const changes = { STOP_GUARD_COUNT: 1, STOP_GUARD_SCOPE: 'product', STOP_LOSS_PCT: 0.05 }
    const market = new Guarded(changes)
    market.at(0, 100)
    market.at(0, 50, 'ETH-USD')
    market.buy(1)
    market.at(1, 90)
    expect(market.buy(1)).toContain('LOCKED')
    expect(market.buy(1, 'ETH-USD')).toBe('done')
  })

  it('while the equity is so far under its highest of the look-back', () => {
    const changes = { INITIAL_CAPITAL: 1_000, DRAWDOWN_LOCK_PCT: 0.1, DRAWDOWN_LOCK_LOOKBACK_SECONDS: 600 }
    const market = new Guarded({ ...changes, DRAWDOWN_LOCK_SECONDS: 60 })
    market.at(0, 100)
    market.buy(8)
    market.at(1, 80)
    expect(market.buy(1)).toContain('LOCKED locked by the drawdown lock')
    market.sell(8)
    expect(market.position()).toBe(0n)
  })

  it('where a product’s results within the look-back are too low', () => {
    const changes = { INITIAL_CAPITAL: 1_000, LOW_PROFIT_TRADES: 2, LOW_PROFIT_PCT: -0.01 }
    const market = new Guarded(changes)
    for (const at of [0, 10]) {
      market.at(at, 100)
      expect(market.buy(1)).toBe('done')
      market.at(at + 1, 92)
      market.sell(1)
    }
    expect(market.buy(1)).toContain('LOCKED locked by the low-profit lock')
  })

  it('after the loss of a day, until the next', () => {
    const market = new Guarded({ INITIAL_CAPITAL: 1_000, DAILY_LOSS_PCT: 0.05 })
    market.at(0, 100)
    market.buy(8)
    market.order({ side: 'BUY', type: 'LIMIT', limit: 50, quantity: 1 })
    market.at(1, 90)
    expect(market.lines).toContain('trading REDUCING DAILY_LOSS')
    // Whoever switches it on again is told that it may still only close.
    market.broker.setTrading('HALTED')
    market.broker.setTrading('ACTIVE')
    expect(market.lines.slice(-2)).toEqual(['trading ACTIVE SWITCH', 'trading REDUCING DAILY_LOSS'])
    expect(market.orders.at(-1)).toMatchObject({ state: 'CANCELLED', reason: 'DAILY_LOSS' })
    expect(market.buy(1)).toContain('DAILY_LOSS')
    market.sell(4)
    expect(market.position()).toBe(4n * 10n ** 18n)
    market.sell(4)
    market.at(DAY / SECOND, 90)
    expect(market.lines.at(-1)).toBe('trading ACTIVE DAILY_LOSS')
    expect(market.buy(1)).toBe('done')
  })

  it('above the most positions', () => {
    const market = new Guarded({ MAX_OPEN_POSITIONS: 1 })
    market.at(0, 100)
    market.at(0, 50, 'ETH-USD')
    market.buy(1)
    expect(market.buy(1, 'ETH-USD')).toBe('MAX_POSITIONS 1 of at most 1 positions are open')
    expect(market.buy(1)).toBe('done')
  })

  it('above the largest exposure', () => {
    const market = new Guarded({ INITIAL_CAPITAL: 1_000, MAX_GROSS_EXPOSURE_PCT: 0.5 })
    market.at(0, 99.99)
    market.buy(9)
    expect(market.told()).toEqual(['BUY 5 at 100 TAKER'])
  })
})

describe('the switch', () => {
  it('refuses the algorithm’s orders while halted, and lets stops go on', () => {
    const market = new Guarded()
    market.at(0, 100)
    market.buy(2)
    market.order({ side: 'SELL', type: 'STOP', stop: 90, quantity: 2, reduceOnly: true })
    const resting = market.order({ side: 'BUY', type: 'LIMIT', limit: 95, quantity: 2 })
    market.broker.setTrading('HALTED')
    expect(market.state(resting)).toBe('CANCELLED')
    expect(market.buy(1)).toBe('HALTED trading is halted')
    market.sell(1)
    expect(market.orders.at(-1)).toMatchObject({ state: 'REFUSED', reason: 'HALTED' })
    market.at(1, 80)
    expect(market.position()).toBe(0n)
  })

  it('lets only what closes through while reducing, and no more of it than is held', () => {
    const market = new Guarded()
    market.at(0, 100)
    market.buy(2)
    market.broker.setTrading('REDUCING')
    expect(market.buy(1)).toBe('REDUCING only what closes is let through')
    market.sell(5)
    expect(market.position()).toBe(0n)
    market.broker.setTrading('ACTIVE')
    expect(market.buy(1)).toBe('done')
    expect(market.lines.filter((line) => line.startsWith('trading'))).toEqual([
      'trading REDUCING SWITCH',
      'trading ACTIVE SWITCH',
    ])
  })
})
