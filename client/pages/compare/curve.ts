import { print } from '../../graphql/print.ts'
import type { Connection } from '../../graphql/connection.ts'
import type { ResultOf } from '../../graphql/tada.ts'
import { createCell, type Cell } from '../../live/cell.ts'
import { createTrail, type TrailPoint } from '../../live/trail.ts'
import { ComparedEquitySubscription } from './documents.ts'

/** The most points of a line; a wide screen has about as many pixels. */
const MOST_POINTS = 1_000

/** The equity of a run as a line that goes on while it runs. */
export interface Curve {
  /** What it began with, in quote currency; null: not known. */
  readonly capital: number | null
  /** Oldest first; equity in quote currency, times in milliseconds since 1970, of the market. */
  readonly points: () => readonly TrailPoint[]
  /** The return so far; it changes with the line. */
  readonly gain: Cell<number | null>
  /** Follows the run until what comes back is called. */
  readonly follow: (connection: Pick<Connection, 'open'>, id: string) => () => void
}

/** @param stored the line so far, oldest first */
export function createCurve(capital: number | null, stored: readonly TrailPoint[]): Curve {
  const trail = createTrail(stored, MOST_POINTS)
  const base = capital ?? stored[0]?.equity ?? null
  const gainOf = (equity: number | undefined): number | null =>
    equity === undefined || base === null ? null : equity / base - 1
  const gain = createCell(gainOf(stored.at(-1)?.equity))
  return {
    capital: base,
    points: trail.points,
    gain,
    follow: (connection, id) =>
      connection.open<ResultOf<typeof ComparedEquitySubscription>>(
        { query: print(ComparedEquitySubscription), variables: { id } },
        {
          next({ data }) {
            if (data === null || data === undefined) return
            const equity = Number(data.portfolio.equity)
            trail.add({ time: Date.parse(data.portfolio.time), equity })
            gain.set(gainOf(equity))
          },
          // The figures are asked again every few seconds and say what became of the run.
          error: () => undefined,
          complete: () => undefined,
        },
      ),
  }
}

/** Milliseconds of market time that a line covers. */
export function spanOf({ points }: Pick<Curve, 'points'>): number {
  const all = points()
  return all.length === 0 ? 0 : all.at(-1)!.time - all[0]!.time
}

/** The return at a moment: that of the last point before it; null before the first and after the last one. */
export function gainAt({ capital, points }: Pick<Curve, 'capital' | 'points'>, time: number): number | null {
  const all = points()
  const [first, last] = [all[0], all.at(-1)]
  if (capital === null || first === undefined || last === undefined) return null
  if (time < first.time || time > last.time) return null
  let [low, high] = [0, all.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (all[middle]!.time <= time) low = middle
    else high = middle - 1
  }
  return all[low]!.equity / capital - 1
}
