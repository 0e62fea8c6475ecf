import { ask } from '../../../graphql/ask.ts'
import type { Connection } from '../../../graphql/connection.ts'
import { sentenceOf, type Fault } from '../../../graphql/fault.ts'
import { CandlesQuery } from '../documents.ts'
import type { Market } from './market.ts'

/** How long it waits before it asks what the run has kept by now, and at most where nothing new was kept. */
const LOOK_MS = 2_000
const MOST_MS = 60_000

export interface CatchUp {
  readonly market: Market
  readonly connection: Pick<Connection, 'open' | 'onReconnect'>
  readonly id: string
  readonly product: string
  /** Whether there is anything to ask for. */
  readonly isBehind: () => boolean
  /** Why the last question was not answered; null: it was. */
  readonly onFault: (fault: Fault | null) => void
}

/**
 * Brings a market up to what its run has kept: what happened between its stored candles and its first tick, and while the
 * connection was away. One question at a time, and the longer apart the less comes of them.
 * @returns ends it
 */
export function catchUp({ market, connection, id, product, isBehind, onFault }: CatchUp): () => void {
  const abort = new AbortController()
  let delay = LOOK_MS
  const question = () => {
    const until = market.until()
    const from = until === 0 ? null : new Date(until * 1000).toISOString()
    return ask(connection, CandlesQuery, { id, product, interval: market.finest, from }, abort.signal)
  }
  const look = async (): Promise<void> => {
    if (isBehind()) {
      const before = market.until()
      try {
        const { simulation } = await question()
        if (simulation !== null && simulation.candles.until !== null) market.fill(simulation.candles)
        onFault(null)
      } catch (error) {
        if (!abort.signal.aborted) onFault(sentenceOf(error as Error))
      }
      delay = market.until() === before ? Math.min(2 * delay, MOST_MS) : LOOK_MS
    }
    if (!abort.signal.aborted) timer = setTimeout(() => void look(), delay)
  }
  let timer = setTimeout(() => void look(), delay)
  const stop = connection.onReconnect(() => {
    market.cut()
    delay = LOOK_MS
  })
  return () => {
    clearTimeout(timer)
    stop()
    abort.abort(new Error('The page was left.'))
  }
}
