import { rename, rm } from 'node:fs/promises'
import type { MarketEvent } from '../domain/market/market.ts'
import { createTapeWriter, type TapeWriter, type TapeWriterOptions } from '../edge/tape/writer.ts'

/**
 * Writes a tape under another name until it is whole and on the disk, so that nobody plays half of one.
 * @param draft the other name, of this attempt alone; nothing of it is left, whatever comes of it
 * @returns false where it was stopped, and there is none.
 * @throws Error where the disk does not take all of it; there is no tape then.
 */
export async function writeWholeTape(
  options: TapeWriterOptions,
  draft: string,
  batches: Iterable<readonly MarketEvent[]>,
  stopped: () => boolean,
): Promise<boolean> {
  try {
    const tape = await createTapeWriter({ ...options, path: draft })
    try {
      for (const batch of batches) {
        for (const event of batch) if (!tape.write(event)) throw endedEarly(tape)
        await tape.flush()
        if (stopped()) return false
      }
    } finally {
      await tape.close()
    }
    if (tape.stopped !== null) throw endedEarly(tape)
    await rename(draft, options.path)
    return true
  } finally {
    await rm(draft, { force: true })
  }
}

const endedEarly = ({ stopped }: TapeWriter): Error => new Error(`the tape ended early: ${stopped?.reason}`)
