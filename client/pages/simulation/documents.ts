import { isFinal } from '../../graphql/run.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'
import { PortfolioFields } from './feed-documents.ts'

const LatencyFields = graphql(`
  fragment LatencyFields on Latency {
    count
    p50
    p99
    p999
    max
  }
`)

/** All of a run but its long lists. */
export const RunQuery = graphql(
  `
    query Simulation($id: ID!) {
      simulation(id: $id) {
        id
        status
        statusReason
        mode
        speed
        durationSeconds
        progress
        launcher
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
        fingerprint
        warnings
        portfolio {
          ...PortfolioFields
        }
        metrics {
          totalReturn
          netProfit
          sharpe
          sortino
          calmar
          cagr
          maxDrawdown
          maxDrawdownStart
          maxDrawdownTrough
          maxDrawdownRecovery
          winRate
          profitFactor
          expectancy
          exposure
          turnover
          feesPaid
          tradeCount
          closedTradeCount
          averageHoldingSeconds
          longestHoldingSeconds
          longestLosingStreak
          bestTrade
          worstTrade
          buyAndHoldReturn
          alpha
          beta
          periodSeconds
          periods
          sharpePerPeriod
          sortinoPerPeriod
        }
        dataQuality {
          received
          lost
          gaps
          recovered
          duplicates
          reordered
        }
        latency {
          tickToSignal {
            ...LatencyFields
          }
          signalToFill {
            ...LatencyFields
          }
          tickToFill {
            ...LatencyFields
          }
        }
        feedEvents {
          sequence
          time
          state
          product
          count
          detail
        }
        engines {
          role
          state
          launcher
          pid
          containerId
          exitCode
          startedAt
          cpuPercent
          memoryBytes
          memoryLimitBytes
        }
      }
    }
  `,
  [PortfolioFields, LatencyFields],
)

/** A run as this page knows it. */
export type Run = NonNullable<ResultOf<typeof RunQuery>['simulation']>
export type Metrics = NonNullable<Run['metrics']>
export type Engine = Run['engines'][number]

/** Whether there are ticks and books to look at: not of a back-test, whose tape is read within one process. */
export const hasMarket = (run: Pick<Run, 'status' | 'mode'>): boolean => !isFinal(run) && run.mode !== 'BACKTEST'

export const StopMutation = graphql(`
  mutation StopThisSimulation($id: ID!) {
    stopSimulation(input: { simulationId: $id }) {
      simulation {
        id
        status
        statusReason
        endedAt
      }
      userErrors {
        message
      }
    }
  }
`)

/** The stored equity of a run, in no more points than asked for. */
export const CurveQuery = graphql(`
  query EquityCurve($id: ID!, $maxPoints: Int!) {
    simulation(id: $id) {
      id
      equityCurve(maxPoints: $maxPoints) {
        time
        equity
        drawdown
        buyAndHoldReturn
      }
    }
  }
`)

/** The candles that a run keeps of a product's prices; without an interval in the finest of which there are not too many. */
export const CandlesQuery = graphql(`
  query Candles($id: ID!, $product: String!, $interval: Float, $from: DateTime) {
    simulation(id: $id) {
      candles(product: $product, interval: $interval, from: $from) {
        interval
        until
        candles {
          time
          open
          high
          low
          close
        }
      }
    }
  }
`)
export type StoredSeries = NonNullable<ResultOf<typeof CandlesQuery>['simulation']>['candles']

/** From a market event to what came of it. */
export const TraceQuery = graphql(`
  query Trace($id: ID!, $sequence: BigInt!) {
    simulation(id: $id) {
      id
      trace(signalSequence: $sequence) {
        signal {
          sequence
          cause
          product
          side
          confidence
          price
          indicator
          reason
          time
          decision
          refusalReason
          refusalDetail
          quantity
        }
        trade {
          sequence
          side
          price
          quantity
          requested
          partial
          notional
          fee
          realizedPnl
          positionAfter
          time
        }
        lapse {
          sequence
          time
          reason
        }
        portfolio {
          sequence
          time
          equity
          drawdown
        }
      }
    }
  }
`)
export type Trace = NonNullable<NonNullable<ResultOf<typeof TraceQuery>['simulation']>['trace']>
