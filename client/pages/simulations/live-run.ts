import { print } from '../../graphql/print.ts'
import type { Connection } from '../../graphql/connection.ts'
import { capitalOf } from '../../graphql/run.ts'
import type { ResultOf } from '../../graphql/tada.ts'
import { createCell, type Cell } from '../../live/cell.ts'
import { createTrail, type Trail, type TrailPoint } from '../../live/trail.ts'
import { EquitySubscription, type Run } from './documents.ts'

/** What moves of a run: past React, drawn once a frame. */
export interface LiveRun {
  /** Equity less the capital it began with; null before the first figure. */
  readonly pnl: Cell<number | null>
  /** The same as a share of the capital. */
  readonly gain: Cell<number | null>
  readonly trail: Trail
  /** What it began with. */
  readonly capital: number
  /** Follows the run until what comes back is called. */
  readonly follow: (connection: Pick<Connection, 'open'>, id: string) => () => void
}

/** What a run has gained as stored; null where there is no figure. */
export function pnlOf(run: Pick<Run, 'simulatorParameters' | 'portfolio'>): number | null {
  const capital = capitalOf(run)
  return run.portfolio === null || capital === null ? null : Number(run.portfolio.equity) - capital
}

/**
 * Makes what moves of a run.
 * @param capital what it began with
 * @param curve its line so far
 */
function createLiveRun(capital: number, curve: readonly TrailPoint[]): LiveRun {
  const last = curve.at(-1)
  const pnl = createCell(last === undefined ? null : last.equity - capital)
  const gain = createCell(last === undefined ? null : (last.equity - capital) / capital)
  const trail = createTrail(curve)
  const follow = (connection: Pick<Connection, 'open'>, id: string): (() => void) =>
    connection.open<ResultOf<typeof EquitySubscription>>(
      { query: print(EquitySubscription), variables: { id } },
      {
        next({ data }) {
          if (data === null || data === undefined) return
          const equity = Number(data.portfolio.equity)
          trail.add({ time: Date.parse(data.portfolio.time), equity })
          pnl.set(equity - capital)
          gain.set((equity - capital) / capital)
        },
        // The list is asked again every few seconds and says what became of the run.
        error: () => undefined,
        complete: () => undefined,
      },
    )
  return { pnl, gain, trail, capital, follow }
}

const made = new WeakMap<readonly TrailPoint[], LiveRun>()

/** The moving part of a run: the same for the same line, so that every cell of its row draws from one. */
export function liveRunOf(run: Pick<Run, 'simulatorParameters'>, curve: readonly TrailPoint[]): LiveRun {
  const known = made.get(curve)
  if (known !== undefined) return known
  const fresh = createLiveRun(capitalOf(run) ?? curve[0]?.equity ?? 0, curve)
  made.set(curve, fresh)
  return fresh
}
