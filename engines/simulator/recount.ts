import { Ledger } from '../broker/account/ledger.ts'
import { RoundTrips } from '../broker/account/round-trips.ts'
import { ProductState } from '../broker/product-state.ts'
import type { Fill } from '../domain/trading/fill.ts'
import { PERIOD_SECONDS, type Metrics } from '../domain/trading/metrics.ts'
import { amountToNumber, type Money } from '../domain/money.ts'
import type { Portfolio } from '../domain/trading/portfolio.ts'
import type { Product } from '../domain/market/product.ts'
import type { Parameters } from '../domain/simulation.ts'
import { MICROS_PER_SECOND } from '../domain/time.ts'
import { initialCapitalOf } from './parameters.ts'
import { TradeStatistics } from './statistics.ts'

/**
 * The metrics of a run of which only a part is kept, from that part: its fills, and its newest portfolio. What a
 * simulator learns from the market between the fills (ratios, exposure, when the drawdown was) is not in them, and null;
 * what borrowing cost is known as a whole, not by round trip.
 */
export class Recount {
  readonly #ledger: Ledger
  readonly #trips = new RoundTrips()
  readonly #closingFills = new TradeStatistics()
  readonly #roundTrips = new TradeStatistics()
  readonly #states = new Map<Product, { readonly state: ProductState; price: Money }>()
  #fills = 0

  /** @param parameters of the run's simulator. */
  constructor(parameters: Parameters) {
    this.#ledger = new Ledger(initialCapitalOf(parameters))
  }

  /** Takes the next fill, in order. */
  add(fill: Fill): void {
    const { product, side, quantity, notional, fee, time, orderId, signalSequence, price } = fill
    const known = this.#states.get(product) ?? { state: new ProductState(product, 'LAST'), price }
    this.#states.set(product, known)
    known.price = price
    this.#fills += 1
    const booked = this.#ledger.apply(known.state.holding, { side, quantity, notional, fee, time })
    if (booked.closed > 0n) this.#closingFills.add(booked)
    const reason = fill.exitReason ?? 'SIGNAL'
    const trip = { side, quantity, notional, fee, time, orderId, signalSequence, reason }
    const ended = this.#trips.fill(known.state, trip, booked)
    if (ended !== null) this.#roundTrips.add({ netPnl: ended.netPnl, heldFor: ended.closedAt - ended.openedAt })
  }

  /** @param portfolio the newest that is kept; null: none. */
  metrics(portfolio: Portfolio | null): Metrics {
    const [trips, closing] = [this.#roundTrips, this.#closingFills]
    const { initial, turnover, feesPaid } = this.#ledger
    const equity = this.#equity(portfolio)
    return {
      ...UNKNOWN,
      totalReturn: amountToNumber(equity) / amountToNumber(initial) - 1,
      netProfit: equity - initial,
      maxDrawdown: portfolio?.maxDrawdown ?? 0,
      winRate: ratio(trips.wins, trips.closed),
      profitFactor: ratio(amountToNumber(trips.won), amountToNumber(-trips.lost)),
      expectancy: trips.mean(),
      winRateByFill: ratio(closing.wins, closing.closed),
      expectancyByFill: closing.mean(),
      turnover,
      feesPaid,
      borrowCost: portfolio?.borrowCost ?? 0n,
      tradeCount: this.#fills,
      closedTradeCount: closing.closed,
      roundTripCount: trips.closed,
      averageHoldingSeconds: ratio(trips.heldFor / MICROS_PER_SECOND, trips.closed),
      longestHoldingSeconds: trips.closed === 0 ? null : trips.longestHeldFor / MICROS_PER_SECOND,
      longestLosingStreak: trips.longestLosingStreak,
      bestTrade: trips.best,
      worstTrade: trips.worst,
      buyAndHoldReturn: portfolio?.buyAndHoldReturn ?? null,
    }
  }

  /** Of the newest portfolio, where it is not older than the newest fill; else at the prices of the fills. */
  #equity(portfolio: Portfolio | null): Money {
    if (portfolio?.tradeCount === this.#fills) return portfolio.equity
    let equity = this.#ledger.cash - (portfolio?.borrowCost ?? 0n)
    for (const { state, price } of this.#states.values()) equity += state.holding.value(price)
    return equity
  }
}

const UNKNOWN = {
  sharpe: null,
  sortino: null,
  calmar: null,
  cagr: null,
  maxDrawdownStart: null,
  maxDrawdownTrough: null,
  maxDrawdownRecovery: null,
  exposure: null,
  alpha: null,
  beta: null,
  periodSeconds: PERIOD_SECONDS,
  periods: 0,
  sharpePerPeriod: null,
  sortinoPerPeriod: null,
} as const

function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 || !Number.isFinite(numerator / denominator) ? null : numerator / denominator
}
