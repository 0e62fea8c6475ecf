import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { Micros } from '../../domain/time.ts'
import type { Clock } from '../clock.ts'
import { clockTime, SINK_BOUND, WindowSink } from '../sink/event-sink.ts'
import { encodeJson } from '../json.ts'
import { redisKeys } from './connection.ts'
import { describeRefusal } from './refusal.ts'

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
/** How long Redis may take nothing before events go another way. Longer than a connection takes that was cut. */
const ASIDE_MS = 1_000

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
  /** Another way to whoever acknowledges, taken while Redis takes nothing; null: there is none. */
  readonly aside: ((events: readonly SimulatorEvent[]) => void) | null
}

/**
 * A sink over a Redis stream, with live portfolios on a channel besides. Whatever happens to the connection, and to what
 * Redis held, every event that is not acknowledged is put into the stream again once Redis is back, in order; whoever
 * reads knows by the sequence what it had. While Redis takes nothing, events go aside, if there is a way.
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
  #probing = false
  /** Since when, and why, Redis takes nothing; null: it does. */
  #broken: { readonly since: Micros; readonly reason: string } | null = null
  /** Whether events go the other way. */
  #isAside = false
  #cancelAside: (() => void) | null = null
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

  override acknowledge(sequence: number): void {
    super.acknowledge(sequence)
    if (this.#isAside) this.flush()
  }

  override warnings(): readonly string[] {
    const broken = this.#broken
    if (broken === null || this.#options.clock.now() - broken.since < ASIDE_MS * 1_000) return super.warnings()
    const what = this.#isAside
      ? 'They are handed to the server directly meanwhile.'
      : 'They wait in the simulator, which has no other way.'
    const since = clockTime(broken.since)
    return [`Redis takes no events since ${since} (${describeRefusal(broken.reason)}). ${what}`, ...super.warnings()]
  }

  /** Resolves when all is stored, or, where that takes too long, when all is in the stream for whoever stores it later. */
  override async close(): Promise<void> {
    this.flush()
    const { clock } = this.#options
    const cancel = clock.after(STORED_MS, () => {
      this.#graceOver = true
      this.wake()
    })
    // Also where Redis only hangs, or holds what nobody can read out of it: there is no time left to find out.
    if (this.#broken !== null) this.#turnAside()
    else this.#cancelAside ??= clock.after(ASIDE_MS, this.#turnAside)
    await this.until(() => this.acknowledged >= this.written || (this.#graceOver && this.#carried >= this.written))
    cancel()
    this.#cancelAside?.()
    this.#cancelRetry?.()
    this.#options.redis.off('close', this.#lose)
    this.#options.redis.off('ready', this.#mend)
  }

  protected override sendUpTo(): number {
    // The way aside has no bound of its own.
    return this.#isAside ? Math.min(this.written, this.acknowledged + SINK_BOUND) : this.written
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
    if (this.#isAside) {
      this.#options.aside?.(events)
      return
    }
    if (this.#broken !== null) {
      // The window alone holds them; they are sent again once the connection is mended.
      this.#tell('there is no connection')
      return
    }
    this.#queue.push(events)
    if (!this.#carrying) void this.#carry()
  }

  readonly #turnAside = (): void => {
    this.#cancelAside = null
    if (this.#isAside || this.#options.aside === null) return
    this.#isAside = true
    this.resume(this.acknowledged)
  }

  async #carry(): Promise<void> {
    this.#carrying = true
    while (this.#queue.length > 0 && this.#broken === null) {
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
    this.#carried = Math.max(this.#carried, sequence)
    if (!this.#options.acknowledged) this.acknowledge(sequence)
    this.wake()
  }

  /** The Redis that comes back may hold nothing of what this one held. */
  readonly #lose = (): void => {
    this.#carried = this.acknowledged
    this.#stop('there is no connection')
  }

  #stop(reason: string): void {
    const { clock, aside } = this.#options
    this.#broken = { since: this.#broken?.since ?? clock.now(), reason }
    this.#queue.length = 0
    if (aside !== null && !this.#isAside) this.#cancelAside ??= clock.after(ASIDE_MS, this.#turnAside)
  }

  #tell(reason: string): void {
    const what =
      this.#options.aside === null
        ? 'events cannot be put into Redis and wait in memory'
        : 'events cannot be put into Redis; they are handed to the server directly'
    if (!this.#told) this.#options.log.warn({ reason }, what)
    this.#told = true
  }

  #break(error: Error): void {
    const { redis, clock } = this.#options
    this.#stop(error.message)
    this.#tell(error.message)
    // A connection that hangs must be made anew; one that is gone mends itself.
    if (/timed out/i.test(error.message)) redis.disconnect(true)
    this.#cancelRetry?.()
    this.#cancelRetry = clock.after(RETRY_MS, this.#mend)
  }

  readonly #mend = (): void => {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    if (this.#broken === null || this.#probing) return
    if (this.#options.redis.status !== 'ready') {
      this.#cancelRetry = this.#options.clock.after(RETRY_MS, this.#mend)
      return
    }
    void this.#probe()
  }

  /** Whether Redis takes something again is seen with a batch of no events, while they go on aside. */
  async #probe(): Promise<void> {
    this.#probing = true
    const error = await this.#add([[]])
    this.#probing = false
    if (error !== null) return this.#break(error)
    if (this.#told) this.#options.log.info('Redis takes events again; those that were not stored are put in once more')
    this.#told = false
    this.#broken = null
    this.#cancelAside?.()
    this.#cancelAside = null
    this.#isAside = false
    this.resume(this.acknowledged)
  }
}
