import { EIGHTHS } from '../../domain/market/unit.ts'
import { toAmount } from '../../domain/money.ts'
import { eighths } from '../../../tests/support/engines/events.ts'
import { describe, expect, it } from 'vitest'
import { firstCore, feed, feedAll, MS, signal, tick, told } from '../../../tests/support/engines/simulator-run.ts'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { BookSnapshot, FeedState } from '../../domain/market/market.ts'
import { toFixed } from '../../../tests/support/market/eighths.ts'
import { DoubtWatch } from '../watch/doubts.ts'
import type { SimulatorInput } from '../core.ts'

describe('the simulator', () => {
  it('tells a run from tick to result, each event with its number and market time', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(500, 110), tick(1200, 120), signal(1200, 'SELL')]
    expect(told(feedAll(firstCore({ ENABLE_SHORTING: false }), [...inputs, { type: 'end' }]))).toEqual([
      '1 0ms portfolio 100000',
      '2 0ms signal 50',
      '3 0ms fill BUY 50 100 50 for 2',
      '4 0ms portfolio 100000',
      '5 1200ms candle BTC-USD 100 110 100 110',
      '6 1200ms portfolio 101000',
      '7 1200ms signal 50',
      '8 1200ms fill SELL 50 120 0 for 7',
      '9 1200ms portfolio 101000',
      '10 1200ms candle BTC-USD 120 120 120 120',
      '11 1200ms finished 2',
    ])
  })

  it('keeps the figures of a fill', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(1, 120), signal(1, 'SELL')]
    const fills = feedAll(firstCore({ TRADING_FEE_PCT: 0.001 }), inputs).filter((event) => event.type === 'fill')
    // Closes 50 and opens a short of 5 % of (100000 − 5 + 1000), floor of 5049.75/120 to 1e-8.
    expect(fills[1]!.fill).toEqual({
      product: 'BTC-USD',
      side: 'SELL',
      price: toAmount(120),
      quantity: toAmount(92.08125),
      requested: toAmount(92.08125),
      notional: eighths(1_104_975_000_000),
      fee: eighths(1_104_975_000),
      realizedPnl: eighths(100_000_000_000),
      positionAfter: toAmount(-42.08125),
      signalSequence: 5,
      orderId: 0,
      liquidity: 'TAKER',
      exitReason: 'SIGNAL',
      time: MS,
    })
  })

  it('buys at the ask and sells at the bid', () => {
    const inputs = [tick(0, 100, { spread: 2 }), signal(0, 'BUY'), tick(1, 100, { spread: 2 }), signal(1, 'SELL')]
    const prices = feedAll(firstCore(), inputs).flatMap((event) => (event.type === 'fill' ? [event.fill.price] : []))
    expect(prices).toEqual([toAmount(101), toAmount(99)])
  })

  it('fills partially where only the best size is known, and says so', () => {
    const events = feedAll(firstCore(), [tick(0, 100, { size: 3 }), signal(0, 'BUY')])
    const [fill] = events.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({ quantity: toAmount(3), requested: toAmount(50) })
  })

  it('does not fill twice on a size that was displayed once', () => {
    const again = tick(0, 100, { size: 3 })
    const inputs = [tick(0, 100, { size: 3 }), signal(0, 'BUY'), again, signal(0, 'BUY')]
    expect(told(feedAll(firstCore(), inputs)).filter((line) => / (signal|fill) /.test(line))).toEqual([
      '2 0ms signal 50',
      '3 0ms fill BUY 3 100 3 for 2',
      '5 0ms signal NO_MARKET',
    ])
  })

  it('walks the book', () => {
    const asks = [[toFixed(100), toFixed(10)], [toFixed(110), toFixed(10)]] as const // prettier-ignore
    const book: BookSnapshot = { type: 'book', unit: EIGHTHS, sequence: 1, time: 0, product: 'BTC-USD', bids: [], asks }
    const events = feedAll(firstCore(), [tick(0, 100), book, signal(0, 'BUY')])
    const [fill] = events.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({ price: toAmount(105), quantity: toAmount(20), notional: eighths(210_000_000_000) })
  })

  it.each<[what: string, inputs: readonly SimulatorInput[], changes: Record<string, unknown>, reason: string]>([
    ['an unsure signal', [tick(0, 100), signal(0, 'BUY', 0.2)], {}, 'LOW_CONFIDENCE'],
    ['a signal for a product that was never seen', [tick(0, 100), signal(0, 'BUY', 1, 'ETH-USD')], {}, 'NO_MARKET'],
    ['a signal while the connection is gone', [tick(0, 100), feed(1), signal(1, 'BUY')], {}, 'NO_MARKET'],
    ['a signal before the first trade', [{ ...tick(0, 100), price: 0, tradeId: 0 }, signal(0, 'BUY')], {}, 'NO_MARKET'],
    [
      'a signal in the cooldown',
      [tick(0, 100), signal(0, 'BUY'), signal(499, 'SELL')],
      { TRADE_COOLDOWN_MS: 500 },
      'COOLDOWN',
    ],
    [
      'a third order in one direction',
      [tick(0, 100), signal(0, 'BUY'), signal(0, 'BUY'), signal(0, 'BUY')],
      {},
      'POSITION_LIMIT',
    ],
    ['a short', [tick(0, 100), signal(0, 'SELL')], { ENABLE_SHORTING: false }, 'SHORTING_DISABLED'],
  ])('refuses %s', (_, inputs, changes, reason) => {
    const decisions = feedAll(firstCore(changes), inputs).flatMap((event) =>
      event.type === 'signal' ? [event.decision] : [],
    )
    expect(decisions.at(-1)).toMatchObject({ accepted: false, reason })
  })

  const stateOf = (state: FeedState, product: string, at: number) => ({ ...feed(at, state), product })
  const states = (events: readonly SimulatorEvent[]) =>
    events.flatMap((event) => (event.type === 'feed' ? [`${event.status.state} ${event.status.product}`] : []))

  it('says that a product is refused where nothing of it was ever there', () => {
    expect(states(feedAll(firstCore(), [stateOf('REFUSED', 'ETH-USD', 0), stateOf('CLOSED', 'SOL-USD', 1)]))).toEqual([
      'REFUSED ETH-USD',
      'REFUSED SOL-USD',
    ])
  })

  it('closes a product that it has seen, once, keeps its position at the last price, and goes on with the others', () => {
    const inputs = [
      tick(0, 100),
      signal(0, 'BUY'),
      stateOf('REFUSED', 'BTC-USD', 1),
      stateOf('CLOSED', 'BTC-USD', 2),
      tick(3, 500),
      signal(3, 'SELL'),
      { ...tick(4, 10), product: 'ETH-USD' },
      signal(4, 'BUY', 1, 'ETH-USD'),
    ]
    const simulator = firstCore()
    const events = feedAll(simulator, inputs)
    expect(states(events)).toEqual(['CLOSED BTC-USD'])
    const decisions = events.flatMap((event) => (event.type === 'signal' ? [event.decision] : []))
    expect(decisions).toMatchObject([{ accepted: true }, { accepted: false, reason: 'NO_MARKET' }, { accepted: true }])
    expect(simulator.snapshot().portfolio.positions).toMatchObject([
      { product: 'BTC-USD', markPrice: toAmount(100) },
      {},
    ])
    const watch = new DoubtWatch()
    expect(events.map((event) => watch.hear(event)).filter((doubt) => doubt !== null)).toEqual([
      expect.stringMatching(/^From event \d+ of the feed, .* on the position in BTC-USD cannot be believed/),
    ])
  })

  it('goes on after a reconnection with the first new price', () => {
    const inputs = [tick(0, 100), feed(1), feed(2, 'CONNECTED'), tick(3, 90), signal(3, 'BUY')]
    expect(told(feedAll(firstCore(), inputs))).toEqual([
      '1 0ms portfolio 100000',
      '2 1ms feed RECONNECTING',
      '3 2ms feed CONNECTED',
      '4 3ms signal 55.55555555',
      '5 3ms fill BUY 55.55555555 90 55.55555555 for 4',
      '6 3ms portfolio 100000',
    ])
  })

  it('never lets market time fall', () => {
    const events = feedAll(firstCore(), [tick(10, 100), tick(5, 101), signal(5, 'BUY')])
    expect(events.map((event) => event.time)).toEqual([10, 10, 10, 10].map((ms) => ms * MS))
  })

  it('reports a portfolio on a grid of market time, and only where something changed', () => {
    const inputs = [
      tick(0, 100),
      signal(0, 'BUY'),
      ...[250, 999, 1001, 1500, 1999, 5300, 5900].map((ms) => tick(ms, ms)),
    ]
    const quiet = [tick(7000, 5900), tick(8000, 5900)]
    const reports = feedAll(firstCore(), [...inputs, ...quiet]).filter((event) => event.type === 'portfolio')
    expect(reports.map((event) => event.time / MS)).toEqual([0, 0, 1001, 5300, 7000])
  })

  it('takes nothing after the end', () => {
    const simulator = firstCore()
    feedAll(simulator, [tick(0, 100), { type: 'end' }])
    expect(() => feedAll(simulator, [tick(1, 100)])).toThrow('had ended')
  })

  it('finishes a run that saw nothing', () => {
    const [finished] = feedAll(firstCore(), [{ type: 'end' }])
    expect(finished).toMatchObject({
      type: 'finished',
      sequence: 1,
      fills: 0,
      metrics: { totalReturn: 0, exposure: null },
    })
  })
})

