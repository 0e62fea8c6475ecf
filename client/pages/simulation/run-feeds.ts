import type { Connection } from '../../graphql/connection.ts'
import { capitalOf } from '../../graphql/run.ts'
import type { Run } from './documents.ts'
import { createRegister } from '../../live/register.ts'
import { createEvents, ordersOf, signalsOf, tradesOf, type Events } from './events/events.ts'
import type { Signal, Trade } from './feed-documents.ts'
import type { Order } from './order-documents.ts'
import { createPortfolioFeed, type PortfolioFeed } from './equity/portfolio-feed.ts'

/** What the parts of the page share of what moves. */
export interface RunFeeds {
  readonly portfolio: PortfolioFeed
  readonly signals: Events<Signal>
  readonly trades: Events<Trade>
  readonly orders: Events<Order>
  /** Follows all four until what comes back is called. */
  readonly open: () => () => void
}

/** So many are loaded at once, for the marks and the indicator in the chart; the tables ask for more. */
const LEAST_SIGNALS = 2_000
const LEAST_TRADES = 500

/** The most orders that are kept, each as it stands. */
const MOST_ORDERS = 20_000

/** Makes a run's feeds; nothing is asked for before they are opened. */
export function createRunFeeds(connection: Connection, run: Run): RunFeeds {
  const capital = capitalOf(run) ?? Number(run.portfolio?.equity ?? 1)
  const portfolio = createPortfolioFeed(capital, run.portfolio)
  const signals = createEvents(signalsOf(connection, run.id))
  const trades = createEvents(tradesOf(connection, run.id))
  const orders = createEvents(
    ordersOf(connection, run.id),
    createRegister(MOST_ORDERS, {
      keyOf: ({ orderId }) => Number(orderId),
      versionOf: ({ sequence }) => Number(sequence),
    }),
  )
  return {
    portfolio,
    signals,
    trades,
    orders,
    open() {
      const stops = [
        portfolio.follow(connection, run.id),
        signals.open(LEAST_SIGNALS),
        trades.open(LEAST_TRADES),
        orders.open(),
      ]
      return () => stops.forEach((stop) => stop())
    },
  }
}
