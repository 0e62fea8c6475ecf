import { coarser, createCandles, type Candles } from '../../charts/candles.ts'
import type { Connection } from '../../graphql/connection.ts'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { print } from '../../graphql/print.ts'
import type { ResultOf } from '../../graphql/tada.ts'
import { createCell, type Cell } from '../../live/cell.ts'
import { PortfolioSubscription, type Portfolio } from './feed-documents.ts'

/** A stored point of the equity curve. */
export interface CurvePoint {
  readonly time: string
  readonly equity: string
  readonly drawdown: number
}

/** What a run is worth, as it moves and as it moved. */
export interface PortfolioFeed {
  readonly newest: Cell<Portfolio | null>
  /** Equity less the capital it began with. */
  readonly pnl: Cell<number | null>
  /** The same as a share of the capital. */
  readonly gain: Cell<number | null>
  readonly openPnl: Cell<number | null>
  readonly realizedPnl: Cell<number | null>
  readonly fault: Cell<Fault | null>
  readonly equity: () => Candles
  readonly drawdown: () => Candles
  /** Puts what is stored before what has come. Once. */
  readonly seed: (curve: readonly CurvePoint[]) => void
  readonly follow: (connection: Pick<Connection, 'open'>, id: string) => () => void
}

/** More points than a chart has pixels for are no use: then they go over to the next interval, in seconds. */
const MOST_POINTS = 2_000
const INTERVALS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400] as const

/** Takes a moment in, and coarsens both lines where they have grown too long; no peak and no trough is lost. */
function createLines() {
  let equity = createCandles(1, Infinity)
  let drawdown = createCandles(1, Infinity)
  const add = (time: number, worth: number, below: number): void => {
    equity.add(time, worth)
    drawdown.add(time, below)
    if (equity.all().length <= MOST_POINTS) return
    const next = INTERVALS.find((interval) => interval > equity.interval) ?? equity.interval * 2
    equity = coarser(equity, next, Infinity)
    drawdown = coarser(drawdown, next, Infinity)
  }
  const reset = (): void => {
    equity = createCandles(1, Infinity)
    drawdown = createCandles(1, Infinity)
  }
  return { add, reset, equity: () => equity, drawdown: () => drawdown }
}

/**
 * Makes the feed of a run's portfolio.
 * @param capital what it began with, above 0
 * @param first what is known already
 */
export function createPortfolioFeed(capital: number, first: Portfolio | null): PortfolioFeed {
  const newest = createCell<Portfolio | null>(null)
  const [pnl, gain] = [createCell<number | null>(null), createCell<number | null>(null)]
  const [openPnl, realizedPnl] = [createCell<number | null>(null), createCell<number | null>(null)]
  const fault = createCell<Fault | null>(null)
  const lines = createLines()
  const take = (portfolio: Portfolio): void => {
    const before = newest.get()
    if (before !== null && Number(portfolio.sequence) < Number(before.sequence)) return
    const equity = Number(portfolio.equity)
    lines.add(Date.parse(portfolio.time), equity, portfolio.drawdown)
    pnl.set(equity - capital)
    gain.set((equity - capital) / capital)
    openPnl.set(Number(portfolio.unrealizedPnl))
    realizedPnl.set(Number(portfolio.realizedPnl))
    newest.set(portfolio)
  }
  if (first !== null) take(first)
  return {
    newest,
    pnl,
    gain,
    openPnl,
    realizedPnl,
    fault,
    equity: lines.equity,
    drawdown: lines.drawdown,
    seed(curve) {
      const came = [lines.equity().all(), lines.drawdown().all()] as const
      lines.reset()
      for (const { time, equity, drawdown } of curve) lines.add(Date.parse(time), Number(equity), drawdown)
      came[0].forEach((candle, index) => lines.add(candle.time * 1000, candle.close, came[1][index]?.high ?? 0))
      // Who draws listens to the newest; the same again, as another object, is a change.
      const last = newest.get()
      if (last !== null) newest.set({ ...last })
    },
    follow: (connection, id) =>
      connection.open<ResultOf<typeof PortfolioSubscription>>(
        { query: print(PortfolioSubscription), variables: { id } },
        {
          next({ data, errors }) {
            if (errors !== undefined && errors.length > 0) fault.set(sentenceOf(errors))
            else if (data !== null && data !== undefined) take(data.portfolio)
          },
          error: (error) => fault.set(sentenceOf(error)),
          complete: () => undefined,
        },
      ),
  }
}