it('tells of an order that finds nothing worth a 1e-8 of the quote currency', () => {
  const simulator = firstCore()
  const events = feedAll(simulator, [tick(0, 1e-8, { size: 1e-8 }), signal(0, 'BUY')])
  expect(events.at(-1)).toMatchObject({ type: 'lapsed', signalSequence: 2, side: 'BUY', reason: 'WORTH_NOTHING' })
  expect(simulator.snapshot()).toMatchObject({ lapsedOrders: 1 })
})

describe('order latency', () => {
  const slow = { ORDER_LATENCY_MS: 100 }

  it('fills at the first market event from its end on, at the prices known then', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(99, 80), tick(130, 125), tick(131, 90)]
    expect(told(feedAll(firstCore(slow), inputs)).slice(1)).toEqual([
      '2 0ms signal 50',
      '3 130ms fill BUY 50 125 50 for 2',
      '4 130ms portfolio 100000',
    ])
  })

  it('fills on events of other products too', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(100, 7, { product: 'ETH-USD' })]
    expect(told(feedAll(firstCore(slow), inputs))).toContain('3 100ms fill BUY 50 100 50 for 2')
  })

  it('waits through a lost connection', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), feed(50), tick(150, 7, { product: 'ETH-USD' }), tick(200, 110)]
    const fills = feedAll(firstCore(slow), inputs).filter((event) => event.type === 'fill')
    expect(fills).toMatchObject([{ time: 200 * MS, fill: { price: toAmount(110) } }])
  })

  it('cuts an order to the limit when prices have moved', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(100, 400)]
    const [fill] = feedAll(firstCore(slow), inputs).flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({
      requested: toAmount(50),
      quantity: toAmount(25),
      notional: eighths(1_000_000_000_000),
    })
  })

  it('refuses a second order of a product while one is on its way', () => {
    const inputs = [
      tick(0, 100),
      signal(0, 'BUY'),
      tick(50, 100),
      signal(50, 'SELL'),
      tick(100, 100),
      signal(100, 'SELL'),
    ]
    expect(told(feedAll(firstCore(slow), inputs)).filter((line) => line.includes('signal'))).toEqual([
      '2 0ms signal 50',
      '3 50ms signal COOLDOWN',
      '6 100ms signal 100',
    ])
  })

  it('tells of the orders that the end leaves unfilled, before it finishes', () => {
    const simulator = firstCore(slow)
    feedAll(simulator, [tick(0, 100), signal(0, 'BUY'), tick(20, 100)])
    expect(simulator.snapshot()).toMatchObject({ pendingOrders: 1, lapsedOrders: 0 })
    const last = feedAll(simulator, [{ type: 'end' }])
    expect(told(last)).toEqual([
      '3 20ms lapsed BUY 50 for 2: RUN_ENDED',
      '4 20ms candle BTC-USD 100 100 100 100',
      '5 20ms finished 0',
    ])
    expect(simulator.snapshot()).toMatchObject({ pendingOrders: 0, lapsedOrders: 1 })
  })

  it('tells of an order that the limits have no room for any more when it arrives', () => {
    const bought = [tick(0, 100), signal(0, 'BUY'), tick(100, 100)]
    const events = feedAll(firstCore(slow), [...bought, signal(100, 'BUY'), tick(200, 250), tick(300, 100)])
    // 50 held are worth 12,500 on arrival, and 10,000 is the limit.
    expect(told(events).slice(-2)).toEqual(['5 100ms signal 50', '6 200ms lapsed BUY 50 for 5: LIMITS'])
  })
})
