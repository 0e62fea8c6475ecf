import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Micros } from '../../domain/time.ts'
import { formatTime } from '../../domain/time.ts'
import type { FrameFormat, FrameHead, TapeBytes } from './format.ts'
import { version1 } from './version1.ts'
import { version2 } from './version2.ts'

/** A tape begins with these bytes; the digit is the format's version, the newest of which is written. */
export const MAGIC = Buffer.from('AWTAPE3\n', 'latin1')

/** The version that is written. */
export const NEWEST_VERSION = 3

const MAGIC_OF_ANY = /^AWTAPE(\d)\n$/
const FORMATS: Readonly<Record<string, FrameFormat>> = { 1: version1, 2: version2, 3: version2 }

/** How much is looked at once for the zeros that a file ends with. */
/** Windows knows no pipes among files, and no such flag. */
const WITHOUT_WAITING = process.platform === 'win32' ? 0 : constants.O_NONBLOCK
const CHUNK_BYTES = 64 * 1024

/** A tape that is not sound, and not as a crash leaves one: going on silently would leave a hole. */
export class TapeDamagedError extends Error {
  override readonly name = 'TapeDamagedError'
  /** What is the matter and what can be saved, without the file's path: `is damaged at byte …`. */
  readonly what: string
  /** Events that can be read before the damage. */
  readonly events: number

  constructor(path: string, what: string, events: number, cause?: unknown) {
    super(`${path} ${what}`, { cause })
    this.what = what
    this.events = events
  }
}

/**
 * A tape that is open for reading, up to the size that it had when it was opened. Its frames are gone through once, one
 * after the other.
 */
export class FrameFile implements TapeBytes {
  readonly path: string
  readonly size: number
  /** Version of its format. */
  readonly version: number
  private readonly descriptor: number
  private readonly format: FrameFormat
  private zeros: number | null = null
  /** In the frames that were gone past. */
  events = 0
  private firstTime: Micros = 0
  private lastTime: Micros = 0

  /** @throws Error where the file cannot be opened, does not begin as a tape does, or is of a version yet to come. */
  constructor(path: string) {
    this.path = path
    this.descriptor = openFile(path)
    try {
      this.size = fstatSync(this.descriptor).size
      this.version = Number(MAGIC_OF_ANY.exec(this.bytes(0, MAGIC.length).toString('latin1'))?.[1] ?? Number.NaN)
      if (Number.isNaN(this.version)) {
        throw new TapeDamagedError(path, 'is not a tape, or its beginning is damaged: no event can be read', 0)
      }
      const format = FORMATS[this.version]
      if (format === undefined) {
        const what = `says that it is a tape of version ${this.version}, which this program cannot read: a newer one wrote it, or it is damaged`
        throw new TapeDamagedError(path, what, 0)
      }
      this.format = format
    } catch (error) {
      closeSync(this.descriptor)
      throw error
    }
  }

  close(): void {
    closeSync(this.descriptor)
  }

  /**
   * The head of the frame after another one, or of the first.
   * @returns null at the end, be it one in order or one as a crash leaves it.
   * @throws TapeDamagedError
   */
  next(before: FrameHead | null): FrameHead | null {
    if (before !== null) this.count(before)
    const offset = before?.end ?? MAGIC.length
    if (offset >= this.size) return null
    const found = this.format.head(this, offset, before === null ? 0 : before.number + 1)
    if (found === 'damaged') throw this.damage(offset)
    if (found === 'torn') return this.tornAt(offset)
    const isWrongPlace = (found.kind === 'H') !== (before === null) || before?.kind === 'E'
    if (isWrongPlace || found.events > 0 !== (found.kind === 'B')) throw this.damage(offset)
    return found
  }

  /** @returns null where a crash has torn it. @throws TapeDamagedError */
  payload(head: FrameHead): Buffer | null {
    const found = this.format.payload(this, head)
    if (found === 'damaged') throw this.damage(head.offset)
    return found === 'torn' ? this.tornAt(head.offset) : found
  }

  /**
   * What is torn is what a crash left, unless the file has lost more since it was opened than a recorder cuts off, which is no
   * whole record. @throws TapeDamagedError
   */
  private tornAt(offset: number): null {
    const { size } = fstatSync(this.descriptor)
    if (size < this.size && size !== offset) throw this.damage(offset)
    return null
  }

  /** What is said of damage at a byte. */
  damage(offset: number, cause?: unknown): TapeDamagedError {
    const { path, events } = this
    const saved =
      events === 0
        ? 'no event before that can be read'
        : `${events} events before that can be read, from ${formatTime(this.firstTime)} to ${formatTime(this.lastTime)}`
    return new TapeDamagedError(path, `is damaged at byte ${offset}; ${saved}`, events, cause)
  }

  bytes(offset: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - offset))
    const buffer = Buffer.allocUnsafe(wanted)
    let filled = 0
    while (filled < wanted) {
      const count = readSync(this.descriptor, buffer, filled, wanted - filled, offset + filled)
      if (count === 0) break
      filled += count
    }
    return buffer.subarray(0, filled)
  }

  zerosFrom(): number {
    this.zeros ??= this.findZeros()
    return this.zeros
  }

  private findZeros(): number {
    for (let end = this.size; end > 0;) {
      const begin = Math.max(0, end - CHUNK_BYTES)
      const chunk = this.bytes(begin, end - begin)
      const last = chunk.findLastIndex((byte) => byte !== 0)
      if (last >= 0) return begin + last + 1
      end = begin
    }
    return 0
  }

  private count(head: FrameHead): void {
    if (head.kind !== 'B') return
    if (this.events === 0) this.firstTime = head.firstTime
    this.events += head.events
    this.lastTime = head.lastTime
  }
}

/**
 * Opens a file to read it, without waiting for anything. @throws Error where it cannot be opened, or is something else: a named
 * pipe would hold the whole process until somebody writes into it, and a folder or a device holds no tape.
 */
function openFile(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | WITHOUT_WAITING)
  if (fstatSync(descriptor).isFile()) return descriptor
  closeSync(descriptor)
  throw new Error(`${path} is no file`)
}
