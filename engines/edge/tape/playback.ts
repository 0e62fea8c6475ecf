import type { MarketEvent } from '../../domain/market/market.ts'
import { BadEnvironmentError } from '../process/env.ts'
import { TapeDamagedError } from './frames.ts'
import { createTapeProgress, type TapeProgress } from './progress.ts'
import { readTape } from './reader.ts'

/** A tape as an engine plays it. */
export interface TapePlayback {
  /** Its events, a batch a block. @throws BadEnvironmentError where it comes to what is damaged. */
  readonly batches: Iterable<readonly MarketEvent[]>
  readonly progress: TapeProgress
}

/**
 * Opens a tape for an engine. Damage ends the engine with a line that begins with TAPE_DAMAGED: it is the file's fault, and
 * no bug.
 * @param durationSeconds of market time, from its first event on; null: all
 * @throws BadEnvironmentError where it is seen at once that the tape is damaged.
 */
export function openPlayback(path: string, durationSeconds: number | null): TapePlayback {
  try {
    return { batches: told(readTape(path)), progress: createTapeProgress(path, durationSeconds) }
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
