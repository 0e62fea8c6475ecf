import { quoteOf } from '../../engines/domain/market/instrument.ts'
import type { Metrics } from '../../engines/domain/trading/metrics.ts'
import type { Money } from '../../engines/domain/money.ts'
import type { Product } from '../../engines/domain/market/product.ts'

/** Sums of money, all of it in one currency. */
export interface MoneyTotals {
  readonly currency: string
  runs: number
  netProfit: Money
  turnover: Money
  feesPaid: Money
}

/** What of a run is summed up. */
export interface MeasuredRun {
  readonly algorithm: string
  readonly products: readonly Product[]
  /** null: it has no figures. */
  readonly metrics: Metrics | null
}

/** The currency that a run's money is in: all its products are quoted in it. */
export function currencyOf({ products }: Pick<MeasuredRun, 'products'>): string {
  const [first] = products
  return first === undefined ? '' : quoteOf(first)
}

/** Sums over runs. What has no currency is summed over all of them, money for each currency by itself. */
export class Totals {
  runs = 0
  /** Runs that have figures. */
  measured = 0
  tradeCount = 0
  worstDrawdown: number | null = null
  readonly returns: number[] = []
  readonly #money = new Map<string, MoneyTotals>()

  add(run: MeasuredRun): void {
    this.runs++
    const money = this.#moneyIn(currencyOf(run))
    money.runs++
    const { metrics } = run
    if (metrics === null) return
    this.measured++
    this.tradeCount += metrics.tradeCount
    money.netProfit += metrics.netProfit
    money.turnover += metrics.turnover
    money.feesPaid += metrics.feesPaid
    if (metrics.totalReturn !== null) this.returns.push(metrics.totalReturn)
    this.worstDrawdown = Math.max(this.worstDrawdown ?? 0, metrics.maxDrawdown)
  }

  /** The money of the currency that most runs are in, of equals the first by name; null where there are no runs. */
  get money(): MoneyTotals | null {
    const all = [...this.#money.values()]
    return all.sort((one, other) => other.runs - one.runs || (one.currency < other.currency ? -1 : 1))[0] ?? null
  }

  get meanReturn(): number | null {
    const { returns } = this
    return returns.length === 0 ? null : returns.reduce((sum, value) => sum + value, 0) / returns.length
  }

  get bestReturn(): number | null {
    return this.returns.length === 0 ? null : this.returns.reduce((a, b) => Math.max(a, b))
  }

  get worstReturn(): number | null {
    return this.returns.length === 0 ? null : this.returns.reduce((a, b) => Math.min(a, b))
  }

  #moneyIn(currency: string): MoneyTotals {
    const money = this.#money.get(currency) ?? { currency, runs: 0, netProfit: 0n, turnover: 0n, feesPaid: 0n }
    this.#money.set(currency, money)
    return money
  }
}

/** {@link Totals} of all runs that have something in common, and of these by algorithm. */
export class Group {
  readonly total = new Totals()
  readonly #byAlgorithm = new Map<string, Totals>()

  add(run: MeasuredRun): void {
    const totals = this.#byAlgorithm.get(run.algorithm) ?? new Totals()
    this.#byAlgorithm.set(run.algorithm, totals)
    totals.add(run)
    this.total.add(run)
  }

  /** In order of name. */
  get byAlgorithm(): { readonly algorithm: string; readonly totals: Totals }[] {
    const named = [...this.#byAlgorithm].map(([algorithm, totals]) => ({ algorithm, totals }))
    return named.sort((one, other) => (one.algorithm < other.algorithm ? -1 : 1))
  }
}
