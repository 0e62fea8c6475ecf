import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** Orders and round trips of a run. */

export const OrderFields = graphql(`
  fragment OrderFields on Order {
    sequence
    time
    orderId
    product
    side
    type
    purpose
    state
    reason
    detail
    quantity
    filled
    averagePrice
    limitPrice
    stopPrice
    postOnly
    reduceOnly
    signalSequence
  }
`)

export const OrdersSubscription = graphql(
  `
    subscription Orders($id: ID!, $after: BigInt) {
      orders(simulationId: $id, after: $after) {
        ...OrderFields
      }
    }
  `,
  [OrderFields],
)
export type Order = ResultOf<typeof OrdersSubscription>['orders']

export const OrdersPage = graphql(
  `
    query OrdersPage($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      simulation(id: $id) {
        orders(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            endCursor
          }
          edges {
            node {
              ...OrderFields
            }
          }
        }
      }
    }
  `,
  [OrderFields],
)

const RoundTripFields = graphql(`
  fragment RoundTripFields on RoundTrip {
    sequence
    product
    direction
    quantity
    entryPrice
    exitPrice
    openedAt
    closedAt
    durationSeconds
    grossPnl
    fees
    borrowCost
    netPnl
    maxAdverse
    maxFavorable
    maxAdverseShare
    maxFavorableShare
    exitReason
    fills
    entrySignalSequence
  }
`)

export const RoundTripsPage = graphql(
  `
    query RoundTripsPage($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      simulation(id: $id) {
        roundTrips(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            endCursor
          }
          edges {
            node {
              ...RoundTripFields
            }
          }
        }
      }
    }
  `,
  [RoundTripFields],
)
export type RoundTrip = NonNullable<
  ResultOf<typeof RoundTripsPage>['simulation']
>['roundTrips']['edges'][number]['node']

/** Changes what a run may do. */
export const SetTradingMutation = graphql(`
  mutation SetTrading($id: ID!, $state: TradingState!) {
    setTrading(input: { simulationId: $id, state: $state }) {
      simulation {
        id
        trading
      }
      userErrors {
        message
      }
    }
  }
`)
