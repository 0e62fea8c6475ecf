/** A run as the API gives it, for the tests of pages. Everything may be said otherwise. */
export const sampleRun = (more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'Simulation',
  id: 'run',
  status: 'RUNNING',
  statusReason: null,
  mode: 'LIVE',
  speed: 1,
  durationSeconds: 600,
  progress: null,
  launcher: 'PROCESS',
  algorithm: { __typename: 'Algorithm', id: 'rsi', title: 'RSI' },
  source: { __typename: 'MarketSource', name: 'sandbox' },
  products: ['BTC-USD', 'ETH-USD'],
  simulatorParameters: { INITIAL_CAPITAL: 100_000 },
  createdAt: '2026-11-25T18:00:00.000000Z',
  startedAt: '2026-11-25T18:00:00.000000Z',
  endedAt: null,
  fingerprint: null,
  warnings: [],
  kernelVersion: 2,
  trading: 'ACTIVE',
  ruin: null,
  liquidations: [],
  portfolio: samplePortfolio(),
  metrics: null,
  dataQuality: {
    __typename: 'DataQuality',
    received: '1234',
    lost: '0',
    lossUnknown: false,
    gaps: 0,
    recovered: '3',
    duplicates: '0',
    reordered: '0',
  },
  latency: null,
  feedEvents: [],
  engines: [],
  ...more,
})

/** The ledger of {@link sampleRun}. */
export const samplePortfolio = (more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'Portfolio',
  sequence: '10',
  time: '2026-11-25T18:01:00.000000Z',
  cash: '90000',
  equity: '100500',
  realizedPnl: '300',
  unrealizedPnl: '250',
  feesPaid: '50',
  drawdown: 0.01,
  maxDrawdown: 0.02,
  winRate: null,
  buyAndHoldReturn: 0.01,
  tradeCount: 2,
  positions: [],
  ...more,
})

const NO_FIGURES = [
  ...['totalReturn', 'netProfit', 'sharpe', 'sortino', 'calmar', 'cagr', 'maxDrawdown', 'maxDrawdownStart'],
  ...['maxDrawdownTrough', 'maxDrawdownRecovery', 'winRate', 'profitFactor', 'expectancy', 'exposure'],
  ...['turnover', 'feesPaid', 'averageHoldingSeconds', 'longestHoldingSeconds', 'bestTrade', 'worstTrade'],
  ...['roundTripCount', 'winRateByFill', 'expectancyByFill', 'borrowCost'],
  ...['buyAndHoldReturn', 'alpha', 'beta', 'sharpePerPeriod', 'sortinoPerPeriod'],
]

/** The figures of {@link sampleRun}, of which none has a basis yet. */
export const sampleMetrics = () => ({
  __typename: 'PerformanceMetrics',
  ...Object.fromEntries(NO_FIGURES.map((name) => [name, null])),
  tradeCount: 3,
  closedTradeCount: 0,
  longestLosingStreak: 0,
  periodSeconds: 60,
  periods: 4,
})
