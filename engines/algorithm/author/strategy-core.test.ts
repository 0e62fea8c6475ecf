import * as z from 'zod'
import { describe, expect, it } from 'vitest'
import { createPipeline, type Pipeline } from '../../pipeline/pipeline.ts'
import { unitOf } from '../../domain/market/unit.ts'
import { formatAmount } from '../../domain/money.ts'
import { defaultsOf } from '../../domain/parameters.ts'
import type { MarketEvent, Tick } from '../../domain/market/market.ts'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { simulatorParameters } from '../../simulator/parameters.ts'
import { defineAlgorithm, type AlgorithmDefinition } from '../define-algorithm.ts'
import type { Handlers, Inputs, ProductAccount } from './contract.ts'

const none = z.object({})
const head = { name: 'tried', title: 'Tried', description: 'Tried.', parameters: none }

/** The sentence of the contract: what an author has to write for it. */
const patientBid = defineAlgorithm({
  ...head,
  inputs: { quotes: true },
  product: () => ({
    onQuote({ bid }, me) {
      if (me.position !== 0 || me.orders.length > 0) return
      const limit = me.instrument.ticks(bid, -1)
      me.buy({
        share: 0.02,
        limit,
        takeProfit: 0.01,
        stopLoss: 0.005,
        trail: { share: 0.004, after: 0.008 },
        maxHold: 600,
      })
    },
  }),
})

/** A run of a strategy over events that a test tells. */
class Run {
  readonly events: SimulatorEvent[] = []
  private readonly pipeline: Pipeline
  private sequence = 0
  private tradeId = 0

  constructor(algorithm: ReturnType<typeof defineAlgorithm>, changes: Record<string, unknown> = {}) {
    const simulator = { ...defaultsOf(simulatorParameters), TRADING_FEE_PCT: 0, SLIPPAGE_BPS: 0, ...changes }
    this.pipeline = createPipeline({ algorithm, algorithmParameters: {}, simulatorParameters: simulator })
  }

  take(event: MarketEvent): void {
    this.pipeline.step(event, (told) => this.events.push(told))
  }

  quote(seconds: number, bid: number, ask: number, trade = 0): void {
    this.sequence += 1
    if (trade > 0) this.tradeId += 1
    const cents = (price: number): number => Math.round(price * 100)
    const tick: Tick = {
      type: 'tick',
      sequence: this.sequence,
      time: seconds * 1_000_000,
      product: 'BTC-USD',
      unit: unitOf(2, 4),
      price: cents(trade),
      size: 1_000_000,
      bid: cents(bid),
      bidSize: 1_000_000,
      ask: cents(ask),
      askSize: 1_000_000,
      tradeId: this.tradeId,
      takerSide: 'SELL',
    }
    this.take(tick)
  }

  bar(minute: number, [open, high, low, close]: readonly [number, number, number, number]): void {
    this.sequence += 1
    const at = (price: number): number => price * 100
    const time = { sequence: this.sequence, time: (minute + 1) * 60_000_000, begin: minute * 60_000_000 }
    const prices = { open: at(open), high: at(high), low: at(low), close: at(close) }
    this.take({ type: 'bar', product: 'BTC-USD', unit: unitOf(2, 4), volume: 0, ...time, ...prices })
  }

  /** What became of orders, a line each. */
  lines(): readonly string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'order') return [`${event.order.id} ${event.order.type} ${event.order.state}`]
      if (event.type !== 'fill') return []
      const { side, quantity, price, liquidity } = event.fill
      return [`${side} ${formatAmount(quantity)} at ${formatAmount(price)} ${liquidity}`]
    })
  }

  orders() {
    return this.events.flatMap((event) => (event.type === 'order' ? [event.order] : []))
  }
}

/** A strategy of one handler a product. */
function tried(inputs: Inputs, handlers: Handlers<ProductAccount>): ReturnType<typeof defineAlgorithm> {
  return defineAlgorithm({ ...head, inputs, product: () => handlers })
}

