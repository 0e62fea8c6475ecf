import { QualityFields, RunFields, StatusFields } from '../../graphql/fragments/run.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** A page of runs. */
export const SimulationsQuery = graphql(
  `
    query Simulations(
      $filter: SimulationFilter
      $orderBy: SimulationOrder
      $first: Int
      $after: String
      $last: Int
      $before: String
    ) {
      simulations(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        edges {
          node {
            ...RunFields
            statusReason
            warnings
            dataQuality {
              ...QualityFields
            }
          }
        }
      }
    }
  `,
  [RunFields, QualityFields],
)

/** A run as the table shows it. */
export type Run = ResultOf<typeof SimulationsQuery>['simulations']['edges'][number]['node']

/** The equity lines of the same page; asked for by itself, so that the table does not wait for them. */
export const CurvesQuery = graphql(`
  query SimulationCurves(
    $filter: SimulationFilter
    $orderBy: SimulationOrder
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    simulations(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      edges {
        node {
          id
          equityCurve(maxPoints: 48) {
            time
            equity
          }
        }
      }
    }
  }
`)

/** What can be filtered by. */
export const ChoicesQuery = graphql(`
  query Choices {
    algorithms {
      id
      name
      title
    }
    sources {
      name
    }
  }
`)

/** A run's status, as it changes. */
export const StatusSubscription = graphql(
  `
    subscription SimulationStatus($id: ID!) {
      simulation(id: $id) {
        ...StatusFields
        startedAt
        portfolio {
          equity
          tradeCount
        }
      }
    }
  `,
  [StatusFields],
)

/** A run's equity, as it moves. */
export const EquitySubscription = graphql(`
  subscription SimulationEquity($id: ID!) {
    portfolio(simulationId: $id) {
      time
      equity
      tradeCount
    }
  }
`)

export const StartMutation = graphql(`
  mutation StartFirstSimulation($input: StartSimulationInput!) {
    startSimulation(input: $input) {
      simulation {
        id
        status
      }
      userErrors {
        message
      }
    }
  }
`)

export const StopMutation = graphql(
  `
    mutation StopSimulation($id: ID!) {
      stopSimulation(input: { simulationId: $id }) {
        simulation {
          ...StatusFields
          portfolio {
            equity
            tradeCount
          }
        }
        userErrors {
          message
        }
      }
    }
  `,
  [StatusFields],
)

export const DeleteMutation = graphql(`
  mutation DeleteSimulation($id: ID!) {
    deleteSimulation(input: { simulationId: $id }) {
      deletedId
      userErrors {
        message
      }
    }
  }
`)
