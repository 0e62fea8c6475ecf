import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { MarketEvent } from '../../domain/market/market.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Micros } from '../../domain/time.ts'
import { wallClock, type Clock } from '../clock.ts'
import { encodeBlock } from './block/encode.ts'
import { tapeDisk, type TapeDisk, type TapeHandle } from './disk.ts'
import type { Frame, FrameKind } from './format.ts'
import { MAGIC, NEWEST_VERSION } from './frames.ts'
import { endOfEvents, TAPE_ENDING, type TapeEnd, type TapeHeader } from './reader.ts'
import { encodeFrame } from './version2.ts'

const compress = promisify(deflateRaw)

export interface TapeWriterOptions extends TapeHeader {
  /** Ends in `.tape`. An existing tape of the same source is continued: its torn end, if any, is cut off first. */
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
  /** Default: the machine's. */
  readonly disk?: TapeDisk
}

/** Why recording ended by itself. */
export interface TapeStop {
  /** For a person. */
  readonly reason: string
  /** Whether {@link TapeWriter.resume} may help. */
  readonly final: boolean
}

/** Records market events, numbered as they come. They are on disk at the latest a `flushMs` after {@link TapeWriter.write}. */
export interface TapeWriter {
  /**
   * Takes an event; never blocks.
   * @returns false where recording has {@link stopped}: what is on the tape then has no hole, it just ends earlier.
   */
  write(event: MarketEvent): boolean
  /** Resolves when all that was written is in the file. */
  flush(): Promise<void>
  /**
   * After a stop: cuts off what was not written whole, and takes events again; those since the last one {@link kept} are
   * lost. Whether the disk takes them shows at the next {@link flush}.
   * @returns whether events are taken again.
   */
  resume(): Promise<boolean>
  /** Flushes and writes the end mark. Resolves when the file is closed; calling it twice does no harm. */
  close(): Promise<void>
  readonly bytes: number
  /** Events accepted, those that the tape already held not counted. */
  readonly events: number
  /** What is on the disk, with what the tape already held. */
  readonly kept: TapeKept
  /** null while it records. */
  readonly stopped: TapeStop | null
}

/** What of a tape is on the disk. */
export interface TapeKept {
  readonly events: number
  /** Time of the last of them; 0: there is none. */
  readonly lastTime: Micros
  /** The newest trade of each product since the tape was opened, which a feed's products bound. */
  readonly trades: ReadonlyMap<Product, number>
}

const DEFAULTS = { maxBytes: 4 * 1024 ** 3, maxWaiting: 65_536, blockEvents: 2_048, flushMs: 1_000 }
const MAX_BLOCK_EVENTS = 65_536

/**
 * Opens a tape for writing.
 * @throws TapeDamagedError where the path holds a damaged tape, or none.
 * @throws Error where the path has another ending, cannot be written, or holds a tape of another source or version.
 */
export async function createTapeWriter(options: TapeWriterOptions): Promise<TapeWriter> {
  const { path, source, products, startedAt, disk = tapeDisk } = options
  if (!path.endsWith(TAPE_ENDING)) throw new Error(`${path} must end in ${TAPE_ENDING}`)
  const past = disk.holds(path) ? pastOf(path, source) : null
  const handle = await disk.open(path, past === null ? 'w' : 'a')
  const writer = new Writer(handle, past, { ...DEFAULTS, clock: wallClock, ...given(options) })
  try {
    if (past === null) await writer.begin({ source, products, startedAt })
    else await handle.truncate(past.bytes)
  } catch (error) {
    await handle.close()
    throw error
  }
  return writer
}

/** What there is to go on from. A file that a crash left before its header was whole holds nothing, and is begun anew. */
function pastOf(path: string, source: string): TapeEnd | null {
  const past = endOfEvents(path)
  if (past === null) return null
  if (past.source !== source) {
    throw new Error(`${path} holds a recording of ${past.source}; recording ${source} needs another file`)
  }
  if (past.version !== NEWEST_VERSION) {
    throw new Error(`${path} is a tape of version ${past.version}, which is only read; recording needs another file`)
  }
  return past
}

type Settings = typeof DEFAULTS & { readonly clock: Clock }

/** Only what was really given: an explicit `undefined` must not hide a default. */
function given(options: TapeWriterOptions): Partial<Settings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

class Writer implements TapeWriter {
  bytes: number
  events = 0
  stopped: TapeStop | null = null
  kept: TapeKept
  private pending: MarketEvent[] = []
  /** Events handed to the disk and not there yet. */
  private inFlight = 0
  private cancelTimer: (() => void) | null = null
  private tail: Promise<void> = Promise.resolve()
  private closing: Promise<void> | null = null
  /** A block could not be written whole: the file's end is torn, and a later block would leave a hole. */
  private hasFailed = false
  private frames: number
  /** Bounded by the products that a feed serves. */
  private readonly announced = new Set<Product>()
  private lastTime: Micros
  private sequence: number
  private readonly handle: TapeHandle
  private readonly settings: Settings