describe('a strategy that trades on its account', () => {
  it('bids a tick under the bid for a share of the equity, and guards what it gets', () => {
    const run = new Run(patientBid)
    run.quote(0, 100, 100.02, 100)
    const [bid] = run.orders()
    expect(bid).toMatchObject({ side: 'BUY', type: 'LIMIT', limitPrice: 9_999n * 10n ** 16n })
    // 2 % of 100,000 at 99.99, down to the size's unit.
    expect(formatAmount(bid!.quantity)).toBe('20.002')
    run.quote(1, 99, 99.5, 99.5)
    const guards = run.orders().filter(({ parent, state }) => parent === 1 && state === 'ACCEPTED')
    expect(guards.map(({ type, limitPrice, stopPrice }) => [type, limitPrice, stopPrice])).toEqual([
      ['STOP', null, 9_949n * 10n ** 16n],
      ['TAKE_PROFIT', 10_099n * 10n ** 16n, null],
      ['TRAILING_STOP', null, null],
    ])
  })

  it('is out after its time, whatever the price', () => {
    const run = new Run(patientBid)
    run.quote(0, 100, 100.02, 100)
    run.quote(1, 99.9, 99.92, 99.9)
    run.quote(602, 99.9, 99.92)
    const trips = run.events.flatMap((event) => (event.type === 'roundTrip' ? [event.roundTrip.exitReason] : []))
    expect(trips).toEqual(['MAX_HOLD'])
  })

  it('sees its orders, fills, position and equity as they are when it is told of them', () => {
    const seen: unknown[] = []
    const strategy = tried(
      { trades: true },
      {
        onTrade: (_trade, me) => void (me.position === 0 && me.buy({ units: 2 })),
        onOrder: ({ id, state }, me) => seen.push([id, state, me.position]),
        onFill: ({ price, size, maker }, me) =>
          seen.push([price, size, maker, me.position, me.averagePrice, me.equity]),
      },
    )
    const run = new Run(strategy)
    run.quote(0, 100, 101, 100)
    expect(seen).toEqual([
      [1, 'ACCEPTED', 2],
      [101, 2, false, 2, 101, 99_998],
      [1, 'FILLED', 2],
    ])
  })

  it('is called when the time has come that it asked for, by the market', () => {
    const rung: number[] = []
    const strategy = tried(
      { quotes: true },
      {
        onQuote: ({ time }, me) => {
          if (time === 0) me.timer('soon', 5)
        },
        onTimer: (name, me) => {
          rung.push(me.now)
          if (rung.length < 3) me.timer(name, 2)
        },
      },
    )
    const run = new Run(strategy)
    for (let second = 0; second < 12; second += 3) run.quote(second, 100 + second, 102 + second)
    expect(rung).toEqual([6_000, 9_000])
  })

  it('gets candles of the lengths that it names, of trades and of bars alike', () => {
    const candles: unknown[] = []
    const strategy = () =>
      tried(
        { candles: [2, 120] },
        { onCandle: ({ seconds, begin, open, close }) => candles.push([seconds, begin, open, close]) },
      )
    const run = new Run(strategy())
    for (let second = 0; second < 5; second += 1) run.quote(second, 99, 101, 100 + second)
    expect(candles).toEqual([
      [2, 0, 100, 101],
      [2, 2_000, 102, 103],
    ])
    candles.length = 0
    const slow = new Run(
      tried({ candles: [120] }, { onCandle: ({ open, high, low, close }) => candles.push([open, high, low, close]) }),
    )
    slow.bar(0, [1, 5, 1, 2])
    slow.bar(1, [2, 3, 2, 3])
    expect(candles).toEqual([[1, 5, 1, 3]])
    expect(() => new Run(strategy()).bar(0, [1, 1, 1, 1])).toThrow('candles of 2 s cannot be made of this source')
  })

  it('targets a share of the equity, closes, replaces and cancels', () => {
    let step = 0
    const placed: unknown[] = []
    const strategy = tried(
      { quotes: true },
      {
        onQuote: (_quote, me) => {
          const acts = [
            () => me.target(0.05),
            () => me.buy({ value: 1_000, limit: 90 }),
            () => me.replace(me.orders[0]!.id, { limit: 91 }),
            () => me.cancel(me.orders[0]!.id),
            () => me.cancel(99),
            () => me.close(),
            () => me.close(),
            () => me.target(0),
          ]
          placed.push(acts[step++]?.())
        },
      },
    )
    const run = new Run(strategy)
    for (let second = 0; second < 8; second += 1) run.quote(second, 100, 100.01 + second / 100)
    expect(run.lines()).toEqual([
      '1 MARKET ACCEPTED',
      'BUY 49.995 at 100.01 TAKER',
      '1 MARKET FILLED',
      '2 LIMIT ACCEPTED',
      '2 LIMIT RESTING',
      '3 LIMIT ACCEPTED',
      '2 LIMIT REPLACED',
      '3 LIMIT RESTING',
      '3 LIMIT CANCELLED',
      '4 MARKET ACCEPTED',
      'SELL 49.995 at 100 TAKER',
      '4 MARKET FILLED',
    ])
    expect(placed.slice(3)).toEqual([
      null,
      { reason: 'INVALID_ORDER', detail: 'there is no open order 99' },
      { id: 4, refused: null },
      null,
      null,
    ])
  })

  it('reads prices as they were meant, and rounds them to the passive side', () => {
    const strategy = tried(
      { quotes: true },
      {
        onQuote: ({ bid }, me) => {
          me.buy({ units: 1, limit: 1.15 })
          me.buy({ units: 1, limit: bid - 0.1 - 0.2 })
          me.buy({ units: 1, limit: 0.3 - 0.1 })
          me.buy({ units: 1, limit: 1.159 })
          me.sell({ units: 1, limit: 200.001 })
        },
      },
    )
    const run = new Run(strategy, { ENABLE_SHORTING: true })
    run.quote(0, 100.3, 101, 100)
    const limits = run
      .orders()
      .filter(({ state }) => state === 'ACCEPTED')
      .map(({ limitPrice }) => formatAmount(limitPrice!))
    expect(limits).toEqual(['1.15', '100', '0.2', '1.15', '200.01'])
  })

  it('computes sizes in whole increments, also where they close a part', () => {
    const strategy = tried(
      { quotes: true },
      { onQuote: ({ time }, me) => void (time === 0 ? me.buy({ units: 300 }) : me.sell({ share: 0.1 })) },
    )
    const run = new Run(strategy)
    run.quote(0, 100, 103, 100)
    run.quote(1, 101.3, 103.7)
    const sold = run.orders().find(({ side }) => side === 'SELL')
    expect(formatAmount(sold!.quantity)).toMatch(/^\d+(\.\d{1,4})?$/)
  })

  it('sizes by what is lost where the stop is hit', () => {
    const strategy = tried(
      { quotes: true },
      {
        onQuote: (_quote, me) =>
          void (me.orders.length === 0 && me.buy({ risk: 0.01, limit: 90, stopLoss: { at: 80 } })),
      },
    )
    const run = new Run(strategy)
    run.quote(0, 100, 101)
    // A hundredth of 100,000 is lost by ten a unit.
    expect(formatAmount(run.orders()[0]!.quantity)).toBe('100')
  })
})

