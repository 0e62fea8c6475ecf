import * as z from 'zod'
import { MAX_BOOK_LEVELS, type BookSnapshot, type FeedStatus, type Tick } from '../../domain/market/market.ts'
import { numberOf, type Fixed } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'
import type { Signal } from '../../domain/trading/signal.ts'
import type { Emit } from '../../domain/step.ts'
import { EIGHTHS, POWERS, type Unit } from '../../domain/market/unit.ts'
import { Cooldown, signalCooldown } from '../cooldown.ts'
import { defineAlgorithm, type AlgorithmInstance } from '../define-algorithm.ts'
import { imbalance, RollingMean, sizeOf, valueOf } from '../indicators/book-imbalance.ts'
import { PerProduct } from '../per-product.ts'

const parameters = z.object({
  IMBALANCE_THRESHOLD: z
    .number()
    .gt(0)
    .max(1)
    .default(0.6)
    .meta({
      title: 'Threshold',
      description: 'Buy where the mean imbalance is at least this, sell where it is at most minus this.',
      sweep: { min: 0.2, max: 0.9, step: 0.1 },
    }),
  MIN_VOLUME_THRESHOLD: z.number().min(0).max(1e9).default(10).meta({
    title: 'Least volume',
    description: 'No signal while both sides together hold less than this.',
    unit: 'base currency',
  }),
  MIN_VOLUME_VALUE: z.number().min(0).max(1e15).default(0).meta({
    title: 'Least value',
    description:
      'No signal while both sides together are worth less than this; for products of which one costs little.',
    unit: 'quote currency',
  }),
  LOOKBACK_PERIODS: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .meta({
      title: 'Look-back',
      description: 'How many observations the imbalance is averaged over.',
      unit: 'observations',
      sweep: { min: 1, max: 20, step: 1 },
    }),
  SIGNAL_COOLDOWN_MS: signalCooldown,
  BOOK_LEVELS: z
    .int()
    .min(0)
    .max(MAX_BOOK_LEVELS)
    .default(10)
    .meta({
      title: 'Book levels',
      description:
        'How many levels a side are added up, out of each book. 0 or 1: the best level, out of each tick (for sources ' +
        'that have no books).',
      unit: 'levels',
      sweep: { min: 1, max: 20, step: 1 },
    }),
})

type Given = z.output<typeof parameters>

/** What is kept of a product. */
class ImbalanceState {
  readonly mean: RollingMean
  readonly cooldown: Cooldown
  /** The last trade's price; signals carry it. */
  price: Fixed = 0
  unit: Unit = EIGHTHS

  constructor(given: Given) {
    this.mean = new RollingMean(given.LOOKBACK_PERIODS)
    this.cooldown = new Cooldown(given.SIGNAL_COOLDOWN_MS)
  }
}

class ImbalanceInstance implements AlgorithmInstance {
  private readonly states: PerProduct<ImbalanceState>
  private readonly threshold: number
  private readonly leastVolume: number
  private readonly leastValue: number
  private readonly levels: number

  constructor(given: Given) {
    this.states = new PerProduct(() => new ImbalanceState(given))
    this.threshold = given.IMBALANCE_THRESHOLD
    this.leastVolume = given.MIN_VOLUME_THRESHOLD
    this.leastValue = given.MIN_VOLUME_VALUE
    this.levels = given.BOOK_LEVELS
  }

  onTick(tick: Tick, emit: Emit<Signal>): void {
    const state = this.states.of(tick.product)
    state.price = tick.price
    state.unit = tick.unit
    // A size of 0 in a tick means "not known", so there is nothing to compare.
    if (this.levels > 1 || tick.bidSize === 0 || tick.askSize === 0) return
    this.observe(state, tick.bidSize, tick.askSize, tick, emit)
  }

  onBook(book: BookSnapshot, emit: Emit<Signal>): void {
    if (this.levels <= 1) return
    const state = this.states.of(book.product)
    this.observe(state, sizeOf(book.bids, this.levels), sizeOf(book.asks, this.levels), book, emit)
  }

  onFeed(status: FeedStatus): void {
    // Books from before a cut say nothing about the market after it. Missing trades do not touch the book.
    if (status.state !== 'RECONNECTING') return
    for (const { mean } of this.states.concernedBy(status)) mean.reset()
  }

  private isThin(total: Fixed, cause: Tick | BookSnapshot): boolean {
    const { unit } = cause
    if (numberOf(total, unit.size) < this.leastVolume) return true
    if (this.leastValue === 0) return false
    const value =
      cause.type === 'tick'
        ? cause.bid * cause.bidSize + cause.ask * cause.askSize
        : valueOf(cause.bids, this.levels) + valueOf(cause.asks, this.levels)
    return value / (POWERS[unit.price]! * POWERS[unit.size]!) < this.leastValue
  }

  private observe(
    state: ImbalanceState,
    bidSize: Fixed,
    askSize: Fixed,
    cause: Tick | BookSnapshot,
    emit: Emit<Signal>,
  ): void {
    const total = bidSize + askSize
    if (total === 0) return
    // A thin book counts in the mean, but raises no signal itself.
    const value = state.mean.update(imbalance(bidSize, askSize))
    const size = Math.abs(value)
    if (!(size >= this.threshold) || this.isThin(total, cause) || !state.cooldown.passes(cause.time)) return
    const side: Side = value > 0 ? 'BUY' : 'SELL'
    const limit = value > 0 ? this.threshold : -this.threshold
    emit({
      type: 'signal',
      product: cause.product,
      side,
      // How much of the way from the threshold to a one-sided book the mean has gone.
      confidence: this.threshold === 1 ? 0 : Math.min(1, (size - this.threshold) / (1 - this.threshold)),
      unit: state.unit,
      price: state.price,
      indicator: value,
      reason: `imbalance ${value.toFixed(3)} at or past ${limit}`,
      time: cause.time,
      cause: cause.sequence,
    })
  }
}

/**
 * Buys where the bids outweigh the asks, sells where the asks outweigh the bids; each product by itself.
 * Confidence: `(|mean imbalance| − threshold)/(1 − threshold)`, 0 where the threshold is 1.
 */
export default defineAlgorithm({
  name: 'order-book-imbalance',
  title: 'Order-book imbalance',
  description:
    'Buys where bids outweigh asks and sells where asks outweigh bids, averaged over a look-back, with a volume ' +
    'filter. Confidence is 0 at the threshold and 1 at a one-sided book.',
  documentation: `It reads order books, each product by itself: the sizes of the best levels of both sides, as many as Book levels says. With 0 or 1 level it reads the best bid and ask of each tick instead, for sources that have no books.

The imbalance is (bids − asks)/(bids + asks), from −1 to 1, averaged over the look-back. It proposes to buy where the mean is at least the threshold and to sell where it is at most minus the threshold, at most once in each cooldown of market time, and not while both sides together hold less than the least volume, or are worth less than the least value.

Confidence is (|mean| − threshold)/(1 − threshold): 0 at the threshold, 1 at a book with one side only; the simulator refuses what is under its own least confidence.

After a reconnection of the feed the book of a product is not known until its next snapshot, and the look-back begins anew.`,
  parameters,
  warmUp: (given) => given.LOOKBACK_PERIODS,
  create: (given) => new ImbalanceInstance(given),
})
