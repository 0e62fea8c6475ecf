import type { Fill } from '../domain/fill.ts'
import { PERIOD_SECONDS, type Metrics } from '../domain/metrics.ts'
import { amountToNumber, type Amount, type Money } from '../domain/money.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { Portfolio } from '../domain/portfolio.ts'
import type { Product } from '../domain/product.ts'
import { MICROS_PER_SECOND } from '../domain/time.ts'
import { Holding, Ledger } from './version1/ledger.ts'
import { limitsOf } from './version1/limits.ts'
import { fromAmount, toAmount } from './version1/money.ts'
import { TradeStatistics } from './statistics.ts'

/**
 * The metrics of a run of which only a part is kept, from that part: its fills, and its newest portfolio. What a
 * simulator learns from the market between the fills (ratios, exposure, when the drawdown was) is not in them, and null.
 */
export class Recount {
  readonly #ledger: Ledger
  readonly #trades = new TradeStatistics()
  readonly #holdings = new Map<Product, { readonly holding: Holding; price: Amount }>()
  #fills = 0

  /** @param parameters of the run's simulator. */
  constructor(parameters: Parameters) {
    this.#ledger = new Ledger(limitsOf(parameters).initialCapital)
  }

  /** Takes the next fill, in order. */
  add(fill: Fill): void {
    const known = this.#holdings.get(fill.product) ?? { holding: new Holding(fill.product), price: fill.price }
    this.#holdings.set(fill.product, known)
    known.price = fill.price
    this.#fills += 1
    const { side, time } = fill
    const booking = {
      side,
      time,
      quantity: Number(fromAmount(fill.quantity)),
      notional: fromAmount(fill.notional),
      fee: fromAmount(fill.fee),
    }
    const closed = this.#ledger.apply(known.holding, booking)
    if (closed !== null) this.#trades.add({ netPnl: toAmount(closed.netPnl), heldFor: closed.heldFor })
  }

  /** @param portfolio the newest that is kept; null: none. */
  metrics(portfolio: Portfolio | null): Metrics {
    const trades = this.#trades
    const initial = toAmount(this.#ledger.initial)
    const equity = this.#equity(portfolio)
    return {
      ...UNKNOWN,
      totalReturn: amountToNumber(equity) / amountToNumber(initial) - 1,
      netProfit: equity - initial,
      maxDrawdown: portfolio?.maxDrawdown ?? 0,
      winRate: ratio(trades.wins, trades.closed),
      profitFactor: ratio(amountToNumber(trades.won), amountToNumber(-trades.lost)),
      expectancy: trades.mean(),
      winRateByFill: ratio(trades.wins, trades.closed),
      expectancyByFill: trades.mean(),
      turnover: toAmount(this.#ledger.turnover),
      feesPaid: toAmount(this.#ledger.feesPaid),
      tradeCount: this.#fills,
      borrowCost: portfolio?.borrowCost ?? 0n,
      closedTradeCount: trades.closed,
      roundTripCount: trades.closed,
      averageHoldingSeconds: ratio(trades.heldFor / MICROS_PER_SECOND, trades.closed),
      longestHoldingSeconds: trades.closed === 0 ? null : trades.longestHeldFor / MICROS_PER_SECOND,
      longestLosingStreak: trades.longestLosingStreak,
      bestTrade: trades.best,
      worstTrade: trades.worst,
      buyAndHoldReturn: portfolio?.buyAndHoldReturn ?? null,
    }
  }

  /** Of the newest portfolio, where it is not older than the newest fill; else at the prices of the fills. */
  #equity(portfolio: Portfolio | null): Money {
    if (portfolio?.tradeCount === this.#fills) return portfolio.equity
    let equity = this.#ledger.cash
    for (const { holding, price } of this.#holdings.values()) equity += holding.value(Number(fromAmount(price)))
    return toAmount(equity)
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
