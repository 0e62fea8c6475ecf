import type { FeedStatus, MarketEvent } from '../../domain/market/market.ts'
import { NOT_RECORDED } from '../../domain/quality.ts'
import type { Product } from '../../domain/market/product.ts'
import { formatTime } from '../../domain/time.ts'
import type { Clock } from '../clock.ts'
import { TapeDamagedError } from './frames.ts'
import { createTapeWriter, type TapeWriter, type TapeWriterOptions } from './writer.ts'

/** How long it waits before it tries again to write. */
const AGAIN_MS = 5_000

/** Records a live feed onto a tape as long as it goes on, whatever the disk does meanwhile. */
export interface Recorder {
  /** Takes an event; never blocks. What comes while nothing can be written is missed, and told on the tape as a gap. */
  write(event: MarketEvent): void
  /** Why nothing is being recorded right now, a sentence for a person; empty: it is being recorded. */
  warnings(): readonly string[]
  /** Writes what there is, and the end mark. */
  close(): Promise<void>
}

export interface RecorderOptions extends TapeWriterOptions {
  readonly clock: Clock
  readonly onLog: (level: 'info' | 'warn', message: string) => void
}

/** Opens the tape, or tries it again later where that fails. */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const recorder = new TapeRecorder(options)
  await recorder.attempt()
  return recorder
}

class TapeRecorder implements Recorder {
  private readonly options: RecorderOptions
  private writer: TapeWriter | null = null
  /** Why events are not taken; null while they are. */
  private fault: string | null = 'it has not begun'
  /** Whether nothing will ever be recorded again: no more attempts. */
  private hasEnded = false
  private isClosed = false
  private attempting: Promise<void> | null = null
  private cancel: (() => void) | null = null
  /** The newest trade that the feed told of each product, which its products bound. */
  private readonly seen = new Map<Product, number>()

  constructor(options: RecorderOptions) {
    this.options = options
  }

  write(event: MarketEvent): void {
    if (this.fault === null && this.writer?.write(event) !== true) this.look()
    if (event.type === 'tick') this.seen.set(event.product, event.tradeId)
  }

  warnings(): readonly string[] {
    this.look()
    if (this.fault === null) return []
    const next = this.hasEnded ? 'It is not tried again.' : 'It is tried again every few seconds; the run goes on.'
    return [`${NOT_RECORDED}${this.fault}. ${next}`]
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.cancel?.()
    await this.attempting
    await this.writer?.close()
  }

  /** Tries to write; resolves when it is known whether that goes. */
  attempt(): Promise<void> {
    this.cancel = null
    this.attempting = this.open().then(
      () => undefined,
      (error: unknown) => {
        // What is damaged, or somebody else's, does not mend itself.
        this.fail(error instanceof Error ? error.message : String(error), error instanceof TapeDamagedError)
      },
    )
    return this.attempting
  }

  private async open(): Promise<void> {
    const isNew = this.writer === null
    this.writer ??= await createTapeWriter(this.options)
    const writer = this.writer
    if (!(await writer.resume())) return this.failAs(writer)
    if (this.isClosed) return
    const { kept } = writer
    // Nothing comes in between: from here on up to the next event, this runs without a pause.
    if (kept.events > 0) for (const status of interruption(writer, this.fault ?? '', this.seen)) writer.write(status)
    this.fault = null
    await writer.flush()
    if (writer.stopped !== null) return this.failAs(writer)
    if (!isNew) this.options.onLog('info', 'recording goes on; what was missed is told on the tape as a gap')
  }

  /** Sees to a writer that has stopped by itself. */
  private look(): void {
    if (this.fault === null && this.writer !== null && this.writer.stopped !== null) this.failAs(this.writer)
  }

  private failAs(writer: TapeWriter): void {
    this.fail(writer.stopped?.reason ?? 'the tape is closed', writer.stopped?.final ?? true)
  }

  private fail(reason: string, final: boolean): void {
    if (this.fault !== reason) this.options.onLog('warn', `recording has stopped: ${reason}; streaming goes on`)
    this.fault = reason
    this.hasEnded = final
    if (this.isClosed || final || this.cancel !== null) return
    this.cancel = this.options.clock.after(AGAIN_MS, () => void this.attempt())
  }
}

/**
 * What a tape says where it was interrupted: prices and books are not known from then until they are told again, and how
 * many trades of each product are missing. Sequence and time are the writer's to give.
 */
function interruption(writer: TapeWriter, reason: string, seen: ReadonlyMap<Product, number>): readonly FeedStatus[] {
  const { lastTime, trades } = writer.kept
  const detail = `the recording was interrupted at ${formatTime(lastTime)}: ${reason}`.slice(0, 200)
  const status = (state: FeedStatus['state'], product: Product = '', count = 0): FeedStatus => {
    return { type: 'feed', state, product, count, detail, sequence: 0, time: 0 }
  }
  const gaps = [...seen].flatMap(([product, newest]) => {
    const missing = newest - (trades.get(product) ?? newest)
    return missing > 0 ? [status('GAP', product, missing)] : []
  })
  return [status('RECONNECTING'), ...(gaps.length > 0 ? gaps : [status('GAP')]), status('CONNECTED')]
}
