import type { Candle } from '../../domain/market/candle.ts'
import type { BookSnapshot, FeedStatus, Level, MarketEvent, Tick } from '../../domain/market/market.ts'
import type { Metrics } from '../../domain/trading/metrics.ts'
import type { Side } from '../../domain/side.ts'
import type { LapseReason, Signal } from '../../domain/trading/signal.ts'
import type { Parameters } from '../../domain/simulation.ts'
import type { Core, Emit } from '../../domain/step.ts'
import type { Micros } from '../../domain/time.ts'
import { Account, type ProductState } from './account.ts'
import { takerFee } from './fees.ts'
import { liquidity, walk } from './matching.ts'
import { limitsOf, type SimulatorLimits } from './limits.ts'
import type { Fixed } from './money.ts'
import { allowedLater, refuse, screen, sizeOrder, type RiskView } from './risk.ts'
import type { Fill, Portfolio, RiskDecision, SimulatorEvent } from './vocabulary.ts'

/** The end of the run's input. Nothing may follow it. */
export interface EndOfRun {
  readonly type: 'end'
}

/** What a simulator takes, in stream order: each market event first, then the signals that it raised. */
export type FirstInput = MarketEvent | Signal | EndOfRun

/** The run as it stands. */
export interface FirstSnapshot {
  readonly portfolio: Portfolio
  readonly metrics: Metrics
  /** Accepted orders that are still on their way to the market. */
  readonly pendingOrders: number
  /** Accepted orders that got nothing: the limits had no room left on arrival, or the run ended before it. */
  readonly lapsedOrders: number
}

export interface FirstKernel extends Core<FirstInput, SimulatorEvent> {
  snapshot(): FirstSnapshot
}

/** An accepted order. */
interface Order {
  readonly state: ProductState
  readonly side: Side
  readonly quantity: Fixed
  readonly signalSequence: number
  /** Market time at which it reaches the market. */
  readonly due: Micros
}

class Simulator implements FirstKernel {
  private readonly limits: SimulatorLimits
  private readonly account: Account
  /** In order of acceptance; at most one a product. */
  private readonly pending: Order[] = []
  private sequence = 0
  private lapsed = 0
  private ended = false
  /** Market time at which the next snapshot is due; the first event brings the first. */
  private nextReport: Micros = -1

  constructor(parameters: Parameters) {
    this.limits = limitsOf(parameters)
    const { initialCapital, riskFreeDaily, statisticsInterval } = this.limits
    this.account = new Account(initialCapital, riskFreeDaily, statisticsInterval)
  }

  step(input: FirstInput, emit: Emit<SimulatorEvent>): void {
    if (this.ended) throw new Error('the simulator was told that its input had ended, and got more')
    if (input.type === 'tick') this.onTick(input, emit)
    else if (input.type === 'signal') this.onSignal(input, emit)
    else if (input.type === 'book') this.onBook(input, emit)
    else if (input.type === 'feed') this.onFeed(input, emit)
    else this.onEnd(emit)
  }

  snapshot(): FirstSnapshot {
    return {
      portfolio: this.account.portfolio(),
      metrics: this.account.metrics(),
      pendingOrders: this.pending.length,
      lapsedOrders: this.lapsed,
    }
  }

  /** The hot path: nothing here allocates but where an interval is over. */
  private onTick(tick: Tick, emit: Emit<SimulatorEvent>): void {
    const { account } = this
    account.advance(tick.time)
    const state = account.stateOf(tick.product)
    if (state.closed) return
    state.seen = true
    state.market.onTick(tick)
    if (tick.price > 0) {
      for (const candle of state.candles.add(tick.tradedAt ?? account.now, tick.price, tick.unit))
        this.tellCandle(candle, emit)
    }
    if (tick.price !== state.mark && tick.price > 0) account.remark(state, tick.price)
    if (this.pending.length > 0) this.fillDue(emit)
    if (account.now >= this.nextReport && account.changed) this.report(emit)
  }

  private onBook(book: BookSnapshot, emit: Emit<SimulatorEvent>): void {
    this.account.advance(book.time)
    const state = this.account.stateOf(book.product)
    if (state.closed) return
    state.seen = true
    state.market.onBook(book)
    if (this.pending.length > 0) this.fillDue(emit)
    if (this.account.now >= this.nextReport && this.account.changed) this.report(emit)
  }

  /** A cut makes prices unknown; orders on their way wait for the next ones. */
  private onFeed(status: FeedStatus, emit: Emit<SimulatorEvent>): void {
    this.account.advance(status.time)
    if (status.state === 'RECONNECTING') this.account.loseMarkets(status.product)
    const told = status.state === 'REFUSED' || status.state === 'CLOSED' ? this.close(status) : status
    if (told !== null) emit({ type: 'feed', status: told, sequence: this.nextSequence(), time: this.account.now })
  }

  /**
   * A product that was never there is refused. One that the run has seen is closed instead, once: the position keeps its last
   * price, nothing is traded any more, and all else goes on.
   */
  private close(status: FeedStatus): FeedStatus | null {
    const state = this.account.stateOf(status.product)
    if (!state.seen) return { ...status, state: 'REFUSED' }
    if (state.closed) return null
    state.closed = true
    state.market.onLost()
    return { ...status, state: 'CLOSED' }
  }

