import { describe, expect, it } from 'vitest'
import type { SimulatorEvent } from '../domain/event.ts'
import type { BookSnapshot, FeedStatus, Tick } from '../domain/market.ts'
import { formatDecimal, toFixed } from '../domain/money.ts'
import { defaultsOf } from '../domain/parameters.ts'
import type { Side } from '../domain/side.ts'
import type { Signal } from '../domain/signal.ts'
import { createSimulatorCore, type SimulatorCore, type SimulatorInput } from './core.ts'
import { simulatorParameters } from './parameters.ts'

const MS = 1_000
let sequence = 0

interface TickOptions {
  readonly spread?: number
  readonly size?: number
  readonly product?: string
}

/** A trade at `price`, quoted half the spread on either side. */
function tick(ms: number, price: number, { spread = 0, size = 1e6, product = 'BTC-USD' }: TickOptions = {}): Tick {
  sequence += 1
  return {
    type: 'tick',
    sequence,
    time: ms * MS,
    product,
    price: toFixed(price),
    size: 1,
    bid: toFixed(price - spread / 2),
    bidSize: toFixed(size),
    ask: toFixed(price + spread / 2),
    askSize: toFixed(size),
    tradeId: sequence,
    takerSide: 'BUY',
  }
}

function signal(ms: number, side: Side, confidence = 1, product = 'BTC-USD'): Signal {
  const rest = { price: 0, indicator: 0, reason: 'test', cause: sequence }
  return { type: 'signal', product, side, confidence, time: ms * MS, ...rest }
}

function feed(ms: number, state: FeedStatus['state'] = 'RECONNECTING', product = ''): FeedStatus {
  sequence += 1
  return { type: 'feed', sequence, time: ms * MS, state, product, count: 0, detail: 'test' }
}

function core(changes: Record<string, unknown> = {}): SimulatorCore {
  return createSimulatorCore({ ...defaultsOf(simulatorParameters), TRADING_FEE_PCT: 0, ...changes })
}

function feedAll(simulator: SimulatorCore, inputs: readonly SimulatorInput[]): SimulatorEvent[] {
  const events: SimulatorEvent[] = []
  for (const input of inputs) simulator.step(input, (event) => events.push(event))
  return events
}

/** One line an event, without the figures that a test does not look at. */
function told(events: readonly SimulatorEvent[]): string[] {
  return events.map((event) => {
    const at = `${event.sequence} ${event.time / MS}ms ${event.type}`
    if (event.type === 'signal') {
      return `${at} ${event.decision.accepted ? formatDecimal(event.decision.quantity) : event.decision.reason}`
    }
    if (event.type === 'fill') {
      const { side, quantity, price, positionAfter, signalSequence } = event.fill
      const figures = [quantity, price, positionAfter].map(formatDecimal).join(' ')
      return `${at} ${side} ${figures} for ${signalSequence}`
    }
    if (event.type === 'portfolio') return `${at} ${formatDecimal(event.portfolio.equity)}`
    if (event.type === 'feed') return `${at} ${event.status.state}`
    return `${at} ${event.fills}`
  })
}

