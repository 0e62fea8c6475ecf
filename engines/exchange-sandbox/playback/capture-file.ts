import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { actionOf, readCaptureLine, surveyCapture, type TimedAction } from './capture.ts'
import { unitOfListing, type Listing } from '../listing.ts'

const LINES_PER_BATCH = 500

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, 'utf8')
  const lines = createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    yield* lines
  } finally {
    lines.close()
    file.destroy()
  }
}

/** A raw capture on disk, found whole. */
export interface CaptureFile {
  readonly listings: readonly Listing[]
  batches(): AsyncGenerator<readonly TimedAction[]>
}

/**
 * Reads a raw capture through once, to know its products and that it is sound.
 * @throws Error naming the faults of the file with their lines, or why it cannot be read
 */
export async function openCapture(path: string): Promise<CaptureFile> {
  const survey = surveyCapture()
  for await (const line of linesOf(path)) survey.add(line)
  const { count, first } = survey.faults()
  if (count > 0) throw new Error(`${path} has ${count} faulty lines: ${first.join(', ')}`)
  const listings = survey.listings()
  if (listings.length === 0) throw new Error(`${path} holds no market data`)
  const units = new Map(listings.map((listing) => [listing.product, unitOfListing(listing)]))
  return {
    listings,
    async *batches() {
      let batch: TimedAction[] = []
      for await (const line of linesOf(path)) {
        const read = readCaptureLine(line)
        if (read.kind === 'frame') {
          const unit = units.get(read.frame.product_id)
          // The first reading has seen all of them.
          if (unit !== undefined) batch.push({ at: read.at, action: actionOf(read.frame, read.at, unit) })
        }
        if (batch.length < LINES_PER_BATCH) continue
        yield batch
        batch = []
      }
      yield batch
    },
  }
}
