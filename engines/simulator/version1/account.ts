import type { Metrics } from '../../domain/trading/metrics.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Micros } from '../../domain/time.ts'
import { CandleMaker } from '../candle-maker.ts'
import { Holding, Ledger, type Booking } from './ledger.ts'
import { ProductMarket } from './matching.ts'
import { FIXED_ONE, moneyToNumber, toAmount, type Fixed, type Money } from './money.ts'
import type { Portfolio, Position } from './vocabulary.ts'
import { computeMetrics } from '../metrics.ts'
import {
  DailyReturns,
  Drawdown,
  MICROS_PER_DAY,
  MICROS_PER_PERIOD,
  PeriodReturns,
  TradeStatistics,
} from '../statistics.ts'

/** All that a simulator keeps of a product. */
export class ProductState {
  readonly product: Product
  readonly market = new ProductMarket()
  readonly holding: Holding
  readonly candles: CandleMaker
  /** The last trade's price, which values the position; 0 before the first. */
  mark: Fixed = 0
  /** The first trade's price, which buy-and-hold starts from; 0 before it. */
  first: Fixed = 0
  /** Market time of the last accepted order. */
  lastOrderAt: Micros = Number.NEGATIVE_INFINITY
  orderPending = false
  /** Whether anything of its market was ever told. */
  seen = false
  /** Its market is closed to this run: nothing more of it is taken. */
  closed = false

  constructor(product: Product, candleInterval: Micros) {
    this.product = product
    this.holding = new Holding(product)
    this.candles = new CandleMaker(product, candleInterval)
  }
}

/**
 * The ledger valued at the market, with its running statistics.
 * Figures that are reported as money are exact; the equity that drawdowns and daily returns watch at every tick is a
 * double (about 16 digits), computed anew each time, so that it never drifts.
 */
export class Account {
  /** Market time, never falling. */
  now: Micros = 0
  /** Whether the portfolio is not what was last reported. Set here, cleared by whoever reports. */
  changed = true
  fills = 0
  private readonly ledger: Ledger
  private readonly states = new Map<Product, ProductState>()
  private recent: ProductState | null = null
  /** States with a position, in no order. */
  private readonly held: ProductState[] = []
  private readonly drawdown: Drawdown
  private readonly daily: DailyReturns
  private readonly periods: PeriodReturns
  private readonly candleInterval: Micros
  private readonly riskFreeDaily: number
  private readonly riskFreePerPeriod: number
  private readonly trades = new TradeStatistics()
  private cash: number
  private started = false
  private startedAt: Micros = 0
  /** When the present UTC day ends. */
  private dayEnd: Micros = 0
  /** When the present period ends; a day's end is one of a period too. */
  private periodEnd: Micros = 0
  private inPosition = 0
  private inPositionSince: Micros = 0

  /** @param candleInterval length of the candles that are made of each product's prices */
  constructor(initial: Money, riskFreeDaily: number, candleInterval: Micros) {
    this.candleInterval = candleInterval
    this.ledger = new Ledger(initial)
    this.cash = moneyToNumber(initial)
    this.drawdown = new Drawdown(this.cash, 0, Infinity)
    this.daily = new DailyReturns(this.cash, 1, riskFreeDaily)
    this.riskFreeDaily = riskFreeDaily
    this.riskFreePerPeriod = (riskFreeDaily * MICROS_PER_PERIOD) / MICROS_PER_DAY
    this.periods = new PeriodReturns(this.cash, this.riskFreePerPeriod)
  }

  stateOf(product: Product): ProductState {
    if (this.recent !== null && this.recent.product === product) return this.recent
    let state = this.states.get(product)
    if (state === undefined) {
      state = new ProductState(product, this.candleInterval)
      this.states.set(product, state)
    }
    this.recent = state
    return state
  }

  /** All products that were ever asked for, in the order in which they were. */
  products(): Iterable<ProductState> {
    return this.states.values()
  }

  /** Lets market time pass; an earlier time leaves it where it is. Before the event's own effects. */
  advance(time: Micros): void {
    if (time <= this.now && this.started) return
    if (!this.started) this.start(time)
    else if (time >= this.periodEnd) this.endPeriods(time)
    this.now = time
  }

  /** A new last price. */
  remark(state: ProductState, price: Fixed): void {
    if (state.first === 0) state.first = price
    state.mark = price
    if (state.holding.quantity === 0) return
    this.changed = true
    this.drawdown.update(this.equity(), this.now)
  }

  /** Prices of one product, or of all where `product` is empty, are unknown until they are told again. */
  loseMarkets(product: Product): void {
    if (product === '') for (const state of this.states.values()) state.market.onLost()
    else this.states.get(product)?.market.onLost()
  }

