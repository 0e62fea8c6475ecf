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
const SHORT = 'Told from 14 days and 10 round trips on: a ratio made for years of a shorter run would mislead.'

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
        name: 'borrowCost',
        label: 'Borrowing',
        kind: 'money',
        means: 'What borrowing for shorts cost.',
        without: 'This run is of before it was counted.',
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
        label: 'Closing fills',
        kind: 'count',
        means: 'Fills that closed a position or a part of one.',
      },
      {
        name: 'roundTripCount',
        label: 'Round trips',
        kind: 'count',
        means:
          'Positions that were opened and are flat again. The figures below are of these, but where they say otherwise.',
        without: 'This run is of before they were counted.',
      },
      {
        name: 'winRate',
        label: 'Win rate',
        kind: 'share',
        means: 'Round trips with a profit after all costs, of all round trips.',
        without: 'No position is flat again yet.',
      },
      {
        name: 'winRateByFill',
        label: 'Win rate by fill',
        kind: 'share',
        means:
          'Closing fills with a profit after fees, of all closing fills: a position that is closed in parts counts as often.',
        without: 'Nothing was closed yet.',
      },
      {
        name: 'profitFactor',
        label: 'Profit factor',
        kind: 'ratio',
        means: 'What the winning round trips won, divided by what the losing ones lost, both after all costs.',
        without: 'There is no losing round trip to divide by.',
      },
      {
        name: 'expectancy',
        label: 'Expectancy',
        kind: 'signed-money',
        means:
          'What a round trip brings on average, after all costs: share of wins × average win, less share of losses × average loss.',
        without: 'No position is flat again yet.',
      },
      {
        name: 'expectancyByFill',
        label: 'Expectancy by fill',
        kind: 'signed-money',
        means: 'What a closing fill brings on average, after fees.',
        without: 'Nothing was closed yet.',
      },
      {
        name: 'bestTrade',
        label: 'Best round trip',
        kind: 'signed-money',
        means: 'The most that a round trip brought, after all costs.',
        without: 'No position is flat again yet.',
      },
      {
        name: 'worstTrade',
        label: 'Worst round trip',
        kind: 'signed-money',
        means: 'The least that a round trip brought, after all costs.',
        without: 'No position is flat again yet.',
      },
      {
        name: 'longestLosingStreak',
        label: 'Longest losing streak',
        kind: 'count',
        means: 'The most round trips in a row that lost, after all costs.',
      },
      {
        name: 'averageHoldingSeconds',
        label: 'Average holding time',
        kind: 'duration',
        means: 'How long a round trip took, on average, in market time.',
        without: 'No position is flat again yet.',
      },
      {
        name: 'longestHoldingSeconds',
        label: 'Longest holding time',
        kind: 'duration',
        means: 'How long the longest round trip took.',
        without: 'No position is flat again yet.',
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
