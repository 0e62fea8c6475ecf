import { formatCount, formatLength, formatMoney, formatPercent, formatSignedMoney } from '../../ui/figures/format.ts'
import type { Metrics } from './documents.ts'

/** A figure as the API gives it: money as a decimal text, all else as a number. */
type Figure = string | number

/** A figure of a run that is held against those of others. */
export interface Measure {
  readonly key: keyof Omit<Metrics, '__typename'>
  readonly title: string
  /** What it says, and how it comes about. */
  readonly meaning: string
  /** Which of two is the better one; null: neither by itself. */
  readonly better: 'higher' | 'lower' | null
  readonly show: (value: Figure) => string
  /** Why there may be none, after "none: ". */
  readonly none: string
}

const share = (value: Figure): string => formatPercent(Number(value))
const signedShare = (value: Figure): string => formatPercent(Number(value), { signed: true })
const ratio = (value: Figure): string => Number(value).toFixed(2).replace('-', '−')
const length = (value: Figure): string => formatLength(Number(value))

const YEARLY = 'needs 14 days and 10 round trips'
const PERIODS = 'needs 30 minutes of market time'
const CLOSED = 'no trade has been closed'
const EVEN = 'nothing to divide by yet'

/** All that is compared, in the order of the table. */
export const MEASURES: readonly Measure[] = [
  {
    key: 'totalReturn',
    title: 'Return',
    meaning: 'Equity over the initial capital, less one; open positions at the last price.',
    better: 'higher',
    show: signedShare,
    none: EVEN,
  },
  {
    key: 'netProfit',
    title: 'Net profit',
    meaning: 'Equity less the initial capital, after fees.',
    better: 'higher',
    show: formatSignedMoney,
    none: EVEN,
  },
  {
    key: 'buyAndHoldReturn',
    title: 'Buy and hold',
    meaning: 'What the products themselves returned over the same time, in equal shares.',
    better: null,
    show: signedShare,
    none: 'no price was seen',
  },
  {
    key: 'maxDrawdown',
    title: 'Largest drawdown',
    meaning: 'The most that equity was under its highest value so far, as a share of that.',
    better: 'lower',
    show: share,
    none: EVEN,
  },
  {
    key: 'winRate',
    title: 'Win rate',
    meaning: 'Round trips that gained after all costs, of all round trips.',
    better: 'higher',
    show: share,
    none: CLOSED,
  },
  {
    key: 'profitFactor',
    title: 'Profit factor',
    meaning: 'All that was won over all that was lost.',
    better: 'higher',
    show: ratio,
    none: 'no trade has lost',
  },
  {
    key: 'expectancy',
    title: 'Expectancy',
    meaning: 'Mean result of a round trip after all costs.',
    better: 'higher',
    show: formatSignedMoney,
    none: CLOSED,
  },
  {
    key: 'bestTrade',
    title: 'Best trade',
    meaning: 'The largest result of a round trip after all costs.',
    better: 'higher',
    show: formatSignedMoney,
    none: CLOSED,
  },
  {
    key: 'worstTrade',
    title: 'Worst trade',
    meaning: 'The smallest result of a round trip after all costs.',
    better: 'higher',
    show: formatSignedMoney,
    none: CLOSED,
  },
  {
    key: 'longestLosingStreak',
    title: 'Losses in a row',
    meaning: 'The most round trips after one another that lost.',
    better: 'lower',
    show: formatCount,
    none: CLOSED,
  },
  {
    key: 'tradeCount',
    title: 'Trades',
    meaning: 'How many fills there were.',
    better: null,
    show: formatCount,
    none: EVEN,
  },
  {
    key: 'closedTradeCount',
    title: 'Closing fills',
    meaning: 'How many fills closed a position or a part of one.',
    better: null,
    show: formatCount,
    none: EVEN,
  },
  {
    key: 'feesPaid',
    title: 'Fees',
    meaning: 'All fees together.',
    better: 'lower',
    show: formatMoney,
    none: EVEN,
  },
  {
    key: 'turnover',
    title: 'Turnover',
    meaning: 'The worth of all fills together.',
    better: null,
    show: formatMoney,
    none: EVEN,
  },
  {
    key: 'exposure',
    title: 'Exposure',
    meaning: 'Share of the time with any position.',
    better: null,
    show: share,
    none: EVEN,
  },
  {
    key: 'averageHoldingSeconds',
    title: 'Mean holding time',
    meaning: 'How long a closed position was held, on average.',
    better: null,
    show: length,
    none: CLOSED,
  },
  {
    key: 'longestHoldingSeconds',
    title: 'Longest holding time',
    meaning: 'How long the closed position was held that was held longest.',
    better: null,
    show: length,
    none: CLOSED,
  },
  {
    key: 'sharpe',
    title: 'Sharpe, yearly',
    meaning: 'Mean daily return over its standard deviation, times √365.',
    better: 'higher',
    show: ratio,
    none: YEARLY,
  },
  {
    key: 'sortino',
    title: 'Sortino, yearly',
    meaning: 'As Sharpe, but over the deviation of the losses alone.',
    better: 'higher',
    show: ratio,
    none: YEARLY,
  },
  {
    key: 'sharpePerPeriod',
    title: 'Sharpe, per minute',
    meaning: 'Sharpe over the returns of the minutes of market time, not annualised.',
    better: 'higher',
    show: (value) => Number(value).toFixed(4).replace('-', '−'),
    none: PERIODS,
  },
  {
    key: 'sortinoPerPeriod',
    title: 'Sortino, per minute',
    meaning: 'Sortino over the returns of the minutes of market time, not annualised.',
    better: 'higher',
    show: (value) => Number(value).toFixed(4).replace('-', '−'),
    none: PERIODS,
  },
  {
    key: 'cagr',
    title: 'Growth a year',
    meaning: 'The yearly rate that would lead from the initial capital to the equity.',
    better: 'higher',
    show: signedShare,
    none: YEARLY,
  },
  {
    key: 'calmar',
    title: 'Calmar',
    meaning: 'Growth a year over the largest drawdown.',
    better: 'higher',
    show: ratio,
    none: YEARLY,
  },
  {
    key: 'alpha',
    title: 'Alpha',
    meaning: 'Yearly return that buying and holding does not explain.',
    better: 'higher',
    show: signedShare,
    none: YEARLY,
  },
  {
    key: 'beta',
    title: 'Beta',
    meaning: 'How much it moves with the products themselves: 1 is as much.',
    better: null,
    show: ratio,
    none: YEARLY,
  },
]

/** Whether a figure is an amount of money, and not a share or a count. */
export const isMoney = ({ show }: Measure): boolean => show === formatMoney || show === formatSignedMoney

/**
 * Which of the figures are the best, by their places. None where nothing is better by itself, where fewer than two are
 * known, or where all that are known are the same.
 */
export function bestOf(figures: readonly (Figure | null)[], better: Measure['better']): ReadonlySet<number> {
  const known = figures.flatMap((figure) => (figure === null ? [] : [Number(figure)]))
  if (better === null || new Set(known).size < 2) return new Set()
  const best = better === 'higher' ? Math.max(...known) : Math.min(...known)
  return new Set(figures.flatMap((figure, place) => (figure !== null && Number(figure) === best ? [place] : [])))
}