  /** Books an execution. @returns the realised P&L. */
  book(state: ProductState, booking: Booking): Money {
    const wasHeld = state.holding.quantity !== 0
    const wasInPosition = this.held.length > 0
    const closed = this.ledger.apply(state.holding, booking)
    const isHeld = state.holding.quantity !== 0
    if (isHeld && !wasHeld) this.held.push(state)
    else if (wasHeld && !isHeld) this.held.splice(this.held.indexOf(state), 1)
    const isInPosition = this.held.length > 0
    if (isInPosition && !wasInPosition) this.inPositionSince = this.now
    else if (wasInPosition && !isInPosition) this.inPosition += this.now - this.inPositionSince

    this.fills += 1
    if (closed !== null) this.trades.add({ netPnl: toAmount(closed.netPnl), heldFor: closed.heldFor })
    this.cash = moneyToNumber(this.ledger.cash)
    this.changed = true
    this.drawdown.update(this.equity(), this.now)
    return closed === null ? 0n : closed.realizedPnl
  }

  /** The exact equity, and the exposure of all positions but `except`'s. */
  worth(except: ProductState | null): { equity: Money; exposure: Money } {
    let equity = this.ledger.cash
    let exposure = 0n
    for (const state of this.held) {
      const value = state.holding.value(state.mark)
      equity += value
      if (state !== except) exposure += value < 0n ? -value : value
    }
    return { equity, exposure }
  }

  portfolio(): Portfolio {
    const positions = this.held.map(positionOf).sort((a, b) => (a.product < b.product ? -1 : 1))
    const { equity } = this.worth(null)
    const benchmark = this.benchmark()
    return {
      cash: this.ledger.cash,
      equity,
      realizedPnl: this.ledger.realizedPnl,
      unrealizedPnl: positions.reduce((sum, position) => sum + position.unrealizedPnl, 0n),
      feesPaid: this.ledger.feesPaid,
      drawdown: this.drawdown.at(this.equity()),
      maxDrawdown: this.drawdown.max,
      winRate: this.trades.closed === 0 ? null : this.trades.wins / this.trades.closed,
      buyAndHoldReturn: benchmark === null ? null : benchmark - 1,
      tradeCount: this.fills,
      positions,
    }
  }

  metrics(): Metrics {
    const benchmark = this.benchmark()
    const sinceOpened = this.held.length > 0 ? this.now - this.inPositionSince : 0
    return computeMetrics({
      initial: toAmount(this.ledger.initial),
      equity: toAmount(this.worth(null).equity),
      feesPaid: toAmount(this.ledger.feesPaid),
      turnover: toAmount(this.ledger.turnover),
      fills: this.fills,
      drawdown: this.drawdown,
      daily: this.daily.figuresWith(this.equity(), benchmark ?? 1),
      periods: this.periods.figures(),
      // Round trips were not counted then: each closing fill was one.
      closingFills: this.trades,
      roundTrips: this.trades,
      borrowCost: 0n,
      elapsed: this.now - this.startedAt,
      inPosition: this.inPosition + sinceOpened,
      benchmark,
      riskFreeDaily: this.riskFreeDaily,
      riskFreePerPeriod: this.riskFreePerPeriod,
    })
  }

  private start(time: Micros): void {
    this.started = true
    this.startedAt = time
    this.drawdown.update(this.cash, time)
    this.dayEnd = (Math.floor(time / MICROS_PER_DAY) + 1) * MICROS_PER_DAY
    this.periodEnd = (Math.floor(time / MICROS_PER_PERIOD) + 1) * MICROS_PER_PERIOD
  }

  /** Closes the present period and day with the values they end with, and all that passed without an event. */
  private endPeriods(time: Micros): void {
    const equity = this.equity()
    const ended = Math.floor((time - this.periodEnd) / MICROS_PER_PERIOD) + 1
    this.periods.add(equity, ended)
    this.periodEnd += ended * MICROS_PER_PERIOD
    if (time < this.dayEnd) return
    const benchmark = this.benchmark() ?? 1
    for (; this.dayEnd <= time; this.dayEnd += MICROS_PER_DAY) this.daily.add(equity, benchmark)
  }

  private equity(): number {
    let equity = this.cash
    for (const state of this.held) {
      equity += (state.holding.quantity / FIXED_ONE) * (state.mark / FIXED_ONE)
    }
    return equity
  }

  /** Mean of last over first price; null before any trade. */
  private benchmark(): number | null {
    let sum = 0
    let count = 0
    for (const state of this.states.values()) {
      if (state.first === 0) continue
      sum += state.mark / state.first
      count += 1
    }
    return count === 0 ? null : sum / count
  }
}

function positionOf({ product, holding, mark }: ProductState): Position {
  return {
    product,
    quantity: holding.quantity,
    averagePrice: holding.averagePrice,
    markPrice: mark,
    unrealizedPnl: holding.unrealized(mark),
  }
}
