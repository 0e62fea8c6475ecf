import type { MarketEvent } from '../../domain/market/market.ts'
import { BadEnvironmentError } from '../process/env.ts'
import { TapeDamagedError } from './frames.ts'
import { createTapeProgress, type TapeProgress } from './progress.ts'
import { describeTape, readTape } from './reader.ts'

/** A tape as an engine plays it. */
export interface TapePlayback {
  /** Its events, a batch a block. @throws BadEnvironmentError where it comes to what is damaged. */
  readonly batches: Iterable<readonly MarketEvent[]>
  readonly progress: TapeProgress
  /** Why what is made of it may not be believed. */
  readonly doubts: readonly string[]
}

/** What is said of a tape of which nobody can tell whether it holds trades or candles. */
export const AMBIGUOUS =
  "It was written before a tape told a candle from a trade, and holds prices alone: where they are candles' closes, orders fill at " +
  'the close that raised them, and sizes are volumes'

/**
 * Opens a tape for an engine. Damage ends the engine with a line that begins with TAPE_DAMAGED: it is the file's fault, and
 * no bug.
 * @param durationSeconds of market time, from its first event on; null: all
 * @throws BadEnvironmentError where it is seen at once that the tape is damaged.
 */
export function openPlayback(path: string, durationSeconds: number | null): TapePlayback {
  try {
    const tape = describeTape(path)
    const doubts = tape.ambiguous ? [`The tape is ambiguous. ${AMBIGUOUS}.`] : []
    return { batches: told(readTape(path)), progress: createTapeProgress(path, tape, durationSeconds), doubts }
  } catch (error) {
    throw faultOf(error)
  }
}

function* told(batches: Iterable<readonly MarketEvent[]>): Generator<readonly MarketEvent[], void, undefined> {
  try {
    yield* batches
  } catch (error) {
    throw faultOf(error)
  }
}

function faultOf(error: unknown): unknown {
  return error instanceof TapeDamagedError ? new BadEnvironmentError([`TAPE_DAMAGED: ${error.message}`]) : error
}
