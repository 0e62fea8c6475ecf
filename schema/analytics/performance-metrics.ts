import type { Metrics } from '../../engines/domain/trading/metrics.ts'
import { asInt } from '../scalars.ts'
import { builder } from '../builder.ts'

/** Under so many days or round trips a figure a year says nothing. */
const YEARLY = 'null under 14 days or 10 round trips.'
const ROUND_TRIPS = 'Of the round trips; in runs of kernel 1, of the closing fills.'

/** How a run performed; null wherever a denominator is zero or the sample is too short. */
export const PerformanceMetrics = builder.objectRef<Metrics>('PerformanceMetrics').implement({
  description:
    'How a run performed, on equity marked to market. null wherever a denominator is zero or the sample is too short for the ' +
    'figure. A result is a profit or loss after all costs.',
  fields: (t) => {
    const money = { type: 'Decimal', nullable: true } as const
    const moment = { type: 'DateTime', nullable: true } as const
    const ratio = (description: string) => ({ nullable: true, description }) as const
    return {
      totalReturn: t.exposeFloat('totalReturn', ratio('equity/INITIAL_CAPITAL − 1.')),
      netProfit: t.expose('netProfit', { ...money, description: 'equity − INITIAL_CAPITAL.' }),
      sharpe: t.exposeFloat(
        'sharpe',
        ratio(
          'mean(r − f)/standard deviation(r, ddof 1)·√365, over the daily returns r (UTC days), f the risk-free rate a day; ' +
            YEARLY,
        ),
      ),
      sortino: t.exposeFloat(
        'sortino',
        ratio(`mean(r − f)/√(Σ min(r − f, 0)²/N)·√365, over all N daily returns; ${YEARLY}`),
      ),
      calmar: t.exposeFloat('calmar', ratio(`cagr/maxDrawdown; ${YEARLY}`)),
      cagr: t.exposeFloat('cagr', ratio(`(equity/INITIAL_CAPITAL)^(365/days) − 1; ${YEARLY}`)),
      maxDrawdown: t.exposeFloat('maxDrawdown', ratio('The largest of 1 − equity/its highest so far, from 0 to 1.')),
      maxDrawdownStart: t.expose('maxDrawdownStart', { ...moment, description: 'When that highest was reached.' }),
      maxDrawdownTrough: t.expose('maxDrawdownTrough', { ...moment, description: 'When equity was lowest after it.' }),
      maxDrawdownRecovery: t.expose('maxDrawdownRecovery', {
        ...moment,
        description: 'When equity was as high again; null: not yet.',
      }),
      winRate: t.exposeFloat('winRate', ratio(`Those with a result above 0/all. ${ROUND_TRIPS}`)),
      winRateByFill: t.exposeFloat('winRateByFill', ratio('Closing fills with a result above 0/all closing fills.')),
      profitFactor: t.exposeFloat('profitFactor', ratio(`Σ results above 0/|Σ results under 0|. ${ROUND_TRIPS}`)),
      expectancy: t.expose('expectancy', {
        ...money,
        description: `p·mean win − (1 − p)·mean loss, p the win rate, which is the mean result. ${ROUND_TRIPS}`,
      }),
      expectancyByFill: t.expose('expectancyByFill', { ...money, description: 'Mean result of the closing fills.' }),
      exposure: t.exposeFloat('exposure', ratio('Time with any position/time from the first event to the last.')),
      turnover: t.expose('turnover', { ...money, description: 'Σ price × quantity over all fills.' }),
      feesPaid: t.expose('feesPaid', { ...money, description: 'Σ fees over all fills.' }),
      borrowCost: t.expose('borrowCost', { ...money, description: 'What borrowing for shorts cost.' }),
      tradeCount: t.exposeInt('tradeCount', { description: 'Number of fills.' }),
      closedTradeCount: t.exposeInt('closedTradeCount', {
        description: 'Number of fills that close, in whole or in part.',
      }),
      roundTripCount: t.int({
        nullable: true,
        description:
          'Number of positions that were opened and are flat again; null in runs of before they were counted.',
        resolve: ({ roundTripCount }: Partial<Metrics>) => roundTripCount ?? null,
      }),
      averageHoldingSeconds: t.exposeFloat(
        'averageHoldingSeconds',
        ratio(`Σ time from opened to closed/their number, in market time. ${ROUND_TRIPS}`),
      ),
      longestHoldingSeconds: t.exposeFloat(
        'longestHoldingSeconds',
        ratio(`The longest of these times. ${ROUND_TRIPS}`),
      ),
      longestLosingStreak: t.exposeInt('longestLosingStreak', {
        description: `The most in a row with a result under 0. ${ROUND_TRIPS}`,
      }),
      bestTrade: t.expose('bestTrade', { ...money, description: `The highest result. ${ROUND_TRIPS}` }),
      worstTrade: t.expose('worstTrade', { ...money, description: `The lowest result. ${ROUND_TRIPS}` }),
      buyAndHoldReturn: t.exposeFloat(
        'buyAndHoldReturn',
        ratio(
          'Mean over the products of last price/first price − 1: equal shares of the capital, each cash until its first price.',
        ),
      ),
      alpha: t.exposeFloat(
        'alpha',
        ratio(`((mean r − f) − beta·(mean b − f))·365, b the daily returns of buy-and-hold; ${YEARLY}`),
      ),
      beta: t.exposeFloat('beta', ratio(`covariance(r, b)/variance(b); ${YEARLY}`)),
      periodSeconds: t.exposeInt('periodSeconds', {
        description: 'Length of a period of the figures per period, in seconds of market time.',
      }),
      periods: t.int({ description: 'How many periods have ended.', resolve: ({ periods }) => asInt(periods) }),
      sharpePerPeriod: t.exposeFloat(
        'sharpePerPeriod',
        ratio('`sharpe` over the returns of the periods, without √365: not annualised; null under 30 periods.'),
      ),
      sortinoPerPeriod: t.exposeFloat(
        'sortinoPerPeriod',
        ratio('`sortino` over the returns of the periods, without √365: not annualised; null under 30 periods.'),
      ),
    }
  },
})
