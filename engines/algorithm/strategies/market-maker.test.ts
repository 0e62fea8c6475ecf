import { expect, it } from 'vitest'
import { TestMarket } from '../../../tests/support/engines/broker-run.ts'
import type { Broker } from '../../broker/broker.ts'
import { follow } from '../../broker/wish.ts'
import type { BookSnapshot } from '../../domain/market/market.ts'
import { unitOf } from '../../domain/market/unit.ts'
import { StrategyCore } from '../author/strategy-core.ts'
import marketMaker from './market-maker.ts'

/** The strategy at a market of a test's, as it trades on its account there. */
function making(parameters: Record<string, unknown> = {}, simulator: Record<string, unknown> = {}) {
  const market = new TestMarket({ INITIAL_CAPITAL: 100_000, ENABLE_SHORTING: true, ...simulator })
  const broker: Broker = market.broker
  const strategy = marketMaker.strategy!({ ...marketMaker.defaults, MAKER_SPREAD_BPS: 100, ...parameters })
  const core = new StrategyCore(strategy, { broker, wish: (wish) => follow(broker, wish), drain: () => [] })
  const show = (ms: number, bid: number, ask: number): void => {
    market.book(ms, [[bid, 5]], [[ask, 5]])
    const cents = (price: number): number => Math.round(price * 100)
    const head = { type: 'book', product: 'BTC-USD', sequence: ms, time: ms * 1_000, unit: unitOf(2, 4) } as const
    const book: BookSnapshot = { ...head, bids: [[cents(bid), 50_000]], asks: [[cents(ask), 50_000]] }
    core.step(book)
  }
  const prices = () =>
    broker.openOrders.map(({ terms, limit, remaining }) => [terms.side, limit, Number(remaining / 10n ** 14n) / 10_000])
  const cut = (ms: number): void => {
    const head = { type: 'feed', state: 'RECONNECTING', product: '', count: 0, detail: '' } as const
    const status = { ...head, sequence: ms, time: ms * 1_000 }
    broker.onFeed(status)
    core.step(status)
  }
  return { market, show, cut, prices }
}

it('bids and offers half the spread from the middle, a share of the equity each', () => {
  const { show, prices } = making()
  show(1, 99.9, 100.1)
  expect(prices()).toEqual([
    ['BUY', 9_950, 20.1005],
    ['SELL', 10_050, 19.9004],
  ])
})

it('follows the middle by moving its orders, and never crosses the book', () => {
  const { show, prices, market } = making({ MAKER_SPREAD_BPS: 0 })
  show(1, 99, 101)
  show(2, 100, 100.02)
  expect(prices().map(([side, limit]) => [side, limit])).toEqual([
    ['BUY', 10_001],
    ['SELL', 10_001],
  ])
  show(3, 104, 104.01)
  expect(prices().map(([side, limit]) => [side, limit])).toEqual([
    ['BUY', 10_400],
    ['SELL', 10_401],
  ])
  expect(market.fills.every(({ liquidity }) => liquidity === 'MAKER')).toBe(true)
})

it('moves both prices against what it holds, and buys no more where that is the most', () => {
  const { show, prices, market } = making({ MAKER_SHARE: 0.1, MAKER_MOST_SHARE: 0.05 })
  show(1, 99.9, 100.1)
  market.tick(2, { bid: [99, 5], ask: [99.2, 5], trade: ['SELL', 99, 1_000] })
  show(3, 99.9, 100.1)
  expect(prices().map(([side, limit]) => [side, limit])).toEqual([['SELL', 10_000]])
})

it('takes its orders back where the market is not known', () => {
  const { show, prices, cut } = making()
  show(1, 99.9, 100.1)
  expect(prices()).toHaveLength(2)
  cut(2)
  expect(prices()).toEqual([])
})