describe('the simulator', () => {
  it('tells a run from tick to result, each event with its number and market time', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(500, 110), tick(1200, 120), signal(1200, 'SELL')]
    expect(told(feedAll(core({ ENABLE_SHORTING: false }), [...inputs, { type: 'end' }]))).toEqual([
      '1 0ms portfolio 100000',
      '2 0ms signal 50',
      '3 0ms fill BUY 50 100 50 for 2',
      '4 0ms portfolio 100000',
      '5 1200ms portfolio 101000',
      '6 1200ms signal 50',
      '7 1200ms fill SELL 50 120 0 for 6',
      '8 1200ms portfolio 101000',
      '9 1200ms finished 2',
    ])
  })

  it('keeps the figures of a fill', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(1, 120), signal(1, 'SELL')]
    const fills = feedAll(core({ TRADING_FEE_PCT: 0.001 }), inputs).filter((event) => event.type === 'fill')
    // Closes 50 and opens a short of 5 % of (100000 − 5 + 1000), floor of 5049.75/120 to 1e-8.
    expect(fills[1]!.fill).toEqual({
      product: 'BTC-USD',
      side: 'SELL',
      price: toFixed(120),
      quantity: toFixed(92.08125),
      requested: toFixed(92.08125),
      notional: 1_104_975_000_000n,
      fee: 1_104_975_000n,
      realizedPnl: 100_000_000_000n,
      positionAfter: toFixed(-42.08125),
      signalSequence: 5,
      time: MS,
    })
  })

  it('buys at the ask and sells at the bid', () => {
    const inputs = [tick(0, 100, { spread: 2 }), signal(0, 'BUY'), tick(1, 100, { spread: 2 }), signal(1, 'SELL')]
    const prices = feedAll(core(), inputs).flatMap((event) => (event.type === 'fill' ? [event.fill.price] : []))
    expect(prices).toEqual([toFixed(101), toFixed(99)])
  })

  it('fills partially where only the best size is known, and says so', () => {
    const events = feedAll(core(), [tick(0, 100, { size: 3 }), signal(0, 'BUY')])
    const [fill] = events.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({ quantity: toFixed(3), requested: toFixed(50) })
  })

  it('does not fill twice on a size that was displayed once', () => {
    const again = tick(0, 100, { size: 3 })
    const inputs = [tick(0, 100, { size: 3 }), signal(0, 'BUY'), again, signal(0, 'BUY')]
    expect(told(feedAll(core(), inputs)).filter((line) => / (signal|fill) /.test(line))).toEqual([
      '2 0ms signal 50',
      '3 0ms fill BUY 3 100 3 for 2',
      '5 0ms signal NO_MARKET',
    ])
  })

  it('walks the book', () => {
    const asks = [[toFixed(100), toFixed(10)], [toFixed(110), toFixed(10)]] as const // prettier-ignore
    const book: BookSnapshot = { type: 'book', sequence: 1, time: 0, product: 'BTC-USD', bids: [], asks }
    const events = feedAll(core(), [tick(0, 100), book, signal(0, 'BUY')])
    const [fill] = events.flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({ price: toFixed(105), quantity: toFixed(20), notional: 210_000_000_000n })
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
    const decisions = feedAll(core(changes), inputs).flatMap((event) =>
      event.type === 'signal' ? [event.decision] : [],
    )
    expect(decisions.at(-1)).toMatchObject({ accepted: false, reason })
  })

  it('goes on after a reconnection with the first new price', () => {
    const inputs = [tick(0, 100), feed(1), feed(2, 'CONNECTED'), tick(3, 90), signal(3, 'BUY')]
    expect(told(feedAll(core(), inputs))).toEqual([
      '1 0ms portfolio 100000',
      '2 1ms feed RECONNECTING',
      '3 2ms feed CONNECTED',
      '4 3ms signal 55.55555555',
      '5 3ms fill BUY 55.55555555 90 55.55555555 for 4',
      '6 3ms portfolio 100000',
    ])
  })

  it('never lets market time fall', () => {
    const events = feedAll(core(), [tick(10, 100), tick(5, 101), signal(5, 'BUY')])
    expect(events.map((event) => event.time)).toEqual([10, 10, 10, 10].map((ms) => ms * MS))
  })

  it('reports a portfolio on a grid of market time, and only where something changed', () => {
    const inputs = [
      tick(0, 100),
      signal(0, 'BUY'),
      ...[250, 999, 1001, 1500, 1999, 5300, 5900].map((ms) => tick(ms, ms)),
    ]
    const quiet = [tick(7000, 5900), tick(8000, 5900)]
    const reports = feedAll(core(), [...inputs, ...quiet]).filter((event) => event.type === 'portfolio')
    expect(reports.map((event) => event.time / MS)).toEqual([0, 0, 1001, 5300, 7000])
  })

  it('takes nothing after the end', () => {
    const simulator = core()
    feedAll(simulator, [tick(0, 100), { type: 'end' }])
    expect(() => feedAll(simulator, [tick(1, 100)])).toThrow('had ended')
  })

  it('finishes a run that saw nothing', () => {
    const [finished] = feedAll(core(), [{ type: 'end' }])
    expect(finished).toMatchObject({
      type: 'finished',
      sequence: 1,
      fills: 0,
      metrics: { totalReturn: 0, exposure: null },
    })
  })
})

