import { coarser, createCandles, type Candles } from '../../../charts/candles.ts'
import type { Connection } from '../../../graphql/connection.ts'
import type { Fault } from '../../../graphql/fault.ts'
import { openNewest } from '../../../graphql/feeds/newest.ts'
import { createCell, type Cell } from '../../../live/cell.ts'
import { PortfolioSubscription, type Portfolio } from '../feed-documents.ts'

/** A stored point of the equity curve. */
export interface CurvePoint {
  readonly time: string
  readonly equity: string
  readonly drawdown: number
  readonly buyAndHoldReturn: number | null
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
  /** What the capital would be worth, had it been held in the products from their first prices on. */
  readonly buyAndHold: () => Candles
  /** Takes a portfolio in, however it came; one that is older than the newest is of no use. */
  readonly take: (portfolio: Portfolio) => void
  /** Shows what is stored of a run that has ended, also where more was told than could be stored; nothing is taken after it. */
  readonly settle: (portfolio: Portfolio) => void
  /** Draws what is stored, and what has come after it, unless the run has ended: then what is stored is the `whole` of it. */
  readonly seed: (curve: readonly CurvePoint[], whole?: boolean) => void
  readonly follow: (connection: Pick<Connection, 'open'>, id: string) => () => void
}

/** More points than a chart has pixels for are no use: then they go over to the next interval, in seconds. */
const MOST_POINTS = 2_000
const INTERVALS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400] as const

const NAMES = ['equity', 'drawdown', 'buyAndHold'] as const
/** What is drawn of a moment; null: not known. */
type Moment = Readonly<Record<(typeof NAMES)[number], number | null>>

const freshLines = () => ({
  equity: createCandles(1, Infinity),
  drawdown: createCandles(1, Infinity),
  buyAndHold: createCandles(1, Infinity),
})

/** Takes moments in, and coarsens all lines where they have grown too long; no peak and no trough is lost. */
function createLines() {
  let lines = freshLines()
  const add = (time: number, moment: Partial<Moment>): void => {
    for (const name of NAMES) {
      const value = moment[name] ?? null
      if (value !== null) lines[name].add(time, value)
    }
    const { interval, all } = lines.equity
    if (all().length <= MOST_POINTS) return
    const next = INTERVALS.find((longer) => longer > interval) ?? interval * 2
    const made = (candles: Candles): Candles => coarser(candles, next, Infinity)
    lines = { equity: made(lines.equity), drawdown: made(lines.drawdown), buyAndHold: made(lines.buyAndHold) }
  }
  return { add, reset: () => void (lines = freshLines()), all: () => lines }
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
  const draw = ({ time, equity, drawdown, buyAndHoldReturn }: CurvePoint): void => {
    const buyAndHold = buyAndHoldReturn === null ? null : capital * (1 + buyAndHoldReturn)
    lines.add(Date.parse(time), { equity: Number(equity), drawdown, buyAndHold })
  }
  /** It has ended: what is stored is all there is. */
  let settled = false
  const show = (portfolio: Portfolio): void => {
    const equity = Number(portfolio.equity)
    pnl.set(equity - capital)
    gain.set((equity - capital) / capital)
    openPnl.set(Number(portfolio.unrealizedPnl))
    realizedPnl.set(Number(portfolio.realizedPnl))
    newest.set(portfolio)
  }
  const take = (portfolio: Portfolio): void => {
    const before = newest.get()
    if (settled || (before !== null && Number(portfolio.sequence) < Number(before.sequence))) return
    draw(portfolio)
    show(portfolio)
  }
  if (first !== null) take(first)
  return {
    newest,
    pnl,
    gain,
    openPnl,
    realizedPnl,
    fault,
    take,
    settle(portfolio) {
      settled = true
      fault.set(null)
      show(portfolio)
    },
    equity: () => lines.all().equity,
    drawdown: () => lines.all().drawdown,
    buyAndHold: () => lines.all().buyAndHold,
    seed(curve, whole = false) {
      const came = lines.all()
      const end = Date.parse(curve.at(-1)?.time ?? '') || -Infinity
      lines.reset()
      curve.forEach(draw)
      if (whole) {
        const stored = newest.get()
        if (stored !== null) newest.set({ ...stored })
        return
      }
      // What came and is stored by now is there already, at its very moment.
      for (const name of NAMES) {
        for (const { time, high, close } of came[name].all()) {
          if (time * 1000 > end) lines.add(time * 1000, { [name]: name === 'drawdown' ? high : close })
        }
      }
      // Who draws listens to the newest; the same again, as another object, is a change.
      const last = newest.get()
      if (last === null) return
      if (Date.parse(last.time) > end) draw(last)
      newest.set({ ...last })
    },
    follow: (connection, id) =>
      openNewest({
        connection,
        document: PortfolioSubscription,
        variables: { id },
        onData: ({ portfolio }) => take(portfolio),
        onFault: (found) => {
          if (!settled) fault.set(found)
        },
      }),
  }
}
