import { describe, expect, it } from 'vitest'
import { core, feed, feedAll, MS, signal, tick, told } from '../../tests/support/engines/simulator-run.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { Bar, FeedState } from '../domain/market/market.ts'
import { toAmount } from '../domain/money.ts'
import { unitOf } from '../domain/market/unit.ts'
import type { SimulatorInput } from './core.ts'
import { DoubtWatch } from './watch/doubts.ts'

/** A tick quoted a unit on either side of its trade. */
const quoted = (ms: number, price: number, size = 1e6, product = 'BTC-USD') =>
  tick(ms, price, { spread: 2, size, product })
const decisions = (events: readonly SimulatorEvent[]) =>
  events.flatMap((event) => (event.type === 'signal' ? [event.decision] : []))
const reasons = (events: readonly SimulatorEvent[]) =>
  decisions(events).map((decision) => (decision.accepted ? 'ACCEPTED' : decision.reason))

describe('the simulator', () => {
  it('tells a run from tick to result, each event with its number and market time', () => {
    const inputs = [quoted(0, 99), signal(0, 'BUY'), quoted(500, 110), quoted(1200, 121), signal(1200, 'SELL')]
    expect(told(feedAll(core({ ENABLE_SHORTING: false }), [...inputs, { type: 'end' }]))).toEqual([
      '1 0ms portfolio 100000',
      '2 0ms signal 50',
      '3 0ms order 1 ACCEPTED 0/50',
      '4 0ms fill BUY 50 100 50 for 2',
      '5 0ms order 1 FILLED 50/50',
      '6 0ms portfolio 99950',
      '7 1200ms candle BTC-USD 99 110 99 110',
      '8 1200ms portfolio 101050',
      '9 1200ms signal 50',
      '10 1200ms order 2 ACCEPTED 0/50',
      '11 1200ms fill SELL 50 120 0 for 9',
      '12 1200ms order 2 FILLED 50/50',
      '13 1200ms roundTrip LONG 50 1000 SIGNAL',
      '14 1200ms portfolio 101000',
      '15 1200ms candle BTC-USD 121 121 121 121',
      '16 1200ms finished 2',
    ])
  })

  it('names order, liquidity and reason of a fill, with every figure exact', () => {
    const inputs = [quoted(0, 99), signal(0, 'BUY'), quoted(1, 121), signal(1, 'SELL')]
    const fills = feedAll(core({ TRADING_FEE_PCT: 0.001 }), inputs).filter((event) => event.type === 'fill')
    expect(fills[0]!.fill).toMatchObject({ orderId: 1, liquidity: 'TAKER', exitReason: null })
    const { notional, fee, ...rest } = fills[1]!.fill
    expect(rest).toMatchObject({ orderId: 2, exitReason: 'SIGNAL', realizedPnl: toAmount(1000) })
    expect(notional).toBe((rest.quantity * 120n * 10n ** 18n) / 10n ** 18n)
    expect(fee * 1_000n).toBe(notional)
  })

  it.each<[what: string, inputs: readonly SimulatorInput[], changes: Record<string, unknown>, reason: string]>([
    ['an unsure signal', [quoted(0, 100), signal(0, 'BUY', 0.2)], {}, 'LOW_CONFIDENCE'],
    ['a signal for a product that was never seen', [quoted(0, 100), signal(0, 'BUY', 1, 'ETH-USD')], {}, 'NO_MARKET'],
    ['a signal while the connection is gone', [quoted(0, 100), feed(1), signal(1, 'BUY')], {}, 'NO_MARKET'],
    ['a signal at locked quotes', [tick(0, 100), signal(0, 'BUY')], {}, 'NO_MARKET'],
    [
      'a signal at old quotes',
      [quoted(0, 100), quoted(60_001, 5, 1, 'ETH-USD'), signal(60_001, 'BUY')],
      {},
      'STALE_MARKET',
    ],
    [
      'a signal in the cooldown',
      [quoted(0, 100), signal(0, 'BUY'), signal(499, 'BUY')],
      { TRADE_COOLDOWN_MS: 500 },
      'COOLDOWN',
    ],
    [
      'what is over the limit of a position',
      [quoted(0, 100), signal(0, 'BUY'), signal(0, 'BUY'), signal(0, 'BUY'), signal(0, 'BUY')],
      {},
      'POSITION_LIMIT',
    ],
    ['a short', [quoted(0, 100), signal(0, 'SELL')], { ENABLE_SHORTING: false }, 'SHORTING_DISABLED'],
    ['an order of dust', [quoted(0, 100), signal(0, 'BUY')], { MIN_ORDER_VALUE: 6_000 }, 'SIZE_TOO_SMALL'],
    ['what halting refuses', [quoted(0, 100), { type: 'trading', state: 'HALTED' }, signal(0, 'BUY')], {}, 'HALTED'],
  ])('refuses %s', (_, inputs, changes, reason) => {
    expect(reasons(feedAll(core(changes), inputs)).at(-1)).toBe(reason)
  })

  it('never refuses to close: not for confidence, cooldown or size', () => {
    const changes = { TRADE_COOLDOWN_MS: 5_000, MIN_ORDER_VALUE: 5_000 }
    const inputs = [quoted(0, 99), signal(0, 'BUY'), quoted(1, 100), signal(1, 'SELL', 0)]
    const simulator = core(changes)
    expect(reasons(feedAll(simulator, inputs))).toEqual(['ACCEPTED', 'ACCEPTED'])
    expect(simulator.snapshot().portfolio.positions).toEqual([])
  })

  it('lets a close wait for the market while there is none', () => {
    const inputs = [quoted(0, 99), signal(0, 'BUY'), feed(1), signal(1, 'SELL'), quoted(2, 90)]
    const simulator = core()
    expect(told(feedAll(simulator, inputs)).filter((line) => / (order 2|fill) /.test(line))).toEqual([
      '4 0ms fill BUY 50 100 50 for 2',
      '9 1ms order 2 ACCEPTED 0/50',
      '10 1ms order 2 RESTING 0/50 NO_MARKET',
      '11 2ms fill SELL 50 89 0 for 8',
      '12 2ms order 2 FILLED 50/50',
    ])
  })

  it('has an order that a bar raised filled at the next open, and lets it lapse where none follows', () => {
    const bar = (minute: number, price: number): Bar => {
      const prices = { open: price * 100, high: price * 100, low: price * 100, close: price * 100, volume: 0 }
      const [begin, time] = [minute * 60_000 * MS, (minute + 1) * 60_000 * MS]
      return { type: 'bar', sequence: minute + 1, product: 'BTC-USD', unit: unitOf(2, 8), begin, time, ...prices }
    }
    const raised = signal(60_000, 'BUY')
    const lines = told(feedAll(core({ SLIPPAGE_BPS: 0 }), [bar(0, 100), raised, bar(1, 125), { type: 'end' }]))
    expect(lines.filter((line) => line.includes('fill'))).toEqual(['6 120000ms fill BUY 50 125 50 for 3'])
    expect(told(feedAll(core(), [bar(0, 100), raised, { type: 'end' }]))).toContainEqual(
      expect.stringContaining('lapsed BUY 49.99500049 for 3: RUN_ENDED'),
    )
    const today = told(feedAll(core({ SLIPPAGE_BPS: 0, CANDLE_FILL: 'close' }), [bar(0, 100), raised]))
    expect(today.filter((line) => line.includes('fill'))).toEqual(['6 60000ms fill BUY 50 100 50 for 3'])
  })

  const stateOf = (state: FeedState, product: string, at: number) => ({ ...feed(at, state), product })

  it('closes a product that it has seen, once, keeps its position at the last price, and goes on with the others', () => {
    const inputs = [
      quoted(0, 100),
      signal(0, 'BUY'),
      stateOf('REFUSED', 'BTC-USD', 1),
      stateOf('CLOSED', 'BTC-USD', 2),
      quoted(3, 500),
      signal(3, 'SELL'),
      quoted(4, 10, 1e6, 'ETH-USD'),
      signal(4, 'BUY', 1, 'ETH-USD'),
    ]
    const simulator = core()
    const events = feedAll(simulator, inputs)
    expect(reasons(events)).toEqual(['ACCEPTED', 'NO_MARKET', 'ACCEPTED'])
    expect(simulator.snapshot().portfolio.positions[0]).toMatchObject({ product: 'BTC-USD', markPrice: toAmount(100) })
    const watch = new DoubtWatch()
    expect(events.map((event) => watch.hear(event)).filter((doubt) => doubt !== null)).toHaveLength(1)
  })

  it('says which feed event a switch of trading follows', () => {
    const at = quoted(0, 100)
    const events = feedAll(core(), [at, { type: 'trading', state: 'REDUCING' }])
    expect(events.at(-1)).toMatchObject({ type: 'trading', state: 'REDUCING', after: at.sequence, cause: 'SWITCH' })
  })

  it('takes nothing after the end, and finishes a run that saw nothing', () => {
    const simulator = core()
    expect(feedAll(simulator, [{ type: 'end' }])).toMatchObject([
      { type: 'finished', sequence: 1, fills: 0, ruin: null },
    ])
    expect(() => feedAll(simulator, [tick(1, 100)])).toThrow('had ended')
  })

  it('reports the loss of everything as all that there was, and by how much more', () => {
    const simulator = core({ POSITION_SIZE_PCT: 1, MAX_POSITION_SIZE: 1e6 })
    const inputs = [quoted(0, 101), signal(0, 'SELL'), quoted(1, 254)]
    const events = feedAll(simulator, [...inputs, { type: 'end' }])
    expect(events.filter((event) => event.type === 'liquidation')).toHaveLength(1)
    const finished = events.at(-1)
    if (finished?.type !== 'finished') throw new Error('the run has no end')
    expect(finished.ruin?.equity).toBeLessThan(0n)
    expect(finished.metrics.maxDrawdown).toBe(1)
  })
})

