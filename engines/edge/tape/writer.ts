import { existsSync } from 'node:fs'
import { open, truncate, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { MarketEvent } from '../../domain/market.ts'
import type { Product } from '../../domain/product.ts'
import type { Micros } from '../../domain/time.ts'
import { wallClock, type Clock } from '../clock.ts'
import { encodeBlock } from './codec.ts'
import { encodeFrame, MAGIC, type Frame, type FrameKind } from './frames.ts'
import { describeTape, endOfEvents, hasHeader, TAPE_ENDING, type TapeHeader } from './reader.ts'

const compress = promisify(deflateRaw)

export interface TapeWriterOptions extends TapeHeader {
  /** Ends in `.tape`. An existing tape of the same source is continued: its damaged end, if any, is cut off first. */
  readonly path: string
  /** The file is never larger (its end mark apart); recording stops before. Default 4 GiB. */
  readonly maxBytes?: number
  /** How many events wait in memory at most, for the disk. Default 65,536; recording stops when there are more. */
  readonly maxWaiting?: number
  /** How many events make a block. Default 2,048; at most 65,536. */
  readonly blockEvents?: number
  /** How long an event waits at most for its block to be written, in milliseconds. Default 1,000. */
  readonly flushMs?: number
  readonly clock?: Clock
}

/** Records market events. Events are on disk at the latest a `flushMs` after {@link TapeWriter.write}. */
export interface TapeWriter {
  /**
   * Takes an event; never blocks.
   * @returns false where recording has {@link stopped}: what is on the tape then has no hole, it just ends earlier.
   */
  write(event: MarketEvent): boolean
  /** Resolves when all that was written is in the file. */
  flush(): Promise<void>
  /** Flushes and writes the end mark. Resolves when the file is closed; calling it twice does no harm. */
  close(): Promise<void>
  readonly bytes: number
  /** Events accepted, those that the tape already held not counted. */
  readonly events: number
  /** Why recording ended by itself, for a person; null while it runs. */
  readonly stopped: string | null
}

const DEFAULTS = { maxBytes: 4 * 1024 ** 3, maxWaiting: 65_536, blockEvents: 2_048, flushMs: 1_000 }
const MAX_BLOCK_EVENTS = 65_536

/**
 * Opens a tape for writing.
 * @throws Error where the path has another ending, cannot be written, or holds a tape of another source.
 */
export async function createTapeWriter(options: TapeWriterOptions): Promise<TapeWriter> {
  const { path, source, products, startedAt } = options
  if (!path.endsWith(TAPE_ENDING)) throw new Error(`${path} must end in ${TAPE_ENDING}`)
  const isContinued = existsSync(path) && (await isTape(path, source))
  const past = isContinued ? describeTape(path) : { lastSequence: 0, lastTime: 0 }
  let bytes = 0
  if (isContinued) {
    bytes = endOfEvents(path)
    await truncate(path, bytes)
  }
  const handle = await open(path, isContinued ? 'a' : 'w')
  const writer = new Writer(handle, bytes, past.lastSequence, past.lastTime, {
    ...DEFAULTS,
    clock: wallClock,
    ...given(options),
  })
  if (!isContinued) await writer.begin({ source, products, startedAt })
  return writer
}

/**
 * Whether there is a tape to continue. A file that a crash left before its header was whole holds nothing, and is begun
 * anew; one that is no tape at all is somebody else's, and refused.
 */
async function isTape(path: string, source: string): Promise<boolean> {
  const bytes = Buffer.alloc(MAGIC.length)
  const handle = await open(path, 'r')
  const { bytesRead } = await handle.read(bytes, 0, MAGIC.length, 0).finally(() => handle.close())
  if (bytesRead < MAGIC.length && MAGIC.subarray(0, bytesRead).equals(bytes.subarray(0, bytesRead))) return false
  if (!hasHeader(path)) return false
  const found = describeTape(path).source
  if (found !== source) throw new Error(`${path} holds a recording of ${found}; recording ${source} needs another file`)
  return true
}

type Settings = typeof DEFAULTS & { readonly clock: Clock }

/** Only what was really given: an explicit `undefined` must not hide a default. */
function given(options: TapeWriterOptions): Partial<Settings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

class Writer implements TapeWriter {
  bytes: number
  events = 0
  stopped: string | null = null
  private pending: MarketEvent[] = []
  /** Events handed to the disk and not there yet. */
  private inFlight = 0
  private cancelTimer: (() => void) | null = null
  private tail: Promise<void> = Promise.resolve()
  private closing: Promise<void> | null = null
  private isFull = false
  private hasFailed = false
  /** Bounded by the products that a feed serves. */
  private readonly announced = new Set<Product>()
  private lastTime: Micros
  /** Added to each sequence, so that a continued tape stays ONE session: the next one goes on where the last ended. */
  private readonly base: number
  private readonly handle: FileHandle
  private readonly settings: Settings

  constructor(handle: FileHandle, bytes: number, lastSequence: number, lastTime: Micros, settings: Settings) {
    this.handle = handle
    this.bytes = bytes
    this.base = lastSequence
    this.lastTime = lastTime
    this.settings = { ...settings, blockEvents: Math.min(settings.blockEvents, MAX_BLOCK_EVENTS) }
  }

  async begin(header: TapeHeader): Promise<void> {
    const bytes = Buffer.concat([MAGIC, encodeFrame(bare('H', header))])
    await this.handle.appendFile(bytes)
    this.bytes = bytes.length
  }

  write(event: MarketEvent): boolean {
    if (this.stopped !== null || this.closing !== null) return false
    if (this.pending.length + this.inFlight >= this.settings.maxWaiting) {
      this.stop(`the disk is too slow: ${this.settings.maxWaiting} events wait for it`)
      return false
    }
    const time = Math.max(event.time, this.lastTime)
    const sequence = event.sequence + this.base
    this.lastTime = time
    this.pending.push(this.base === 0 && time === event.time ? event : { ...event, sequence, time })
    this.events += 1
    if (this.pending.length >= this.settings.blockEvents) this.seal()
    else
      this.cancelTimer ??= this.settings.clock.after(this.settings.flushMs, () => {
        this.seal()
      })
    return true
  }

  async flush(): Promise<void> {
    this.seal()
    await this.tail
  }

  close(): Promise<void> {
    this.closing ??= this.finish()
    return this.closing
  }

  private async finish(): Promise<void> {
    await this.flush()
    try {
      // After a failed write the file's end is torn, and a mark behind that would call it sound.
      if (!this.hasFailed) await this.append(bare('E', { stopped: this.stopped }))
      await this.handle.sync()
    } catch (error) {
      this.stop(`writing failed: ${reasonOf(error)}`)
    } finally {
      await this.handle.close()
    }
  }

  /** Hands the pending events to the disk, after what it was handed before. */
  private seal(): void {
    this.cancelTimer?.()
    this.cancelTimer = null
    const events = this.pending
    if (events.length === 0) return
    this.pending = []
    this.inFlight += events.length
    this.tail = this.tail
      .then(() => this.block(events))
      .catch((error: unknown) => {
        this.hasFailed = true
        this.stop(`writing failed: ${reasonOf(error)}`)
      })
      .finally(() => {
        this.inFlight -= events.length
      })
  }

  private async block(events: readonly MarketEvent[]): Promise<void> {
    // Once a block is missing, a later one would leave a hole.
    if (this.isFull || this.hasFailed) return
    await this.announce(events)
    const payload = await compress(encodeBlock(events), { level: 3 })
    const first = events[0]!
    const last = events[events.length - 1]!
    const times = { firstTime: first.time, lastTime: last.time, lastSequence: last.sequence }
    await this.append({ kind: 'B', events: events.length, ...times, payload })
  }

  /** Says which products a block is the first to hold, so that a reader of heads alone knows what is on the tape. */
  private async announce(events: readonly MarketEvent[]): Promise<void> {
    const added = new Set<Product>()
    for (const { product } of events) if (product !== '' && !this.announced.has(product)) added.add(product)
    if (added.size === 0) return
    for (const product of added) this.announced.add(product)
    await this.append(bare('P', { products: [...added] }))
  }

  private async append(frame: Frame): Promise<void> {
    const bytes = encodeFrame(frame)
    if (frame.kind === 'B' && this.bytes + bytes.length > this.settings.maxBytes) {
      this.isFull = true
      this.stop(`the tape has reached its ${this.settings.maxBytes} bytes`)
      return
    }
    await this.handle.appendFile(bytes)
    this.bytes += bytes.length
  }

  private stop(reason: string): void {
    this.stopped ??= reason
  }
}

function bare(kind: Exclude<FrameKind, 'B'>, content: unknown): Frame {
  return { kind, events: 0, firstTime: 0, lastTime: 0, lastSequence: 0, payload: Buffer.from(JSON.stringify(content)) }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
