import { useCallback, useEffect, useState } from 'react'
import { ask } from '../../../graphql/ask.ts'
import { isFinal } from '../../../graphql/run.ts'
import { useConnection } from '../../../ui/connection-context.ts'
import { CurveQuery, type Run } from '../documents.ts'
import { useStored } from '../use-stored.ts'
import type { CurvePoint, PortfolioFeed } from './portfolio-feed.ts'

/** So many are drawn. */
const DRAWN_POINTS = 2_000

/**
 * Draws the stored curve of a run: as it is when it is first looked at, after each cut of the connection, and when the run
 * has ended. What a page hears live is the newest of each moment, of a back-test a few points of a thousand: the curve is
 * what is stored.
 */
export function useCurve(run: Run, portfolio: PortfolioFeed) {
  const connection = useConnection()
  const { id } = run
  const ended = isFinal(run)
  const [cuts, setCuts] = useState(0)
  useEffect(() => connection.onReconnect(() => setCuts((before) => before + 1)), [connection])
  const [drawn, setDrawn] = useState<{ readonly curve: readonly CurvePoint[]; readonly ended: boolean } | null>(null)
  const question = useCallback(
    async (signal: AbortSignal) => {
      const { simulation } = await ask(connection, CurveQuery, { id, maxPoints: DRAWN_POINTS }, signal)
      return { curve: simulation?.equityCurve ?? [], ended, cuts }
    },
    [connection, id, ended, cuts],
  )
  const draw = useCallback(
    (answer: { readonly curve: readonly CurvePoint[]; readonly ended: boolean }) => {
      portfolio.seed(answer.curve, answer.ended)
      setDrawn(answer)
    },
    [portfolio],
  )
  const fault = useStored(question, draw)
  // Of a run that an earlier version kept, only the end is known.
  const unkept =
    drawn !== null &&
    drawn.ended &&
    drawn.curve.length > 0 &&
    drawn.curve.every((point) => point.buyAndHoldReturn === null)
  return { fault, unkept }
}