  private onSignal(signal: Signal, emit: Emit<SimulatorEvent>): void {
    this.account.advance(signal.time)
    const state = this.account.stateOf(signal.product)
    const levels = liquidity(state.market, signal.side)
    const decision = this.decide(signal, state, levels)
    const sequence = this.nextSequence()
    const now = this.account.now
    emit({ type: 'signal', signal, decision, sequence, time: now })
    if (!decision.accepted) return
    state.lastOrderAt = signal.time
    const { quantity } = decision
    const due = signal.time + this.limits.latency
    const order: Order = { state, side: signal.side, quantity, signalSequence: sequence, due }
    if (this.limits.latency === 0) {
      this.fill(order, quantity, levels, emit)
      return
    }
    state.orderPending = true
    this.pending.push(order)
  }

  private decide(signal: Signal, state: ProductState, levels: readonly Level[]): RiskDecision {
    const refusal = screen(signal, state, this.limits)
    if (refusal !== null) return refusal
    if (state.closed) return refuse('NO_MARKET', `the market of ${signal.product} is closed to this run`)
    if (levels.length === 0) return refuse('NO_MARKET', `no price, or no size, to ${signal.side} is known`)
    if (state.mark === 0) return refuse('NO_MARKET', 'no trade has been seen yet, so a position could not be valued')
    return sizeOrder(signal.side, this.viewOf(state, levels), this.limits)
  }

  private viewOf(state: ProductState, levels: readonly Level[]): RiskView {
    const { equity, exposure } = this.account.worth(state)
    return { position: state.holding.quantity, mark: state.mark, levels, equity, otherExposure: exposure }
  }

  /** Fills the orders whose time has come, in the order of their acceptance, at the prices now known. */
  private fillDue(emit: Emit<SimulatorEvent>): void {
    let kept = 0
    for (const order of this.pending) {
      const levels = order.due <= this.account.now ? liquidity(order.state.market, order.side) : []
      if (levels.length === 0) {
        this.pending[kept] = order
        kept += 1
        continue
      }
      order.state.orderPending = false
      const allowed = allowedLater(order.side, order.quantity, this.viewOf(order.state, levels), this.limits)
      if (allowed > 0) this.fill(order, allowed, levels, emit)
      else this.lapse(order, 'LIMITS', emit)
    }
    this.pending.length = kept
  }

  /** Executes, books and tells. `quantity` is at most the order's. */
  private fill(order: Order, quantity: Fixed, levels: readonly Level[], emit: Emit<SimulatorEvent>): void {
    const execution = walk(levels, quantity)
    if (execution === null) {
      this.lapse(order, 'WORTH_NOTHING', emit)
      return
    }
    const { state, side } = order
    state.market.take(side, levels, execution.quantity)
    const fee = takerFee(execution.notional, this.limits.feeRate)
    const realizedPnl = this.account.book(state, { side, ...execution, fee, time: this.account.now })
    const fill: Fill = {
      product: state.product,
      side,
      price: execution.price,
      quantity: execution.quantity,
      requested: order.quantity,
      notional: execution.notional,
      fee,
      realizedPnl,
      positionAfter: state.holding.quantity,
      signalSequence: order.signalSequence,
      time: this.account.now,
    }
    emit({ type: 'fill', fill, sequence: this.nextSequence(), time: this.account.now })
    this.report(emit)
  }

  private lapse(order: Order, reason: LapseReason, emit: Emit<SimulatorEvent>): void {
    const { state, side, quantity, signalSequence } = order
    this.lapsed += 1
    const envelope = { sequence: this.nextSequence(), time: this.account.now }
    emit({ type: 'lapsed', signalSequence, product: state.product, side, quantity, reason, ...envelope })
  }

  private report(emit: Emit<SimulatorEvent>): void {
    const { account } = this
    const { statisticsInterval } = this.limits
    // On a fixed grid of market time, so that the snapshots do not depend on where the fills fell.
    this.nextReport = (Math.floor(account.now / statisticsInterval) + 1) * statisticsInterval
    account.changed = false
    emit({ type: 'portfolio', portfolio: account.portfolio(), sequence: this.nextSequence(), time: account.now })
  }

  private tellCandle(candle: Candle, emit: Emit<SimulatorEvent>): void {
    emit({ type: 'candle', candle, sequence: this.nextSequence(), time: this.account.now })
  }

  private onEnd(emit: Emit<SimulatorEvent>): void {
    this.ended = true
    for (const order of this.pending) this.lapse(order, 'RUN_ENDED', emit)
    this.pending.length = 0
    for (const { candles } of this.account.products()) {
      for (const candle of candles.finish()) this.tellCandle(candle, emit)
    }
    const { portfolio, metrics } = this.snapshot()
    const fills = this.account.fills
    emit({ type: 'finished', portfolio, metrics, fills, sequence: this.nextSequence(), time: this.account.now })
  }

  private nextSequence(): number {
    this.sequence += 1
    return this.sequence
  }
}

/**
 * The simulator as a synchronous machine: market events and signals in stream order in, numbered events out.
 *
 * A signal meets the risk rules ({@link sizeOrder}); an accepted one fills at once, or, with `ORDER_LATENCY_MS`, at the
 * first tick or book from that much later on, at the prices known then, or lapses. Every fill is followed by a snapshot of the
 * portfolio; so is each `STATISTICS_INTERVAL_MS` of market time in which a held product's price changed. Of the same length
 * are the candles of each product's prices, told by the first tick after them. `end` brings the last ones, and the last
 * event, `finished`.
 * @throws ZodError where the parameters are not right; check them first with `checkParameters`. `step` throws an Error
 * on any input after `end`.
 */
export function createFirstKernel(parameters: Parameters): FirstKernel {
  return new Simulator(parameters)
}
