import { readdirSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { formatTime } from '../../engines/domain/time.ts'
import { TapeDamagedError } from '../../engines/edge/tape/frames.ts'
import { describeTape, TAPE_ENDING, type TapeDescription } from '../../engines/edge/tape/reader.ts'
import type { TapeEntry, TapeShelf } from './catalog.ts'

/** Tapes that are being generated have this ending until they are whole. */
const DRAFT_ENDING = `.draft${TAPE_ENDING}`

/** The most tapes that are listed, in order of their names. */
const MAX_TAPES = 1_000

function describe(tape: TapeDescription): string {
  if (tape.events === 0) return `An empty tape of ${tape.source}`
  const seconds = Math.round((tape.lastTime - tape.firstTime) / 1_000_000)
  const state = tape.complete ? '' : ', not ended in order or still being recorded'
  return `${tape.events} events of ${tape.source} over ${seconds} s, from ${formatTime(tape.firstTime)}${state}`
}

/** The tapes of a folder, read anew each time: a tape is there as soon as its file is. */
export function createTapeShelf(folder: string, log: Logger): TapeShelf {
  return {
    async list() {
      const files = (await readdir(folder)).filter((name) => name.endsWith(TAPE_ENDING) && !name.endsWith(DRAFT_ENDING))
      return files
        .sort()
        .slice(0, MAX_TAPES)
        .flatMap((file): readonly TapeEntry[] => {
          const path = join(folder, file)
          const name = file.slice(0, -TAPE_ENDING.length)
          try {
            const tape = describeTape(path)
            return [{ name, path, description: describe(tape), products: tape.products }]
          } catch (error) {
            if (error instanceof TapeDamagedError) {
              const { what } = error
              return [{ name, path, description: `This tape ${what}`, products: [], damage: what }]
            }
            log.warn({ path, err: error }, 'a file among the tapes cannot be read as one')
            return []
          }
        })
    },
  }
}

/** How many bytes the tapes of a folder take together, those under way included. */
export async function tapesBytes(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(TAPE_ENDING))
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      // Moved or deleted since it was listed.
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Where a recording goes, and how much all tapes together may take. */
export interface RecordingOptions {
  readonly folder: string
  readonly now: () => Date
  /** Tapes are never deleted by the server: at this size it stops recording and says so. 0: it records nothing. */
  readonly limitBytes: number
  readonly log: Logger
}

/** Where the next recording of a source goes; null where the tapes take as much room as they may. */
export type RecordingPaths = (source: string) => string | null

/** Names recordings by when they begin, no two of a server alike. */
export function createRecordingPaths(options: RecordingOptions): RecordingPaths {
  const { folder, now, limitBytes, log } = options
  let last = -Infinity
  return (source) => {
    if (limitBytes === 0) return null
    const bytes = bytesIn(options)
    if (bytes >= limitBytes) {
      log.warn({ folder, bytes, limitBytes }, 'not recording: the tapes take as much room as RECORD_LIMIT_BYTES allows')
      return null
    }
    last = Math.max(now().getTime(), last + 1)
    return join(folder, `${source}-${new Date(last).toISOString().replaceAll(/[:.]/g, '-')}${TAPE_ENDING}`)
  }
}

/** 0 where the folder cannot be looked at: whoever records there says so, and tries again. */
function bytesIn({ folder, log }: RecordingOptions): number {
  try {
    const tapes = readdirSync(folder).filter((name) => name.endsWith(TAPE_ENDING))
    return tapes.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  } catch (error) {
    log.warn({ folder, err: error }, 'the folder of tapes cannot be looked at')
    return 0
  }
}
