import type { Metrics } from '../../engines/domain/metrics.ts'
import { asInt } from '../scalars.ts'
import { builder } from '../builder.ts'

/** How a run performed; null wherever a denominator is zero or the sample is too short. */
export const PerformanceMetrics = builder.objectRef<Metrics>('PerformanceMetrics').implement({
  description: 'How a run performed. null wherever a denominator is zero or the sample is too short for the figure.',
  fields: (t) => ({
    totalReturn: t.exposeFloat('totalReturn', { nullable: true }),
    netProfit: t.expose('netProfit', { type: 'Decimal', nullable: true }),
    sharpe: t.exposeFloat('sharpe', { nullable: true }),
    sortino: t.exposeFloat('sortino', { nullable: true }),
    calmar: t.exposeFloat('calmar', { nullable: true }),
    cagr: t.exposeFloat('cagr', { nullable: true }),
    maxDrawdown: t.exposeFloat('maxDrawdown', { nullable: true }),
    maxDrawdownStart: t.expose('maxDrawdownStart', { type: 'DateTime', nullable: true }),
    maxDrawdownTrough: t.expose('maxDrawdownTrough', { type: 'DateTime', nullable: true }),
    maxDrawdownRecovery: t.expose('maxDrawdownRecovery', { type: 'DateTime', nullable: true }),
    winRate: t.exposeFloat('winRate', { nullable: true }),
    profitFactor: t.exposeFloat('profitFactor', { nullable: true }),
    expectancy: t.expose('expectancy', { type: 'Decimal', nullable: true }),
    exposure: t.exposeFloat('exposure', { nullable: true, description: 'Share of the time with any position.' }),
    turnover: t.expose('turnover', { type: 'Decimal', nullable: true }),
    feesPaid: t.expose('feesPaid', { type: 'Decimal', nullable: true }),
    tradeCount: t.exposeInt('tradeCount'),
    closedTradeCount: t.exposeInt('closedTradeCount'),
    averageHoldingSeconds: t.exposeFloat('averageHoldingSeconds', { nullable: true }),
    longestHoldingSeconds: t.exposeFloat('longestHoldingSeconds', { nullable: true }),
    longestLosingStreak: t.exposeInt('longestLosingStreak'),
    bestTrade: t.expose('bestTrade', { type: 'Decimal', nullable: true }),
    worstTrade: t.expose('worstTrade', { type: 'Decimal', nullable: true }),
    buyAndHoldReturn: t.exposeFloat('buyAndHoldReturn', { nullable: true }),
    alpha: t.exposeFloat('alpha', { nullable: true }),
    beta: t.exposeFloat('beta', { nullable: true }),
    periodSeconds: t.exposeInt('periodSeconds', {
      description: 'Length of a period of the figures per period, in seconds of market time.',
    }),
    periods: t.int({ description: 'How many periods have ended.', resolve: ({ periods }) => asInt(periods) }),
    sharpePerPeriod: t.exposeFloat('sharpePerPeriod', {
      nullable: true,
      description: 'Sharpe over the returns of the periods, not annualised; null under 30 periods.',
    }),
    sortinoPerPeriod: t.exposeFloat('sortinoPerPeriod', {
      nullable: true,
      description: 'Sortino over the returns of the periods, not annualised; null under 30 periods.',
    }),
  }),
})
