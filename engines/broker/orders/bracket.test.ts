import { expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'
import { SHARE_ONE } from '../../domain/money.ts'

const QUOTES = { bid: [99, 50], ask: [101, 50] } as const
const share = (part: number): number => Math.round(part * SHARE_ONE)

/** Types and prices of what guards a position, and how much. */
function guards(market: TestMarket): readonly unknown[] {
  return market.broker.openOrders
    .filter(({ terms }) => terms.parent !== null)
    .map(({ terms, limit, stop, trail, remaining }) => [
      terms.type,
      limit + stop + (trail?.spec.activation ?? 0),
      Number(remaining / 10n ** 16n) / 100,
    ])
}

it('guards what it fills at shares of its average price, which moves with further fills', () => {
  const market = new TestMarket()
  market.tick(0, { bid: [99, 50], ask: [100, 4] })
  const bracket = { stopShare: share(0.05), targetShare: share(0.1), trail: { share: share(0.02), after: share(0.08) } }
  market.order({ side: 'BUY', type: 'LIMIT', limit: 102, quantity: 8, bracket: bracket })
  expect(guards(market)).toEqual([
    ['STOP', 9_500, 4],
    ['TAKE_PROFIT', 11_000, 4],
    ['TRAILING_STOP', 10_800, 4],
  ])
  market.tick(1, { bid: [99, 50], ask: [102, 4] })
  expect(guards(market)).toEqual([
    ['STOP', 9_595, 8],
    ['TAKE_PROFIT', 11_110, 8],
    ['TRAILING_STOP', 10_908, 8],
  ])
})

it('closes what it filled after a time', () => {
  const market = new TestMarket()
  market.tick(0, QUOTES)
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: { hold: 1_000_000 } })
  market.tick(999, QUOTES)
  expect(market.fills).toHaveLength(1)
  market.tick(1_001, QUOTES)
  expect(market.trips).toMatchObject([{ exitReason: 'MAX_HOLD' }])
})

it('is refused with every fault at once', () => {
  const market = new TestMarket()
  market.tick(0, QUOTES)
  const bracket = { stop: 90, stopShare: share(0.1), targetShare: -1, trail: {} }
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: bracket })
  expect(market.orders.at(-1)?.detail).toBe("MARKET: share of the bracket target: -1 is no count of a price's unit")
  const odd = { stop: 90, stopShare: SHARE_ONE, trail: {}, hold: -1 }
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1, bracket: odd })
  expect(market.orders.at(-1)?.detail).toBe(
    'MARKET: a bracket has a stop at a price or at a share, not both; the share of a stop is under the whole price; ' +
      'trails either by an amount or by a share; a time to hold is none',
  )
})
