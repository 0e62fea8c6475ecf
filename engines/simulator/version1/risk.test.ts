import { EIGHTHS } from '../../domain/market/unit.ts'
import { describe, expect, it } from 'vitest'
import type { Level } from '../../domain/market/market.ts'
import { formatDecimal, parseMoney, toFixed } from './money.ts'
import { defaultsOf } from '../../domain/parameters.ts'
import type { Side } from '../../domain/side.ts'
import type { Signal } from '../../domain/trading/signal.ts'
import { simulatorParameters } from '../parameters.ts'
import { limitsOf, type SimulatorLimits } from './limits.ts'
import { allowedLater, screen, sizeOrder, type RiskView } from './risk.ts'

function limits(changes: Record<string, unknown> = {}): SimulatorLimits {
  return limitsOf({ ...defaultsOf(simulatorParameters), TRADING_FEE_PCT: 0, ...changes })
}

interface Situation {
  readonly position?: number
  readonly mark?: number
  readonly levels?: readonly (readonly [price: number, size: number])[]
  readonly equity?: string
  readonly other?: string
}

/** 100,000 of equity, nothing held, price 100 without a bound on size. */
function view(situation: Situation = {}): RiskView {
  const plain = situation.levels ?? [[100, Infinity]]
  const levels: Level[] = plain.map(([price, size]) => [toFixed(price), size === Infinity ? size : toFixed(size)])
  return {
    position: toFixed(situation.position ?? 0),
    mark: toFixed(situation.mark ?? 100),
    levels,
    equity: parseMoney(situation.equity ?? '100000'),
    otherExposure: parseMoney(situation.other ?? '0'),
  }
}

/** The accepted quantity, or the reason of the refusal. */
function outcome(side: Side, situation: Situation, changes: Record<string, unknown> = {}): string {
  const decision = sizeOrder(side, view(situation), limits(changes))
  return decision.accepted ? formatDecimal(decision.quantity) : decision.reason
}

describe('sizeOrder', () => {
  it.each<[what: string, side: Side, situation: Situation, changes: Record<string, unknown>, expected: string]>([
    ['opens its share of the equity', 'BUY', {}, {}, '50'],
    ['opens a short of the same size', 'SELL', {}, {}, '50'],
    ['adds to a position up to its limit', 'BUY', { position: 70 }, {}, '30'],
    ['adds to a short up to its limit', 'SELL', { position: -70 }, {}, '30'],
    ['is refused at the limit', 'BUY', { position: 100 }, {}, 'POSITION_LIMIT'],
    ['is refused where only dust fits under the limit', 'BUY', { position: 99.95 }, {}, 'POSITION_LIMIT'],
    ['is refused above the limit', 'SELL', { position: -120 }, {}, 'POSITION_LIMIT'],
    ['closes and reverses', 'SELL', { position: 70 }, {}, '120'],
    ['closes only, where shorting is disabled', 'SELL', { position: 70 }, { ENABLE_SHORTING: false }, '70'],
    [
      'needs something to sell, where shorting is disabled',
      'SELL',
      {},
      { ENABLE_SHORTING: false },
      'SHORTING_DISABLED',
    ],
    ['closes a short and opens a long', 'BUY', { position: -20 }, {}, '70'],
    ['is reduced to the cash that is left', 'BUY', { other: '98000' }, {}, '20'],
    ['is refused without cash', 'BUY', { other: '100000' }, {}, 'INSUFFICIENT_CASH'],
    ['is refused without margin', 'SELL', { other: '100000' }, {}, 'INSUFFICIENT_CASH'],
    ['closes even without cash', 'BUY', { position: -20, equity: '-500' }, {}, '20'],
    ['is refused where its share is dust', 'BUY', { equity: '150' }, {}, 'SIZE_TOO_SMALL'],
    [
      'keeps room for its fee',
      'BUY',
      {},
      { POSITION_SIZE_PCT: 1, MAX_POSITION_SIZE: 1e9, TRADING_FEE_PCT: 0.01 },
      '990.0990099',
    ],
    ['buys less where it walks up the book', 'BUY', { levels: [[100, 10], [200, 100]] }, {}, '30'], // prettier-ignore
    ['asks for more than a thin book holds', 'BUY', { levels: [[100, 10]] }, {}, '50'],
    ['values at the mark where that is higher', 'BUY', { mark: 150, levels: [[100, Infinity]] }, {}, '25'],
    ['does not reverse what the book cannot even close', 'SELL', { position: 70, levels: [[100, 10]] }, {}, '70'],
  ])('%s', (_, side, situation, changes, expected) => {
    expect(outcome(side, situation, changes)).toBe(expected)
  })

  it('says to a person why it refused', () => {
    expect(sizeOrder('BUY', view({ position: 100 }), limits())).toEqual({
      accepted: false,
      reason: 'POSITION_LIMIT',
      detail: 'the position is worth 10000 of at most 10000',
    })
  })
})

describe('screen', () => {
  const fresh = { lastOrderAt: Number.NEGATIVE_INFINITY, orderPending: false }

  function signal(confidence: number, time = 0): Signal {
    const rest = { product: 'BTC-USD', price: 1, indicator: 1, reason: '', cause: 1 }
    return { type: 'signal', unit: EIGHTHS, side: 'BUY', confidence, time, ...rest }
  }

  it.each([
    [0.3, null],
    [1, null],
    [0.299, 'LOW_CONFIDENCE'],
    [Number.NaN, 'LOW_CONFIDENCE'],
  ])('answers confidence %d with %s', (confidence, expected) => {
    const decision = screen(signal(confidence), fresh, limits())
    expect(decision === null || decision.accepted ? null : decision.reason).toBe(expected)
  })

  it('lets an order pass only when the cooldown is over', () => {
    const cooling = limits({ TRADE_COOLDOWN_MS: 500 })
    const history = { lastOrderAt: 1_000_000, orderPending: false }
    expect(screen(signal(1, 1_499_999), history, cooling)).toMatchObject({ reason: 'COOLDOWN' })
    expect(screen(signal(1, 1_500_000), history, cooling)).toBeNull()
  })

  it('lets no order overtake one of the same product', () => {
    expect(screen(signal(1), { ...fresh, orderPending: true }, limits())).toMatchObject({ reason: 'COOLDOWN' })
  })
})

describe('allowedLater', () => {
  it.each<[what: string, side: Side, quantity: number, situation: Situation, expected: string]>([
    ['keeps an order that still fits', 'BUY', 50, {}, '50'],
    ['cuts an order to the limit when the price has risen', 'BUY', 50, { mark: 250, levels: [[250, Infinity]] }, '40'],
    ['lets nothing pass at the limit', 'BUY', 50, { position: 100 }, '0'],
    ['always closes', 'SELL', 50, { position: 70, equity: '-1' }, '50'],
    ['cuts the opening part of a reversal only', 'SELL', 300, { position: 70 }, '170'],
  ])('%s', (_, side, quantity, situation, expected) => {
    expect(formatDecimal(allowedLater(side, toFixed(quantity), view(situation), limits()))).toBe(expected)
  })
})
