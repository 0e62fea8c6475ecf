import { inflateRawSync } from 'node:zlib'
import type { MarketEvent } from '../../domain/market/market.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Micros } from '../../domain/time.ts'
import { decodeBlock } from './block/decode.ts'
import type { FrameHead } from './format.ts'
import { FrameFile } from './frames.ts'

/** The ending of a tape's file name. */
export const TAPE_ENDING = '.tape'

/** The most bytes of a block after decompression; a block that claims more is damaged or hostile. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024

/** The first version in which a bar is an event of its own. */
const WITH_BARS = 3

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
  /** Readable bytes, less than the file's where a crash has torn its end. */
  readonly bytes: number
  /** Whether the recording was ended in order. false: still being written, or interrupted. */
  readonly complete: boolean
  /**
   * Whether nobody can tell if its prices are trades or the closes of candles: it begins with prices alone, and is of a version
   * that wrote both alike.
   */
  readonly ambiguous: boolean
}

/**
 * Reads a tape's events in order, a batch a block. Of a tape that is still being written it reads what there was when it was
 * opened. A record that a crash cut or tore at the very end costs only itself; whatever else is not sound is told, never
 * passed over.
 * @throws TapeDamagedError where it comes to what is damaged.
 * @throws Error where the file cannot be opened.
 */
export function* readTape(path: string): Generator<MarketEvent[], void, undefined> {
  const file = new FrameFile(path)
  try {
    for (const { head, payload } of frames(file)) if (head.kind === 'B') yield decode(file, head, payload)
  } finally {
    file.close()
  }
}

/**
 * What a tape holds, from its record heads alone; only the first and last record and the lists of products are read.
 * @throws TapeDamagedError where one of these is damaged.
 * @throws Error where the file cannot be opened, or holds no whole header.
 */
export function describeTape(path: string): TapeDescription {
  const file = new FrameFile(path)
  try {
    const first = file.next(null)
    const header = first === null ? null : readHeader(file, first)
    if (first === null || header === null) throw new Error(`${path} is a tape without a header`)
    const products = new Set(header.products)
    let found = { firstTime: 0, lastTime: 0, events: 0, lastSequence: 0, bytes: first.end, complete: false }
    let ambiguous = false
    for (let head: FrameHead | null = file.next(first); head !== null;) {
      const next: FrameHead | null = file.next(head)
      const isOldStart = file.version < WITH_BARS && head.kind === 'B' && found.events === 0
      const payload = next === null || head.kind !== 'B' || isOldStart ? file.payload(head) : null
      if (next === null && payload === null) break
      if (head.kind === 'B') {
        const { lastTime, lastSequence, end } = head
        const firstTime = found.events === 0 ? head.firstTime : found.firstTime
        found = { firstTime, lastTime, events: found.events + head.events, lastSequence, bytes: end, complete: false }
        if (isOldStart && payload !== null) ambiguous = decode(file, head, payload).every(isPriceAlone)
      }
      if (head.kind === 'P' && payload !== null) for (const product of productsOf(payload)) products.add(product)
      if (head.kind === 'E') found = { ...found, bytes: head.end, complete: true }
      head = next
    }
    return { ...header, ...found, products: [...products], ambiguous }
  } finally {
    file.close()
  }
}

/** A price without quotes, as candles were once written: or what has no price at all. */
function isPriceAlone(event: MarketEvent): boolean {
  return event.type === 'tick' ? event.bid === 0 && event.ask === 0 : event.type !== 'book'
}

/** Where a writer goes on. */
export interface TapeEnd {
  /** Version of the tape's format. */
  readonly version: number
  readonly source: string
  /** Where the sound records end; an end mark is not among them. */
  readonly bytes: number
  /** How many records there are up to there. */
  readonly frames: number
  readonly lastSequence: number
  readonly lastTime: Micros
  readonly events: number
}

/**
 * Where the readable events of a tape end, every record of it looked at; null where not even its header is whole.
 * @throws TapeDamagedError
 */
export function endOfEvents(path: string): TapeEnd | null {
  const file = new FrameFile(path)
  try {
    let end = null as TapeEnd | null
    for (const { head } of frames(file)) {
      if (head.kind === 'H') {
        const header = readHeader(file, head)
        if (header === null) return null
        const none = { lastSequence: 0, lastTime: 0, events: 0 }
        end = { version: file.version, source: header.source, bytes: head.end, frames: 1, ...none }
      } else if (end !== null && head.kind !== 'E') {
        const { lastSequence, lastTime } = head.kind === 'B' ? head : end
        end = {
          ...end,
          bytes: head.end,
          frames: head.number + 1,
          lastSequence,
          lastTime,
          events: end.events + head.events,
        }
      }
    }
    return end
  } finally {
    file.close()
  }
}

/** Every sound record, up to the end or to what a crash has torn. */
function* frames(file: FrameFile): Generator<{ head: FrameHead; payload: Buffer }> {
  for (let head = file.next(null); head !== null; head = file.next(head)) {
    const payload = file.payload(head)
    if (payload === null) return
    if (head.kind === 'E' && !isTotal(payload, file.events)) throw file.damage(head.offset)
    yield { head, payload }
  }
}

/** Events whose checksum is right, and which yet do not unpack, are not what a writer wrote. */
function decode(file: FrameFile, head: FrameHead, payload: Buffer): MarketEvent[] {
  let events: MarketEvent[]
  try {
    events = decodeBlock(inflateRawSync(payload, { maxOutputLength: MAX_BLOCK_BYTES }))
  } catch (error) {
    throw file.damage(head.offset, error)
  }
  if (events.length !== head.events) throw file.damage(head.offset)
  return events
}

function readHeader(file: FrameFile, head: FrameHead): TapeHeader | null {
  const payload = file.payload(head)
  if (payload === null) return null
  const value = JSON.parse(payload.toString('utf8')) as Partial<TapeHeader>
  const { source, products, startedAt } = value
  if (typeof source !== 'string' || !Array.isArray(products) || typeof startedAt !== 'number') return null
  return { source, products, startedAt }
}

/** Whether an end mark counts as many events as there are; those of the first version did not count. */
function isTotal(payload: Buffer, events: number): boolean {
  const { events: said } = JSON.parse(payload.toString('utf8')) as { events?: unknown }
  return said === undefined || said === events
}

function productsOf(payload: Buffer): readonly Product[] {
  const { products } = JSON.parse(payload.toString('utf8')) as { products?: unknown }
  return Array.isArray(products) ? products.filter((product) => typeof product === 'string') : []
}
