import { graphql } from '../tada.ts'

/** How a run stands; what changes of it when it is stopped. */
export const StatusFields = graphql(`
  fragment StatusFields on Simulation {
    id
    status
    statusReason
    endedAt
  }
`)

/** A run as lists and heads show it: what it runs on, since when, and what it has come to. */
export const RunFields = graphql(`
  fragment RunFields on Simulation {
    id
    status
    mode
    algorithm {
      id
      title
    }
    source {
      name
    }
    products
    simulatorParameters
    createdAt
    startedAt
    endedAt
    portfolio {
      equity
      tradeCount
    }
  }
`)

/** How complete a run's market was. */
export const QualityFields = graphql(`
  fragment QualityFields on DataQuality {
    received
    lost
    lossUnknown
    gaps
    recovered
  }
`)

/** The figures by which runs are judged, and compared. */
export const MetricFields = graphql(`
  fragment MetricFields on PerformanceMetrics {
    totalReturn
    netProfit
    buyAndHoldReturn
    maxDrawdown
    sharpe
    sortino
    calmar
    cagr
    alpha
    beta
    sharpePerPeriod
    sortinoPerPeriod
    winRate
    profitFactor
    expectancy
    bestTrade
    worstTrade
    longestLosingStreak
    tradeCount
    closedTradeCount
    exposure
    turnover
    feesPaid
    averageHoldingSeconds
    longestHoldingSeconds
  }
`)

/** An engine, and what it uses of its machine. */
export const EngineFields = graphql(`
  fragment EngineFields on Engine {
    role
    state
    launcher
    pid
    containerId
    startedAt
    cpuPercent
    memoryBytes
    memoryLimitBytes
  }
`)