describe('the figures of a run', () => {
  it('count closing fills by themselves, and win by round trips', () => {
    const inputs = [
      ...[quoted(0, 99), signal(0, 'BUY'), quoted(1, 99, 1), signal(1, 'BUY')],
      ...[quoted(2, 111, 20), signal(2, 'SELL'), quoted(3, 101, 1e6), signal(3, 'SELL')],
    ]
    const simulator = core({ ENABLE_SHORTING: false })
    feedAll(simulator, inputs)
    const { metrics } = simulator.snapshot()
    expect(metrics).toMatchObject({ closedTradeCount: 2, roundTripCount: 1, winRate: 1, winRateByFill: 0.5 })
  })

  it('are not moved by a product that appears late', () => {
    const simulator = core()
    const benchmark = () => simulator.snapshot().portfolio.buyAndHoldReturn
    feedAll(simulator, [quoted(0, 100), quoted(1, 150)])
    expect(benchmark()).toBeCloseTo(0.5, 12)
    feedAll(simulator, [quoted(2, 10, 1, 'ETH-USD')])
    expect(benchmark()).toBeCloseTo(0.5, 12)
    feedAll(simulator, [quoted(3, 20, 1, 'ETH-USD')])
    expect(benchmark()).toBeCloseTo(1.25, 12)
  })

  it('keep the share of an announced product in cash until its first price', () => {
    const simulator = core()
    const announced = (product: string): SimulatorInput => {
      const figures = { priceIncrement: 1, sizeIncrement: 1, minSize: 0, maxSize: 0, minValue: 0n } as const
      const told = { type: 'instrument', origin: 'VENUE', sequence: 1, time: 0, unit: unitOf(8, 8) } as const
      return { ...told, ...figures, product }
    }
    feedAll(simulator, [announced('BTC-USD'), announced('ETH-USD'), quoted(0, 100), quoted(1, 200)])
    expect(simulator.snapshot().portfolio.buyAndHoldReturn).toBeCloseTo(0.5, 12)
  })

  it('show a market that falls without a trade', () => {
    const fallen = (changes: Record<string, unknown>) => {
      const simulator = core(changes)
      const last = quoted(0, 99)
      feedAll(simulator, [last, signal(0, 'BUY'), { ...quoted(1, 49), price: last.price, tradeId: last.tradeId }])
      return simulator.snapshot().portfolio.positions[0]?.markPrice
    }
    expect(fallen({})).toBe(toAmount(49))
    expect(fallen({ MARK: 'last' })).toBe(toAmount(99))
  })
})
