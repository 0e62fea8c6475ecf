import { readdirSync, statSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { NOT_RECORDED } from '../../engines/domain/quality.ts'
import { formatTime } from '../../engines/domain/time.ts'
import { TapeDamagedError } from '../../engines/edge/tape/frames.ts'
import { AMBIGUOUS } from '../../engines/edge/tape/playback.ts'
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
  const doubt = tape.ambiguous ? `. ${AMBIGUOUS}` : ''
  return `${tape.events} events of ${tape.source} over ${seconds} s, from ${formatTime(tape.firstTime)}${state}${doubt}`
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

/** A draft that nothing was written to for so long is nobody's any more: what makes one writes all the time. */
const DRAFT_LEFT_MS = 600_000

/** Removes what was left of tapes whose making was cut off, by kill -9 or a power cut. @param now milliseconds since 1970. */
export async function clearDrafts(folder: string, now: number, log: Logger): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    try {
      if (!name.endsWith(DRAFT_ENDING) || now - (await stat(path)).mtimeMs < DRAFT_LEFT_MS) continue
      await rm(path)
      log.info({ path }, 'removed what was left of a tape that was never finished')
    } catch (error) {
      // It takes room and nothing else; another server may have been quicker.
      log.debug({ path, err: error }, 'a draft of a tape could not be removed')
    }
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

/** Where a recording goes; null: nowhere, and why, for a person, unless nothing is to be recorded at all. */
export type RecordingPlace = { readonly path: string } | { readonly path: null; readonly refusal: string | null }

/** Where the next recording of a source goes. */
export type RecordingPaths = (source: string) => RecordingPlace

/** Names recordings by when they begin, no two of a server alike. */
export function createRecordingPaths(options: RecordingOptions): RecordingPaths {
  const { folder, now, limitBytes, log } = options
  let last = -Infinity
  return (source) => {
    if (limitBytes === 0) return { path: null, refusal: null }
    const bytes = bytesIn(options)
    if (bytes >= limitBytes) {
      log.warn({ folder, bytes, limitBytes }, 'not recording: the tapes take as much room as RECORD_LIMIT_BYTES allows')
      const refusal =
        `${NOT_RECORDED}the tapes take ${bytes} bytes, and RECORD_LIMIT_BYTES allows ${limitBytes}. ` +
        'Delete some, or allow more; the next streamer records then.'
      return { path: null, refusal }
    }
    last = Math.max(now().getTime(), last + 1)
    const name = `${source}-${new Date(last).toISOString().replaceAll(/[:.]/g, '-')}${TAPE_ENDING}`
    return { path: join(folder, name) }
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
