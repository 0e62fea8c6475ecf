import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** A run with its settings and its figures. */
export const ComparedRunQuery = graphql(`
  query ComparedRun($id: ID!) {
    simulatorParametersSchema
    simulation(id: $id) {
      id
      status
      statusReason
      mode
      algorithm {
        id
        name
        title
        parametersSchema
      }
      source {
        name
      }
      products
      seed
      speed
      durationSeconds
      createdAt
      startedAt
      endedAt
      algorithmParameters
      simulatorParameters
      portfolio {
        equity
        tradeCount
      }
      dataQuality {
        received
        lost
        gaps
        recovered
      }
      metrics {
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
    }
  }
`)

/** The line of a run; asked for by itself, since it is large and goes on over a subscription. */
export const ComparedCurveQuery = graphql(`
  query ComparedCurve($id: ID!) {
    simulation(id: $id) {
      id
      equityCurve(maxPoints: 1000) {
        time
        equity
      }
    }
  }
`)

/** A run's equity, as it moves. */
export const ComparedEquitySubscription = graphql(`
  subscription ComparedEquity($id: ID!) {
    portfolio(simulationId: $id) {
      time
      equity
    }
  }
`)

/** The newest runs, to choose from. */
export const CandidatesQuery = graphql(`
  query Candidates {
    simulations(first: 100) {
      totalCount
      edges {
        node {
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
      }
    }
  }
`)

export type Run = NonNullable<ResultOf<typeof ComparedRunQuery>['simulation']>
export type Metrics = NonNullable<Run['metrics']>
export type Candidate = ResultOf<typeof CandidatesQuery>['simulations']['edges'][number]['node']
