import { inflateRawSync } from 'node:zlib'
import type { MarketEvent } from '../../domain/market.ts'
import type { Product } from '../../domain/product.ts'
import type { Micros } from '../../domain/time.ts'
import { decodeBlock } from './codec.ts'
import { FrameFile, MAGIC, type FrameHead } from './frames.ts'

/** The ending of a tape's file name. */
export const TAPE_ENDING = '.tape'

/** The most bytes of a block after decompression; a block that claims more is damaged or hostile. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024

/** What a tape says of itself at its beginning. */
export interface TapeHeader {
  /** Where it was recorded, e.g. `coinbase`. */
  readonly source: string
  /** What was asked for when the recording began; of a {@link TapeDescription}, also what came to it later. */
  readonly products: readonly Product[]
  /** The machine's clock when the recording began. */
  readonly startedAt: Micros
}

/** What {@link describeTape} finds without reading the events. */
export interface TapeDescription extends TapeHeader {
  /** 0 where the tape holds no event. */
  readonly firstTime: Micros
  readonly lastTime: Micros
  readonly events: number
  readonly lastSequence: number
  /** Readable bytes, less than the file's where its end is damaged. */
  readonly bytes: number
  /** Whether the recording was ended in order. false: still being written, or interrupted. */
  readonly complete: boolean
}

/** A tape whose middle is damaged: what follows is there, so that going on silently would leave a hole. */
export class TapeDamagedError extends Error {
  override readonly name = 'TapeDamagedError'
}

/**
 * Reads a tape's events in order, a batch a block. A tape that is still being written can be read as far as it goes.
 * A record that is cut or damaged at the very end costs only itself.
 * @throws TapeDamagedError where a record in the middle is damaged.
 * @throws Error where the file cannot be opened or is no tape.
 */
export function* readTape(path: string): Generator<MarketEvent[], void, undefined> {
  const file = new FrameFile(path)
  try {
    for (const { head, payload } of frames(file)) {
      if (head.kind === 'B') yield decodeBlock(inflateRawSync(payload, { maxOutputLength: MAX_BLOCK_BYTES }))
    }
  } finally {
    file.close()
  }
}

/**
 * What a tape holds, from its record heads alone; only the first and last record and the lists of products are read.
 * @throws Error where the file cannot be opened or is no tape.
 */
export function describeTape(path: string): TapeDescription {
  const file = new FrameFile(path)
  try {
    const first = file.head(MAGIC.length)
    const header = first === null ? null : readHeader(file, first)
    if (first === null || header === null) throw new Error(`${path} is a tape without a readable header`)
    const products = new Set(header.products)
    let found = { firstTime: 0, lastTime: 0, events: 0, lastSequence: 0, bytes: first.end, complete: false }
    for (let head = file.head(first.end); head !== null; head = file.head(head.end)) {
      const isLast = file.head(head.end) === null
      if (isLast && file.payload(head) === null) break
      if (head.kind === 'B') {
        const { lastTime, lastSequence, end } = head
        const firstTime = found.events === 0 ? head.firstTime : found.firstTime
        found = { firstTime, lastTime, events: found.events + head.events, lastSequence, bytes: end, complete: false }
      }
      if (head.kind === 'P') for (const product of readProducts(file, head)) products.add(product)
      if (head.kind === 'E') found = { ...found, bytes: head.end, complete: true }
    }
    return { ...header, ...found, products: [...products] }
  } finally {
    file.close()
  }
}

/** Where the readable events of a tape end: a writer goes on from here. An end mark is not among them. */
export function endOfEvents(path: string): number {
  const file = new FrameFile(path)
  try {
    let end = MAGIC.length
    for (const { head } of frames(file)) if (head.kind !== 'E') end = head.end
    return end
  } finally {
    file.close()
  }
}

/** Whether a tape's header was written whole. @throws Error where the file is no tape. */
export function hasHeader(path: string): boolean {
  const file = new FrameFile(path)
  try {
    const head = file.head(MAGIC.length)
    return head !== null && readHeader(file, head) !== null
  } finally {
    file.close()
  }
}

/** Every sound record, up to the end mark or a damaged end. */
function* frames(file: FrameFile): Generator<{ head: FrameHead; payload: Buffer }> {
  let offset = MAGIC.length
  for (;;) {
    const head = file.head(offset)
    if (head === null) return
    const payload = file.payload(head)
    if (payload === null) {
      const next = file.head(head.end)
      if (next !== null && file.payload(next) !== null) {
        throw new TapeDamagedError(`${file.path} is damaged at byte ${offset}, and there are records behind it`)
      }
      return
    }
    yield { head, payload }
    offset = head.end
  }
}

function readHeader(file: FrameFile, head: FrameHead): TapeHeader | null {
  const payload = head.kind === 'H' ? file.payload(head) : null
  if (payload === null) return null
  const value = JSON.parse(payload.toString('utf8')) as Partial<TapeHeader>
  const { source, products, startedAt } = value
  if (typeof source !== 'string' || !Array.isArray(products) || typeof startedAt !== 'number') return null
  return { source, products, startedAt }
}

function readProducts(file: FrameFile, head: FrameHead): readonly Product[] {
  const payload = file.payload(head)
  if (payload === null) return []
  const { products } = JSON.parse(payload.toString('utf8')) as { products?: unknown }
  return Array.isArray(products) ? products.filter((product) => typeof product === 'string') : []
}
