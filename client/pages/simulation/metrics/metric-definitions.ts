import type { Metrics } from '../documents.ts'

/** How a metric is shown. */
export type MetricKind = 'money' | 'signed-money' | 'share' | 'signed-share' | 'ratio' | 'count' | 'duration'

/** A metric with what it means. */
export interface Definition {
  readonly name: keyof Metrics
  readonly label: string
  readonly kind: MetricKind
  /** How it is worked out, in a sentence or two. */
  readonly means: string
  /** Why it may have no figure; absent: it always has one. */
  readonly without?: string
}

/** Why annualised figures are missing. */
const SHORT = 'Told from 14 days and 10 closed trades on: a ratio made for years of a shorter run would mislead.'

/** All metrics, in groups. */
export const GROUPS: readonly { readonly title: string; readonly metrics: readonly Definition[] }[] = [
  {
    title: 'Result',
    metrics: [
      {
        name: 'netProfit',
        label: 'Net profit',
        kind: 'signed-money',
        means: 'Equity at the end less the capital at the start: realised and open profit, after fees.',
      },
      {
        name: 'totalReturn',
        label: 'Return',
        kind: 'signed-share',
        means: 'Net profit as a share of the capital at the start.',
        without: 'Nothing was valued yet.',
      },
      {
        name: 'buyAndHoldReturn',
        label: 'Buy and hold',
        kind: 'signed-share',
        means: 'What buying all products in equal shares at their first prices and holding them would have brought.',
        without: 'No product has traded yet.',
      },
      {
        name: 'feesPaid',
        label: 'Fees',
        kind: 'money',
        means: 'All fees of all fills.',
      },
      {
        name: 'turnover',
        label: 'Turnover',
        kind: 'money',
        means: 'What all fills were worth together, bought and sold.',
      },
      {
        name: 'exposure',
        label: 'Exposure',
        kind: 'share',
        means: 'Share of the time in which anything was held.',
        without: 'No time has passed yet.',
      },
    ],
  },
  {
    title: 'Trades',
    metrics: [
      { name: 'tradeCount', label: 'Fills', kind: 'count', means: 'How often something was bought or sold.' },
      {
        name: 'closedTradeCount',
        label: 'Closed trades',
        kind: 'count',
        means: 'Positions, or parts of them, that were closed again.',
      },
      {
        name: 'winRate',
        label: 'Win rate',
        kind: 'share',
        means: 'Closed trades with a profit after fees, of all closed trades.',
        without: 'No trade was closed yet.',
      },
      {
        name: 'profitFactor',
        label: 'Profit factor',
        kind: 'ratio',
        means: 'What the winning trades won, divided by what the losing ones lost, both after fees.',
        without: 'There is no losing trade to divide by.',
      },
      {
        name: 'expectancy',
        label: 'Expectancy',
        kind: 'signed-money',
        means:
          'What a closed trade brings on average, after fees: share of wins × average win, less share of losses × average loss.',
        without: 'No trade was closed yet.',
      },
      {
        name: 'bestTrade',
        label: 'Best trade',
        kind: 'signed-money',
        means: 'The most that a closed trade brought, after fees.',
        without: 'No trade was closed yet.',
      },
      {
        name: 'worstTrade',
        label: 'Worst trade',
        kind: 'signed-money',
        means: 'The least that a closed trade brought, after fees.',
        without: 'No trade was closed yet.',
      },
      {
        name: 'longestLosingStreak',
        label: 'Longest losing streak',
        kind: 'count',
        means: 'The most closed trades in a row that lost, after fees.',
      },
      {
        name: 'averageHoldingSeconds',
        label: 'Average holding time',
        kind: 'duration',
        means: 'How long a closed position was held, on average, in market time.',
        without: 'No position was closed yet.',
      },
      {
        name: 'longestHoldingSeconds',
        label: 'Longest holding time',
        kind: 'duration',
        means: 'How long the closed position was held that was held longest.',
        without: 'No position was closed yet.',
      },
    ],
  },
  {
    title: 'Risk',
    metrics: [
      {
        name: 'maxDrawdown',
        label: 'Largest drawdown',
        kind: 'share',
        means: 'The furthest that equity fell below the highest it had been, as a share of that.',
        without: 'Nothing was valued yet.',
      },
      {
        name: 'sharpePerPeriod',
        label: 'Sharpe per period',
        kind: 'ratio',
        means: 'Mean return of the periods divided by their standard deviation; not made for a year.',
        without: 'Told from 30 periods on, where returns differ.',
      },
      {
        name: 'sortinoPerPeriod',
        label: 'Sortino per period',
        kind: 'ratio',
        means: 'Mean return of the periods divided by the root of the mean square of the falling ones.',
        without: 'Told from 30 periods on, where any fell.',
      },
      {
        name: 'sharpe',
        label: 'Sharpe, a year',
        kind: 'ratio',
        means: 'Mean daily return above the risk-free rate, divided by its standard deviation, times √365.',
        without: SHORT,
      },
      {
        name: 'sortino',
        label: 'Sortino, a year',
        kind: 'ratio',
        means:
          'Mean daily return above the risk-free rate, divided by the root of the mean square of falls over all days, times √365.',
        without: SHORT,
      },
      {
        name: 'cagr',
        label: 'Growth a year',
        kind: 'signed-share',
        means:
          'The return that, year on year, would come to the same: (end ÷ start) to the power of 365 ÷ days, less 1.',
        without: SHORT,
      },
      {
        name: 'calmar',
        label: 'Calmar',
        kind: 'ratio',
        means: 'Growth a year divided by the largest drawdown.',
        without: SHORT,
      },
      {
        name: 'alpha',
        label: 'Alpha',
        kind: 'signed-share',
        means: 'The mean daily return beyond what beta times that of buying and holding explains, times 365.',
        without: SHORT,
      },
      {
        name: 'beta',
        label: 'Beta',
        kind: 'ratio',
        means: 'How far daily returns go along with those of buying and holding: covariance divided by variance.',
        without: SHORT,
      },
    ],
  },
]
