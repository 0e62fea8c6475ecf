import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** What moves of a run, and the pages of what has happened. */

export const TicksSubscription = graphql(`
  subscription Ticks($id: ID!, $products: [String!], $everyMs: Int!) {
    ticks(simulationId: $id, products: $products, everyMs: $everyMs) {
      product
      price
      open
      high
      low
      size
      takerSide
      bid
      bidSize
      ask
      askSize
      sequence
      time
    }
  }
`)
export type Tick = ResultOf<typeof TicksSubscription>['ticks']

export const BookSubscription = graphql(`
  subscription Book($id: ID!, $product: String!, $depth: Int!, $everyMs: Int!) {
    orderBook(simulationId: $id, product: $product, depth: $depth, everyMs: $everyMs) {
      sequence
      time
      bids {
        price
        size
      }
      asks {
        price
        size
      }
    }
  }
`)
export type Book = ResultOf<typeof BookSubscription>['orderBook']

export const PortfolioFields = graphql(`
  fragment PortfolioFields on Portfolio {
    sequence
    time
    cash
    equity
    realizedPnl
    unrealizedPnl
    feesPaid
    drawdown
    maxDrawdown
    winRate
    buyAndHoldReturn
    tradeCount
    positions {
      product
      quantity
      averagePrice
      markPrice
      unrealizedPnl
    }
  }
`)

export const PortfolioSubscription = graphql(
  `
    subscription Portfolio($id: ID!) {
      portfolio(simulationId: $id) {
        ...PortfolioFields
      }
    }
  `,
  [PortfolioFields],
)
export type Portfolio = ResultOf<typeof PortfolioSubscription>['portfolio']

export const SignalFields = graphql(`
  fragment SignalFields on Signal {
    sequence
    time
    product
    side
    confidence
    price
    indicator
    reason
    decision
    refusalReason
    refusalDetail
    quantity
    cause
  }
`)

export const SignalsSubscription = graphql(
  `
    subscription Signals($id: ID!, $after: BigInt) {
      signals(simulationId: $id, after: $after) {
        ...SignalFields
      }
    }
  `,
  [SignalFields],
)
export type Signal = ResultOf<typeof SignalsSubscription>['signals']

export const SignalsPage = graphql(
  `
    query SignalsPage($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      simulation(id: $id) {
        signals(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            endCursor
          }
          edges {
            node {
              ...SignalFields
            }
          }
        }
      }
    }
  `,
  [SignalFields],
)

/** What was executed, whatever it was for. */
export const FillFields = graphql(`
  fragment FillFields on Trade {
    sequence
    time
    side
    price
    quantity
    requested
    partial
    notional
    fee
    realizedPnl
    positionAfter
  }
`)

const TradeFields = graphql(
  `
    fragment TradeFields on Trade {
      ...FillFields
      signalSequence
      product
      orderId
      liquidity
      exitReason
    }
  `,
  [FillFields],
)

export const TradesSubscription = graphql(
  `
    subscription Trades($id: ID!, $after: BigInt) {
      trades(simulationId: $id, after: $after) {
        ...TradeFields
      }
    }
  `,
  [TradeFields],
)
export type Trade = ResultOf<typeof TradesSubscription>['trades']

export const TradesPage = graphql(
  `
    query TradesPage($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      simulation(id: $id) {
        trades(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            endCursor
          }
          edges {
            node {
              ...TradeFields
            }
          }
        }
      }
    }
  `,
  [TradeFields],
)

export const LogsSubscription = graphql(`
  subscription Logs($id: ID!, $after: BigInt) {
    logs(simulationId: $id, after: $after) {
      sequence
      time
      role
      level
      message
    }
  }
`)
export type LogLine = ResultOf<typeof LogsSubscription>['logs']
