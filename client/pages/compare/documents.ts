import { AlgorithmFields } from '../../graphql/fragments/catalogue.ts'
import { MetricFields, QualityFields, RunFields } from '../../graphql/fragments/run.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** A run with its settings and its figures. */
export const ComparedRunQuery = graphql(
  `
    query ComparedRun($id: ID!) {
      simulatorParametersSchema
      simulation(id: $id) {
        ...RunFields
        statusReason
        algorithm {
          ...AlgorithmFields
        }
        seed
        speed
        durationSeconds
        algorithmParameters
        dataQuality {
          ...QualityFields
        }
        metrics {
          ...MetricFields
        }
      }
    }
  `,
  [RunFields, AlgorithmFields, QualityFields, MetricFields],
)

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
export const CandidatesQuery = graphql(
  `
    query Candidates {
      simulations(first: 100) {
        totalCount
        edges {
          node {
            ...RunFields
          }
        }
      }
    }
  `,
  [RunFields],
)

export type Run = NonNullable<ResultOf<typeof ComparedRunQuery>['simulation']>
export type Metrics = NonNullable<Run['metrics']>
export type Candidate = ResultOf<typeof CandidatesQuery>['simulations']['edges'][number]['node']
