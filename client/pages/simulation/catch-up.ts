import { ask } from '../../graphql/ask.ts'
import type { Connection } from '../../graphql/connection.ts'
import { sentenceOf } from '../../graphql/fault.ts'
import { CandlesQuery } from './documents.ts'
import type { Market } from './market.ts'

/** How often a market that has a hole asks whether what belongs there has been kept by now. */
const LOOK_MS = 2_000

/** Fills a market with the candles that its run keeps. The result takes it back. */
export function fill(market: Market, connection: Pick<Connection, 'open'>, id: string, product: string): () => void {
  const abort = new AbortController()
  ask(connection, CandlesQuery, { id, product }, abort.signal)
    .then(({ simulation }) => market.fill(simulation?.candles ?? []))
    .catch((error: unknown) => {
      if (!abort.signal.aborted) market.fault.set(sentenceOf(error as Error))
    })
  return () => abort.abort(new Error('The page was left.'))
}

/**
 * Sees to it that a market that is followed has no hole: what happened between its stored candles and its first tick, and
 * while the connection was away, is asked for once the run has kept it.
 * @returns ends it
 */
export function catchUp(
  market: Market,
  connection: Pick<Connection, 'open' | 'onReconnect'>,
  id: string,
  product: string,
): () => void {
  let forget = (): void => undefined
  const timer = setInterval(() => {
    forget()
    if (market.hasHole()) forget = fill(market, connection, id, product)
  }, LOOK_MS)
  const stop = connection.onReconnect(market.cut)
  return () => {
    clearInterval(timer)
    stop()
    forget()
  }
}