describe('order latency', () => {
  const slow = { ORDER_LATENCY_MS: 100 }

  it('fills at the first market event from its end on, at the prices known then', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(99, 80), tick(130, 125), tick(131, 90)]
    expect(told(feedAll(core(slow), inputs)).slice(1)).toEqual([
      '2 0ms signal 50',
      '3 130ms fill BUY 50 125 50 for 2',
      '4 130ms portfolio 100000',
    ])
  })

  it('fills on events of other products too', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(100, 7, { product: 'ETH-USD' })]
    expect(told(feedAll(core(slow), inputs))).toContain('3 100ms fill BUY 50 100 50 for 2')
  })

  it('waits through a lost connection', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), feed(50), tick(150, 7, { product: 'ETH-USD' }), tick(200, 110)]
    const fills = feedAll(core(slow), inputs).filter((event) => event.type === 'fill')
    expect(fills).toMatchObject([{ time: 200 * MS, fill: { price: toFixed(110) } }])
  })

  it('cuts an order to the limit when prices have moved', () => {
    const inputs = [tick(0, 100), signal(0, 'BUY'), tick(100, 400)]
    const [fill] = feedAll(core(slow), inputs).flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
    expect(fill).toMatchObject({ requested: toFixed(50), quantity: toFixed(25), notional: 1_000_000_000_000n })
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
    expect(told(feedAll(core(slow), inputs)).filter((line) => line.includes('signal'))).toEqual([
      '2 0ms signal 50',
      '3 50ms signal COOLDOWN',
      '6 100ms signal 100',
    ])
  })

  it('counts the orders that the end leaves unfilled', () => {
    const simulator = core(slow)
    feedAll(simulator, [tick(0, 100), signal(0, 'BUY')])
    expect(simulator.snapshot()).toMatchObject({ pendingOrders: 1, lapsedOrders: 0 })
    feedAll(simulator, [{ type: 'end' }])
    expect(simulator.snapshot()).toMatchObject({ pendingOrders: 0, lapsedOrders: 1 })
  })
})

