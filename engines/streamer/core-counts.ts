import type { TradeLineCounts } from './core-trades.ts'

/** What became of the venue's messages since the start. */
export interface StreamerCounts extends TradeLineCounts {
  messages: number
  /** Frames that were not the venue's protocol. */
  garbage: number
  /** Messages of types or products that nobody asked for. */
  ignored: number
  /** Book updates without a snapshot before them. */
  strayUpdates: number
  /** Books that were doubted and asked for anew. */
  doubtedBooks: number
  reconnects: number
  refused: number
  /** Dates too far ahead to be believed; what they dated stands at the present. */
  misdated: number
}

export const noCounts = (): StreamerCounts => ({
  messages: 0,
  garbage: 0,
  ignored: 0,
  strayUpdates: 0,
  doubtedBooks: 0,
  reconnects: 0,
  refused: 0,
  misdated: 0,
  duplicates: 0,
  gaps: 0,
  refilled: 0,
  lost: 0,
})
