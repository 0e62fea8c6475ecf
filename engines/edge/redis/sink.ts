import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../domain/event.ts'
import type { Clock } from '../clock.ts'
import { WindowSink } from '../sink/event-sink.ts'
import { encodeJson } from '../json.ts'
import { redisKeys } from './connection.ts'

/**
 * The most events that a simulator holds, and so the most that its stream holds (once more for each time that the
 * connection was lost while they were not stored): an event leaves both once it is stored.
 * At the bound the simulator reads no more of its feed; a tape waits for it, of a live feed what goes by is counted as
 * lost. It covers an outage of a minute at 800 events a second.
 */
export const STREAM_BOUND = 50_000

/**
 * How long a stream stays to which nothing is added any more, and which nobody removes: that of a run whose server hung
 * while another one ended it. Longer than anybody leaves a platform down whose last events are to be stored yet.
 */
const KEEP_SECONDS = 7 * 86_400

/** The most batches that are sent before their answers came. */
const PIPELINE = 16
/** How long Redis may refuse a write before it is asked again. */
const RETRY_MS = 500
/** How long an end waits for the events to be stored, once all of them are in the stream. */
const STORED_MS = 2_000

export interface RedisSinkOptions {
  readonly redis: Redis
  readonly simulationId: string
  readonly clock: Clock
  readonly log: Logger
  readonly bound?: number
  /**
   * Whether somebody stores the events and acknowledges them. Without, an event is let go of once it is in the stream,
   * which then keeps about the newest {@link STREAM_BOUND} entries.
   */
  readonly acknowledged: boolean
}

/**
 * A sink over a Redis stream, with live portfolios on a channel besides. Whatever happens to the connection, and to what
 * Redis held, every event that is not acknowledged is put into the stream again once Redis is back, in order; whoever
 * reads knows by the sequence what it had.
 */
export class RedisSink extends WindowSink {
  readonly #options: RedisSinkOptions
  readonly #key: string
  readonly #channel: string
  readonly #queue: (readonly SimulatorEvent[])[] = []
  /** Sequence of the newest event that the stream holds, or held. */
  #carried = 0
  /** The newest portfolio that was not published yet. */
  #portfolio: SimulatorEvent | null = null
  #carrying = false
  #broken = false
  #cancelRetry: (() => void) | null = null
  #graceOver = false
  /** Whether it was told that Redis takes no events; once an outage. */
  #told = false

  constructor(options: RedisSinkOptions) {
    super((events) => this.#put(events), options.clock, options.bound ?? STREAM_BOUND)
    this.#options = options
    this.#key = redisKeys.events(options.simulationId)
    this.#channel = redisKeys.portfolio(options.simulationId)
    options.redis.on('close', this.#lose)
    options.redis.on('ready', this.#mend)
  }

  override write(event: SimulatorEvent): void {
    if (event.type === 'portfolio' || event.type === 'finished') this.#portfolio = event
    super.write(event)
  }

  /** Resolves when all is stored, or, where that takes too long, when all is in the stream for whoever stores it later. */
  override async close(): Promise<void> {
    this.flush()
    const cancel = this.#options.clock.after(STORED_MS, () => {
      this.#graceOver = true
      this.wake()
    })
    await this.until(() => this.acknowledged >= this.written || (this.#graceOver && this.#carried >= this.written))
    cancel()
    this.#cancelRetry?.()
    this.#options.redis.off('close', this.#lose)
    this.#options.redis.off('ready', this.#mend)
  }

  /** Live only, the newest with each batch: who misses it gets the next one. While Redis is away nobody could hear it. */
  #publish(): void {
    const portfolio = this.#portfolio
    this.#portfolio = null
    const { redis } = this.#options
    if (portfolio === null || redis.status !== 'ready') return
    redis.publish(this.#channel, encodeJson([portfolio])).catch(() => undefined)
  }

  #put(events: readonly SimulatorEvent[]): void {
    this.#publish()
    if (this.#broken) {
      // The window alone holds them; they are sent again once the connection is mended.
      this.#tell('there is no connection')
      return
    }
    this.#queue.push(events)
    if (!this.#carrying) void this.#carry()
  }

  async #carry(): Promise<void> {
    this.#carrying = true
    while (this.#queue.length > 0 && !this.#broken) {
      const batches = this.#queue.splice(0, PIPELINE)
      const error = await this.#add(batches)
      if (error !== null) this.#break(error)
      else this.#handedOver(batches.at(-1)?.at(-1)?.sequence ?? 0)
    }
    this.#carrying = false
  }

  async #add(batches: readonly (readonly SimulatorEvent[])[]): Promise<Error | null> {
    const { redis, acknowledged } = this.#options
    const trim = acknowledged ? [] : ['MAXLEN', '~', String(STREAM_BOUND)]
    const pipeline = redis.pipeline()
    for (const events of batches) pipeline.call('XADD', this.#key, ...trim, '*', 'events', encodeJson(events))
    pipeline.expire(this.#key, KEEP_SECONDS)
    try {
      const answers = (await pipeline.exec()) ?? []
      return answers.find(([error]) => error !== null)?.[0] ?? null
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #handedOver(sequence: number): void {
    if (this.#told) this.#options.log.info('Redis takes events again; those that were not stored were put in once more')
    this.#told = false
    this.#carried = Math.max(this.#carried, sequence)
    if (!this.#options.acknowledged) this.acknowledge(sequence)
    this.wake()
  }

  /** The Redis that comes back may hold nothing of what this one held. */
  readonly #lose = (): void => {
    this.#broken = true
    this.#queue.length = 0
    this.#carried = this.acknowledged
  }

  #tell(reason: string): void {
    if (!this.#told) this.#options.log.warn({ reason }, 'events cannot be put into Redis and wait in memory')
    this.#told = true
  }

  #break(error: Error): void {
    const { redis, clock } = this.#options
    this.#broken = true
    this.#queue.length = 0
    this.#tell(error.message)
    // A connection that hangs must be made anew; one that is gone mends itself.
    if (/timed out/i.test(error.message)) redis.disconnect(true)
    this.#cancelRetry = clock.after(RETRY_MS, this.#mend)
  }

  readonly #mend = (): void => {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    if (!this.#broken) return
    if (this.#options.redis.status !== 'ready') {
      this.#cancelRetry = this.#options.clock.after(RETRY_MS, this.#mend)
      return
    }
    this.#broken = false
    this.resume(this.acknowledged)
  }
}
