import * as z from 'zod'
import type { Bar, Tick } from '../../domain/market/market.ts'
import { withRule } from '../../domain/parameters.ts'
import { eighthsOf } from '../../domain/money.ts'
import type { Signal } from '../../domain/trading/signal.ts'
import type { Emit } from '../../domain/step.ts'
import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import { Cooldown, signalCooldown } from '../cooldown.ts'
import { defineAlgorithm, type AlgorithmInstance } from '../define-algorithm.ts'
import { WilderRsi } from '../indicators/wilder-rsi.ts'
import { PerProduct } from '../per-product.ts'

const parameters = withRule(
  z.object({
    RSI_PERIOD: z
      .int()
      .min(2)
      .max(1000)
      .default(14)
      .meta({
        title: 'Period',
        description: 'How many price changes the index looks back over.',
        unit: 'prices',
        sweep: { min: 5, max: 50, step: 1 },
      }),
    RSI_OVERBOUGHT: z
      .number()
      .min(0)
      .max(100)
      .default(70)
      .meta({
        title: 'Overbought',
        description: 'Sell where the index is above this.',
        sweep: { min: 55, max: 90, step: 5 },
      }),
    RSI_OVERSOLD: z
      .number()
      .min(0)
      .max(100)
      .default(30)
      .meta({
        title: 'Oversold',
        description: 'Buy where the index is under this.',
        sweep: { min: 10, max: 45, step: 5 },
      }),
    SIGNAL_COOLDOWN_MS: signalCooldown,
    RSI_INTERVAL_SECONDS: z
      .number()
      .min(0)
      .max(86_400)
      .default(0)
      .meta({
        title: 'Price interval',
        description:
          '0: every trade is a price. Above 0: the last trade of each interval of that many seconds of market time is; ' +
          'intervals without a trade are left out.',
        unit: 's',
      }),
  }),
  {
    keys: ['RSI_OVERSOLD', 'RSI_OVERBOUGHT'],
    holds: (value) => value.RSI_OVERSOLD < value.RSI_OVERBOUGHT,
    message: 'RSI_OVERSOLD must be under RSI_OVERBOUGHT',
  },
)

type Given = z.output<typeof parameters>

/** What raises a signal. */
type Cause = Pick<Tick, 'product' | 'unit' | 'price' | 'time' | 'sequence'>

/** What is kept of a product. */
class RsiState {
  readonly index: WilderRsi
  readonly cooldown: Cooldown
  tradeId = 0
  /** Number of the interval that `close` belongs to; -1 before the first trade. */
  interval = -1
  close = 0

  constructor(given: Given) {
    this.index = new WilderRsi(given.RSI_PERIOD)
    this.cooldown = new Cooldown(given.SIGNAL_COOLDOWN_MS)
  }
}

class RsiInstance implements AlgorithmInstance {
  private readonly states: PerProduct<RsiState>
  private readonly overbought: number
  private readonly oversold: number
  private readonly interval: number

  constructor(given: Given) {
    this.states = new PerProduct(() => new RsiState(given))
    this.overbought = given.RSI_OVERBOUGHT
    this.oversold = given.RSI_OVERSOLD
    this.interval = given.RSI_INTERVAL_SECONDS * MICROS_PER_SECOND
  }

  onTick(tick: Tick, emit: Emit<Signal>): void {
    const state = this.states.of(tick.product)
    if (tick.tradeId === state.tradeId) return
    state.tradeId = tick.tradeId
    const price = eighthsOf(tick.price, tick.unit.price)
    // A trade that was fetched after a cut belongs to the interval in which it was made.
    const value =
      this.interval === 0 ? state.index.update(price) : this.atClose(state, tick.tradedAt ?? tick.time, price)
    this.judge(state, tick, value, emit)
  }

  private judge(state: RsiState, cause: Cause, value: number, emit: Emit<Signal>): void {
    if (value < this.oversold) {
      // How much of the way from the threshold to 0 the index has gone.
      this.signal(state, cause, 'BUY', value, (this.oversold - value) / this.oversold, emit)
    } else if (value > this.overbought) {
      this.signal(state, cause, 'SELL', value, (value - this.overbought) / (100 - this.overbought), emit)
    }
  }

  /** A bar's close is one price. */
  onBar(bar: Bar, emit: Emit<Signal>): void {
    const state = this.states.of(bar.product)
    const price = eighthsOf(bar.close, bar.unit.price)
    const value = this.interval === 0 ? state.index.update(price) : this.atClose(state, bar.time - 1, price)
    this.judge(state, { ...bar, price: bar.close }, value, emit)
  }

  onBook(): void {
    // The index looks at trades only.
  }

  onFeed(): void {
    // Missing trades are missing prices: the averages go on from the next one, as they would over a quiet spell.
  }

  private signal(
    state: RsiState,
    cause: Cause,
    side: Signal['side'],
    value: number,
    confidence: number,
    emit: Emit<Signal>,
  ): void {
    if (!state.cooldown.passes(cause.time)) return
    const reason =
      side === 'BUY'
        ? `RSI ${value.toFixed(2)} under ${this.oversold}`
        : `RSI ${value.toFixed(2)} above ${this.overbought}`
    emit({
      type: 'signal',
      product: cause.product,
      side,
      confidence,
      unit: cause.unit,
      price: cause.price,
      indicator: value,
      reason,
      time: cause.time,
      cause: cause.sequence,
    })
  }

  /** The first trade of a new interval closes the one before it. */
  private atClose(state: RsiState, time: Micros, price: number): number {
    const interval = Math.floor(time / this.interval)
    const ended = state.interval !== -1 && interval > state.interval
    const value = ended ? state.index.update(state.close) : Number.NaN
    state.interval = interval
    state.close = price
    return value
  }
}

/**
 * Buys where Wilder's RSI of the trades is under one threshold, sells where it is above the other; each product by
 * itself. Confidence: how far between the threshold and the end of the scale the index is; BUY
 * `(oversold − RSI)/oversold`, SELL `(RSI − overbought)/(100 − overbought)`.
 */
export default defineAlgorithm({
  name: 'rsi',
  title: 'Relative strength index',
  description:
    "Buys oversold and sells overbought products by Wilder's RSI of their trades. Confidence is 0 at the threshold " +
    'and 1 at the end of the scale.',
  documentation: `It reads trades only, each product by itself. Every trade is one price; with a price interval above 0, the last trade of each interval is.

The index is 100 − 100/(1 + mean gain/mean loss) with Wilder's smoothing: the first means are plain means over the period, later ones are (mean × (period − 1) + newest)/period. It is 100 where nothing was lost, and 50 where nothing moved.

It proposes to buy while the index is under the lower threshold and to sell while it is above the upper one, at most once in each cooldown of market time. Confidence is how far the index is past the threshold, as a share of the way to the end of the scale; the simulator refuses what is under its own least confidence.

With every trade as a price, the index answers to the last seconds of a busy market. Use the price interval for the kind of chart that the usual 14, 30 and 70 come from.`,
  parameters,
  warmUp: (given) => given.RSI_PERIOD + 1,
  create: (given) => new RsiInstance(given),
})