describe('running statistics', () => {
  it('watch the drawdown at every tick, also between two reports', () => {
    const simulator = core({ STATISTICS_INTERVAL_MS: 60_000 })
    feedAll(simulator, [tick(0, 100), signal(0, 'BUY'), tick(1, 40), tick(2, 100)])
    const { portfolio, metrics } = simulator.snapshot()
    expect(portfolio).toMatchObject({ drawdown: 0, maxDrawdown: expect.closeTo(0.03, 12) as number })
    expect(metrics).toMatchObject({ maxDrawdownStart: 0, maxDrawdownTrough: MS, maxDrawdownRecovery: 2 * MS })
  })

  it('measure exposure, holding times and buy-and-hold', () => {
    const simulator = core({ ENABLE_SHORTING: false })
    const inputs = [
      tick(0, 100),
      tick(1000, 100),
      signal(1000, 'BUY'),
      tick(3000, 110),
      signal(3000, 'SELL'),
      tick(4000, 120),
    ]
    feedAll(simulator, inputs)
    expect(simulator.snapshot().metrics).toMatchObject({
      exposure: 0.5,
      averageHoldingSeconds: 2,
      winRate: 1,
      closedTradeCount: 1,
      buyAndHoldReturn: expect.closeTo(0.2, 12) as number,
      netProfit: 50_000_000_000n,
    })
  })

  it('give yearly ratios once the run is long enough', () => {
    const day = 86_400_000
    const simulator = core()
    const inputs = Array.from({ length: 16 }, (_, at): SimulatorInput[] => [
      tick(at * day, 100 + (at % 3)),
      signal(at * day, at % 2 === 0 ? 'BUY' : 'SELL'),
    ]).flat()
    feedAll(simulator, inputs.slice(0, 26))
    expect(simulator.snapshot().metrics).toMatchObject({ sharpe: null, cagr: null })
    feedAll(simulator, inputs.slice(26))
    const { sharpe, cagr, beta } = simulator.snapshot().metrics
    for (const figure of [sharpe, cagr, beta]) expect(Number.isFinite(figure)).toBe(true)
  })

  it('take what a UTC day ends with, an event at midnight belonging to the new day', () => {
    const day = 86_400_000
    const simulator = core()
    const flips = Array.from({ length: 11 }, (_, at) => signal(0, at % 2 === 0 ? 'BUY' : 'SELL'))
    const prices = Array.from({ length: 15 }, (_, at) => 100 + ((at * 7) % 5) - at / 10)
    feedAll(simulator, [tick(0, 100), ...flips, ...prices.map((price, at) => tick((at + 1) * day, price))])
    // 50 held since the first day: 95,000 in cash.
    const equities = [100_000, 100_000, ...prices.map((price) => 95_000 + 50 * price)]
    const returns = equities.slice(1).map((equity, at) => equity / equities[at]! - 1)
    const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length
    const squares = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0)
    const downside = returns.reduce((sum, each) => sum + Math.min(each, 0) ** 2, 0) / returns.length
    expect(simulator.snapshot().metrics).toMatchObject({
      sharpe: expect.closeTo((mean / Math.sqrt(squares / (returns.length - 1))) * Math.sqrt(365), 8) as number,
      sortino: expect.closeTo((mean / Math.sqrt(downside)) * Math.sqrt(365), 8) as number,
      closedTradeCount: 10,
    })
  })

  it('count a day without events as one that changed nothing', () => {
    const day = 86_400_000
    const flips = Array.from({ length: 11 }, (_, at) => signal(0, at % 2 === 0 ? 'BUY' : 'SELL'))
    const [sparse, dense] = [core(), core()]
    feedAll(sparse, [tick(0, 100), ...flips, tick(day, 110), tick(20 * day, 90)])
    const between = Array.from({ length: 18 }, (_, at) => tick((at + 2) * day, 110))
    feedAll(dense, [tick(0, 100), ...flips, tick(day, 110), ...between, tick(20 * day, 90)])
    expect(sparse.snapshot().metrics).toEqual(dense.snapshot().metrics)
    expect(sparse.snapshot().metrics.sharpe).not.toBeNull()
  })

  it('keep several products in one portfolio, in order of their names', () => {
    const simulator = core()
    const eth = { product: 'ETH-USD' }
    feedAll(simulator, [
      tick(0, 10, eth),
      signal(0, 'SELL', 1, 'ETH-USD'),
      tick(0, 100),
      signal(0, 'BUY'),
      tick(1, 9, eth),
    ])
    const { portfolio } = simulator.snapshot()
    expect(portfolio.positions).toEqual([
      {
        product: 'BTC-USD',
        quantity: toFixed(50),
        averagePrice: toFixed(100),
        markPrice: toFixed(100),
        unrealizedPnl: 0n,
      },
      {
        product: 'ETH-USD',
        quantity: toFixed(-500),
        averagePrice: toFixed(10),
        markPrice: toFixed(9),
        unrealizedPnl: 50_000_000_000n,
      },
    ])
    expect(portfolio).toMatchObject({
      equity: 10_050_000_000_000n,
      unrealizedPnl: 50_000_000_000n,
      cash: 10_000_000_000_000n,
    })
  })
})