describe('what an author does wrong is told in words', () => {
  it.each<[what: string, act: (me: ProductAccount) => void, said: string]>([
    [
      'a price that is none',
      (me) => me.buy({ units: 1, limit: Number.NaN }),
      'buy(): limit is NaN; it must be a number above 0',
    ],
    ['a negative size', (me) => me.sell({ units: -1 }), 'sell(): units is -1; it must be a number above 0'],
    [
      'no size',
      (me) => me.buy({ limit: 3 }),
      'buy() takes exactly one of units, value, share, risk; it was given none',
    ],
    ['two sizes', (me) => me.buy({ units: 1, share: 1 }), 'it was given units and share'],
    [
      'an option that there is not',
      (me) => me.buy({ units: 1, stopLos: 1 } as never),
      'buy() has no "stopLos"; there are units',
    ],
    ['risk without a stop', (me) => me.buy({ risk: 0.1 }), 'risk needs a stopLoss'],
    [
      'a stop that is no loss',
      (me) => me.buy({ risk: 0.1, limit: 90, stopLoss: { at: 95 } }),
      'the stopLoss at 95 is no loss from 90',
    ],
    [
      'a time in force that there is not',
      (me) => me.buy({ units: 1, timeInForce: 'DAY' as never }),
      'timeInForce is DAY; there are GTC, IOC, FOK',
    ],
    [
      'orders without end',
      (me) => {
        for (;;) me.buy({ units: 1, limit: 1 })
      },
      'more than 1000 orders, cancellations and replacements in answer to one event',
    ],
    [
      'timers without end',
      (me) => me.timer('on', -1),
      'timer(): seconds is -1; it must be a number from 0 to 1000000000',
    ],
  ])('%s', (_, act, said) => {
    const run = new Run(tried({ quotes: true }, { onQuote: (_quote, me) => act(me) }))
    expect(() => run.quote(0, 100, 101, 100)).toThrow(said)
  })

  it('a replacement through the account in another product, whose prices are counted otherwise', () => {
    const strategy = defineAlgorithm({
      ...head,
      inputs: { quotes: true },
      portfolio: () => ({
        onQuote({ product }, me) {
          const { id } = me.of(product).buy({ units: 1, limit: 90 })
          me.of('ETH-USD').replace(id, { limit: 91 })
        },
      }),
    })
    expect(() => new Run(strategy).quote(0, 100, 101, 100)).toThrow(
      'replace(): order 1 is of BTC-USD, and this is the account in ETH-USD',
    )
  })

  it('orders in answer to orders, and timers in answer to timers', () => {
    const bid = { units: 1, limit: 1 }
    const echo = tried(
      { quotes: true },
      { onQuote: (_quote, me) => void me.buy(bid), onOrder: (_order, me) => void me.buy(bid) },
    )
    expect(() => new Run(echo).quote(0, 100, 101, 100)).toThrow('in answer to one event')
    const clock = tried(
      { quotes: true },
      { onQuote: (_quote, me) => me.timer('on', 0), onTimer: (name, me) => me.timer(name, 0) },
    )
    const run = new Run(clock)
    run.quote(0, 100, 101)
    expect(() => run.quote(1, 101, 102)).toThrow('timers are answered with timers without end')
  })

  it.each<
    [what: string, definition: Pick<AlgorithmDefinition<typeof none>, never> & Record<string, unknown>, said: string]
  >([
    [
      'a handler that there is not',
      { inputs: { quotes: true }, product: () => ({ onQoute: () => undefined }) },
      'what product() gives has no "onQoute"; there are onTrade',
    ],
    [
      'a handler of what was not asked for',
      { inputs: { trades: true }, product: () => ({ onQuote: () => undefined }) },
      'onQuote is never called: inputs does not name quotes',
    ],
    [
      'an input that there is not',
      { inputs: { candle: [60] }, product: () => ({}) },
      'inputs has no "candle"; there are trades, quotes, book, candles',
    ],
    ['a candle of half a second', { inputs: { candles: [0.5] }, product: () => ({}) }, 'a candle length is 0.5'],
  ])('%s', (_, definition, said) => {
    const start = () => new Run(defineAlgorithm({ ...head, ...definition } as never)).quote(0, 100, 101, 100)
    expect(start).toThrow(said)
  })
})