  constructor(handle: TapeHandle, past: TapeEnd | null, settings: Settings) {
    this.handle = handle
    this.bytes = past?.bytes ?? 0
    this.frames = past?.frames ?? 0
    // A continued tape stays ONE session: it goes on where the last one ended.
    this.sequence = past?.lastSequence ?? 0
    this.lastTime = past?.lastTime ?? 0
    this.kept = { events: past?.events ?? 0, lastTime: this.lastTime, trades: new Map() }
    this.settings = { ...settings, blockEvents: Math.min(settings.blockEvents, MAX_BLOCK_EVENTS) }
  }

  async begin(header: TapeHeader): Promise<void> {
    await this.append([bare('H', header)], MAGIC)
  }

  write(event: MarketEvent): boolean {
    if (this.stopped !== null || this.closing !== null) return false
    if (this.pending.length + this.inFlight >= this.settings.maxWaiting) {
      this.stop(`the disk is too slow: ${this.settings.maxWaiting} events wait for it`)
      return false
    }
    this.lastTime = Math.max(event.time, this.lastTime)
    this.sequence += 1
    const { sequence, lastTime: time } = this
    this.pending.push(sequence === event.sequence && time === event.time ? event : { ...event, sequence, time })
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

  async resume(): Promise<boolean> {
    if (this.stopped === null) return true
    if (this.stopped.final || this.closing !== null) return false
    await this.flush()
    if (this.hasFailed && !(await this.cutTornEnd())) return false
    this.sequence = this.kept.events
    this.lastTime = this.kept.lastTime
    this.hasFailed = false
    this.stopped = null
    return true
  }

  close(): Promise<void> {
    this.closing ??= this.finish()
    return this.closing
  }

  private async finish(): Promise<void> {
    await this.flush()
    try {
      const totals = { stopped: this.stopped?.reason ?? null, events: this.kept.events, frames: this.frames + 1 }
      // A torn end is cut off first: a mark behind it would call it sound.
      if (!this.hasFailed || (await this.cutTornEnd())) await this.append([bare('E', totals)])
      await this.handle.sync()
    } catch (error) {
      this.stop(`writing failed: ${reasonOf(error)}`)
    } finally {
      await this.handle.close()
    }
  }

  private async cutTornEnd(): Promise<boolean> {
    try {
      await this.handle.truncate(this.bytes)
      return true
    } catch {
      // Why the disk refuses is told already; the next attempt, or the next reader, cuts it off.
      return false
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
    if (this.hasFailed || this.stopped?.final === true) return
    const payload = await compress(encodeBlock(events), { level: 3 })
    const first = events[0]!
    const last = events[events.length - 1]!
    const times = { firstTime: first.time, lastTime: last.time, lastSequence: last.sequence }
    const added = this.unannounced(events)
    const block: Frame = { kind: 'B', events: events.length, ...times, payload }
    const said = await this.append(added.length === 0 ? [block] : [bare('P', { products: added }), block])
    if (!said) return
    for (const product of added) this.announced.add(product)
    this.keep(events, last.time)
  }

  private keep(events: readonly MarketEvent[], lastTime: Micros): void {
    const trades = new Map(this.kept.trades)
    for (const event of events) if (event.type === 'tick') trades.set(event.product, event.tradeId)
    this.kept = { events: this.kept.events + events.length, lastTime, trades }
  }

  /** Which products a block is the first to hold: said before it, so that a reader of heads alone knows what is on the tape. */
  private unannounced(events: readonly MarketEvent[]): readonly Product[] {
    const added = new Set<Product>()
    for (const { product } of events) if (product !== '' && !this.announced.has(product)) added.add(product)
    return [...added]
  }

  /** @returns false where there is no room for them under the tape's bound: recording has stopped then. */
  private async append(frames: readonly Frame[], before: Uint8Array = Buffer.alloc(0)): Promise<boolean> {
    const encoded = frames.map((frame, index) => encodeFrame(frame, this.frames + index))
    const bytes = Buffer.concat([before, ...encoded])
    if (frames.some(({ kind }) => kind === 'B') && this.bytes + bytes.length > this.settings.maxBytes) {
      this.stop(`the tape has reached its ${this.settings.maxBytes} bytes`, true)
      return false
    }
    await this.handle.append(bytes)
    this.bytes += bytes.length
    this.frames += frames.length
    return true
  }

  private stop(reason: string, final = false): void {
    if (this.stopped === null || (final && !this.stopped.final)) this.stopped = { reason, final }
  }
}

function bare(kind: Exclude<FrameKind, 'B'>, content: unknown): Frame {
  return { kind, events: 0, firstTime: 0, lastTime: 0, lastSequence: 0, payload: Buffer.from(JSON.stringify(content)) }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
