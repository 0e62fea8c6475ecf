import { EngineFields, MetricFields, QualityFields, RunFields, StatusFields } from '../../graphql/fragments/run.ts'
import { isFinal } from '../../graphql/run.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'
import { FillFields, PortfolioFields, SignalFields } from './feed-documents.ts'
import { OrderFields } from './order-documents.ts'

const LatencyFields = graphql(`
  fragment LatencyFields on Latency {
    count
    p50
    p99
    p999
    max
    distribution
  }
`)

/** All of a run but its long lists. */
export const RunQuery = graphql(
  `
    query Simulation($id: ID!) {
      simulation(id: $id) {
        ...RunFields
        statusReason
        speed
        durationSeconds
        progress
        launcher
        fingerprint
        warnings
        kernelVersion
        trading
        tradingSwitches
        ruin {
          at
          equity
        }
        liquidations {
          sequence
          time
          reason
          equity
          required
          products
        }
        portfolio {
          ...PortfolioFields
        }
        metrics {
          ...MetricFields
          maxDrawdownStart
          maxDrawdownTrough
          maxDrawdownRecovery
          periodSeconds
          periods
          roundTripCount
          winRateByFill
          expectancyByFill
          borrowCost
        }
        dataQuality {
          ...QualityFields
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
          ...EngineFields
          exitCode
        }
      }
    }
  `,
  [RunFields, MetricFields, QualityFields, EngineFields, PortfolioFields, LatencyFields],
)

/** A run as this page knows it. */
export type Run = NonNullable<ResultOf<typeof RunQuery>['simulation']>
export type Metrics = NonNullable<Run['metrics']>
export type Engine = Run['engines'][number]

/** Whether there are ticks and books to look at: not of a back-test, whose tape is read within one process. */
export const hasMarket = (run: Pick<Run, 'status' | 'mode'>): boolean => !isFinal(run) && run.mode !== 'BACKTEST'

export const StopMutation = graphql(
  `
    mutation StopThisSimulation($id: ID!) {
      stopSimulation(input: { simulationId: $id }) {
        simulation {
          ...StatusFields
        }
        userErrors {
          message
        }
      }
    }
  `,
  [StatusFields],
)

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
export const TraceQuery = graphql(
  `
    query Trace($id: ID!, $sequence: BigInt!) {
      simulation(id: $id) {
        id
        trace(signalSequence: $sequence) {
          signal {
            ...SignalFields
          }
          order {
            ...OrderFields
          }
          orderChanges {
            sequence
            state
          }
          trade {
            ...FillFields
          }
          trades {
            ...FillFields
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
  `,
  [SignalFields, FillFields, OrderFields],
)
export type Trace = NonNullable<NonNullable<ResultOf<typeof TraceQuery>['simulation']>['trace']>
