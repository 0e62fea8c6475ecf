import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { Bell } from '../../engines/edge/bell.ts'
import { deferred, type Deferred } from '../../engines/edge/deferred.ts'
import { isReply, redisKeys } from '../../engines/edge/redis/connection.ts'
import { describeRefusal } from '../../engines/edge/redis/refusal.ts'
import { eventsOf, lastGiven, type RawEntry, type StreamFollower, type StreamHandler } from './stream-entries.ts'

/** The consumer group of every run's stream. */
const GROUP = 'store'
/** The most entries of one stream that one read brings. */
const COUNT = 64
/** How long a read waits for entries; also how soon a stream that is followed newly is read at the latest. */
const BLOCK_MS = 250
/** How long reading pauses after Redis refused a command. */
const PAUSE_MS = 200
/** How often entries that could not be taken are delivered again. */
const AGAIN_MS = 1_000
/** After so many deliveries an entry is put aside. */
const MAX_DELIVERIES = 5
/** The most entries that are kept aside, the newest. */
const POISON_BOUND = 10_000
/** The most streams of runs that are over which are still to be removed. */
const LEFT_BOUND = 1_000

export interface EventStreamsOptions {
  /** For everything but reading. */
  readonly commands: Redis
  /** For reading alone, which blocks. */
  readonly reader: Redis
  /** Name of this server within the group. */
  readonly consumer: string
  /** Resolves when there is room in memory for more events. */
  readonly room: () => Promise<void>
  readonly log: Logger
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

class Followed implements StreamFollower {
  readonly key: string
  readonly handler: StreamHandler
  readonly #streams: EventStreams
  readonly inFlight = new Set<string>()
  /** Entries that could not be taken, with the newest reason. */
  readonly failed = new Map<string, string>()
  /** Entries that are durable and not yet taken out of the stream. */
  readonly settled: string[] = []
  /** Whether the group may be missing and pending entries may wait. */
  recover = true
  /** Whether its group was there once: where it is not any more, something was lost. */
  known = false
  /** Why it could not be read the last time; null: it could. */
  refusal: string | null = null
  /** The oldest entry that nobody here had been given when it was looked at last; null: none. */
  suspect: string | null = null
  waiting: Deferred<void> | null = null
  /** The newest entry when it was asked for all to be durable; null: not looked at yet. */
  newest: string | null = null

  constructor(key: string, handler: StreamHandler, streams: EventStreams) {
    this.key = key
    this.handler = handler
    this.#streams = streams
  }

  drained(): Promise<void> {
    this.waiting ??= deferred<void>()
    this.#streams.wake()
    return this.waiting.promise
  }

  trouble(): string | null {
    return this.refusal === null ? null : `Its events cannot be read from Redis: ${this.refusal}.`
  }

  end(): Promise<void> {
    return this.#streams.unfollow(this)
  }
}

/**
 * Reads the streams of the runs that this server answers for: in order, in a consumer group, acknowledged only once the
 * events are durable. What a server that is gone had read and not acknowledged is claimed; what cannot be taken is
 * delivered again and put aside after five times.
 */
export class EventStreams {
  readonly #options: EventStreamsOptions
  readonly #followed = new Set<Followed>()
  readonly #reading: Promise<void>
  readonly #timer: NodeJS.Timeout
  #sweeping: Promise<void> | null = null
  #wake = deferred<void>()
  /** Streams of runs that are over, which Redis did not remove yet. */
  readonly #left = new Set<string>()
  /** Whether a stream was removed that may be in the middle of being read. */
  #removed = false
  readonly #disposal = new Bell()
  #disposed = false

  constructor(options: EventStreamsOptions) {
    this.#options = options
    options.reader.on('ready', this.#recoverAll)
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = null))
    }, AGAIN_MS)
    this.#reading = this.#read()
  }

  follow(simulationId: string, handler: StreamHandler): StreamFollower {
    const followed = new Followed(redisKeys.events(simulationId), handler, this)
    this.#followed.add(followed)
    this.wake()
    return followed
  }

  async unfollow(followed: Followed): Promise<void> {
    this.#followed.delete(followed)
    this.#removed = true
    if (this.#left.size < LEFT_BOUND) this.#left.add(followed.key)
    await this.#clear()
  }

  /** Removes what is left of runs that are over; what Redis does not remove now goes later, at the latest by itself. */
  async #clear(): Promise<void> {
    const { commands } = this.#options
    const keys = [...this.#left]
    if (keys.length === 0 || commands.status !== 'ready') return
    try {
      await commands.del(...keys)
      for (const key of keys) this.#left.delete(key)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the streams of runs that are over could not be removed yet')
    }
  }

  wake(): void {
    this.#wake.resolve()
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    this.#disposal.ring()
    clearInterval(this.#timer)
    this.#options.reader.off('ready', this.#recoverAll)
    this.wake()
    this.#options.reader.disconnect()
    await this.#reading
    await this.#sweeping
  }

  readonly #recoverAll = (): void => {
    for (const followed of this.#followed) followed.recover = true
    this.wake()
  }

  async #read(): Promise<void> {
    const { reader, log } = this.#options
    while (!this.#disposed) {
      if (this.#followed.size === 0 || reader.status !== 'ready') {
        await this.#wake.promise
        this.#wake = deferred<void>()
        continue
      }
      try {
        await this.#readOnce()
      } catch (error) {
        if (this.#disposed) return
        // Redis refuses a read as a whole, before it delivers anything: the other streams are simply read again.
        if (this.#removed && error instanceof Error && /NOGROUP|UNBLOCKED/.test(error.message)) {
          this.#removed = false
          continue
        }
        // Nothing is lost by it: what was read and not acknowledged is claimed again.
        log.debug({ err: error }, 'reading the streams was interrupted')
        this.#recoverAll()
        this.#refused(error)
        await pause()
      }
    }
  }

  /** Redis said no to reading them all, and to none of them alone. */
  #refused(error: unknown): void {
    // The one that is wrong is found, and made good, by itself; it may have been only now.
    if (!isReply(error) || /^(NOGROUP|UNBLOCKED|WRONGTYPE)/.test(error.message)) return
    for (const followed of this.#followed) followed.refusal = describeRefusal(error.message)
  }

  /** One that cannot be read is left out, and tried again: it must not keep the others from being read. */
  async #ready(): Promise<readonly Followed[]> {
    for (const followed of this.#followed) {
      if (!followed.recover) continue
      try {
        await this.#recover(followed)
      } catch (error) {
        if (!isReply(error)) throw error
        if (error.message.startsWith('WRONGTYPE')) await this.#heal(followed)
        followed.refusal = describeRefusal(error.message)
        this.#options.log.warn({ stream: followed.key, err: error }, 'a stream cannot be read')
      }
    }
    return [...this.#followed].filter((followed) => !followed.recover)
  }

  /** Something that is no stream stands where a run's stream was. */
  async #heal({ key }: Followed): Promise<void> {
    const { reader, log } = this.#options
    const type = await reader.type(key)
    if (type === 'stream' || type === 'none') return
    await reader.del(key)
    log.warn({ stream: key, type }, 'something that is no stream stood in the place of one, and was removed')
  }

  async #readOnce(): Promise<void> {
    const followed = await this.#ready()
    // A database that is away must not keep this from being disposed of.
    await this.#disposal.orElse(this.#options.room())
    if (this.#disposed) return
    if (followed.length === 0) return pause()
    const keys = followed.map((one) => one.key)
    const answer = (await this.#options.reader.call(
      'XREADGROUP',
      ...['GROUP', GROUP, this.#options.consumer, 'COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys],
      ...keys.map(() => '>'),
    )) as readonly (readonly [key: string, entries: readonly RawEntry[]])[] | null
    for (const one of followed) one.refusal = null
    for (const [key, entries] of answer ?? []) {
      const one = followed.find((each) => each.key === key)
      for (const entry of entries) if (one !== undefined) this.#deliver(one, entry, false)
    }
    for (const one of followed) if (one.waiting !== null) await this.#checkDrained(one)
  }

  /** Makes the group where it is not there, and takes what was delivered to anybody and never acknowledged. */
  async #recover(followed: Followed): Promise<void> {
    const { reader, consumer } = this.#options
    try {
      await reader.call('XGROUP', 'CREATE', followed.key, GROUP, '0', 'MKSTREAM')
      if (followed.known) followed.handler.onLost()
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error
    }
    for (let cursor = '0-0', first = true; first || cursor !== '0-0'; first = false) {
      const answer = (await reader.call(
        'XAUTOCLAIM',
        ...[followed.key, GROUP, consumer, '0', cursor, 'COUNT', COUNT, 'JUSTID'],
      )) as readonly [next: string, ids: readonly string[]]
      cursor = answer[0]
      // What is here already is not delivered again, and must not be counted so.
      const ids = answer[1].filter((id) => !followed.inFlight.has(id) && !followed.failed.has(id))
      if (ids.length === 0) continue
      const entries = (await reader.call('XCLAIM', followed.key, GROUP, consumer, '0', ...ids)) as readonly RawEntry[]
      for (const entry of entries) this.#deliver(followed, entry, false)
    }
    followed.known = true
    followed.recover = false
  }

  #deliver(followed: Followed, [id, fields]: RawEntry, again: boolean): void {
    // One that was let go of meanwhile takes nothing more.
    if (fields === null || !this.#followed.has(followed)) return
    followed.inFlight.add(id)
    const text = fields[fields.indexOf('events') + 1] ?? ''
    const take = async (): Promise<void> => followed.handler.take({ events: eventsOf(text), text, again })
    take().then(
      () => {
        followed.inFlight.delete(id)
        followed.failed.delete(id)
        if (followed.settled.push(id) === 1) setImmediate(() => void this.#acknowledge(followed))
      },
      (error: unknown) => {
        followed.inFlight.delete(id)
        followed.failed.set(id, error instanceof Error ? error.message : String(error))
      },
    )
  }

  /** Takes what is durable out of the stream. Where that fails, it is delivered again, known again, and taken out then. */
  async #acknowledge(followed: Followed): Promise<void> {
    const ids = followed.settled.splice(0)
    try {
      const pipeline = this.#options.commands.pipeline()
      pipeline.xack(followed.key, GROUP, ...ids)
      pipeline.xdel(followed.key, ...ids)
      const answers = (await pipeline.exec()) ?? []
      const refused = answers.find(([error]) => error !== null)
      if (refused?.[0]) throw refused[0]
      if (followed.waiting !== null) await this.#checkDrained(followed)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'entries could not be acknowledged and will come again')
      followed.recover = true
    }
  }

  async #checkDrained(followed: Followed): Promise<void> {
    // Without its group, what is in it was not even read.
    if (followed.recover) return
    const { commands } = this.#options
    followed.newest ??= (await commands.xrevrange(followed.key, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
    // An entry is taken out once it is durable, or put aside.
    const left = await commands.xrange(followed.key, '-', followed.newest, 'COUNT', 1)
    if (left.length === 0) followed.waiting?.resolve()
  }

  /** Delivers what could not be taken once more, or puts it aside. */
  async #sweep(): Promise<void> {
    await this.#clear()
    for (const followed of this.#followed) {
      await this.#findSkipped(followed).catch((error: unknown) => {
        this.#options.log.debug({ err: error }, 'a stream could not be looked through yet')
      })
      for (const [id, reason] of followed.failed) {
        // Delivered again a while ago, and still on its way into the store.
        if (followed.inFlight.has(id)) continue
        await this.#again(followed, id, reason).catch((error: unknown) => {
          this.#options.log.debug({ err: error }, 'an entry could not be delivered again yet')
        })
      }
    }
  }

  /**
   * The group may have been set past entries that nobody was given (`XGROUP SETID`): they are claimed, as if they had been.
   * What is only on its way here is not there any more, or known, a sweep later.
   */
  async #findSkipped(followed: Followed): Promise<void> {
    const { commands, consumer } = this.#options
    if (followed.recover || commands.status !== 'ready') return
    const { key, suspect } = followed
    const oldest = (await commands.xrange(key, '-', '+', 'COUNT', 1))[0]?.[0] ?? null
    followed.suspect = oldest !== null && this.#knows(followed, oldest) ? null : oldest
    if (oldest === null || oldest !== suspect || followed.suspect === null) return
    const given = lastGiven(await commands.call('XINFO', 'GROUPS', key), GROUP)
    const skipped = await commands.xrange(key, '-', given, 'COUNT', COUNT)
    const ids = skipped.map(([id]) => id).filter((id) => !this.#knows(followed, id))
    if (ids.length === 0) return
    const claimed = await commands.call('XCLAIM', key, GROUP, consumer, '0', ...ids, 'FORCE')
    for (const entry of claimed as readonly RawEntry[]) this.#deliver(followed, entry, false)
  }

  #knows({ inFlight, failed, settled }: Followed, id: string): boolean {
    return inFlight.has(id) || failed.has(id) || settled.includes(id)
  }

  async #again(followed: Followed, id: string, reason: string): Promise<void> {
    const { commands, consumer } = this.#options
    const [pending] = (await commands.call('XPENDING', followed.key, GROUP, id, id, '1')) as readonly (readonly [
      id: string,
      consumer: string,
      idle: number,
      deliveries: number,
    ])[]
    if (pending === undefined) {
      followed.failed.delete(id)
      return
    }
    if (pending[3] >= MAX_DELIVERIES) return this.#putAside(followed, id, reason)
    const [entry] = (await commands.call('XCLAIM', followed.key, GROUP, consumer, '0', id)) as readonly RawEntry[]
    if (entry !== undefined) this.#deliver(followed, entry, true)
  }

  async #putAside(followed: Followed, id: string, reason: string): Promise<void> {
    const { commands, log } = this.#options
    const [entry] = (await commands.call('XRANGE', followed.key, id, id)) as readonly RawEntry[]
    const transaction = commands.multi()
    const fields = ['stream', followed.key, 'entry', id, 'reason', reason, ...(entry?.[1] ?? [])]
    transaction.call('XADD', redisKeys.poison, 'MAXLEN', '~', String(POISON_BOUND), '*', ...fields)
    transaction.xack(followed.key, GROUP, id)
    transaction.xdel(followed.key, id)
    const answers = (await transaction.exec()) ?? []
    const lost = answers[0]?.[0] ?? null
    if (lost !== null) log.error({ err: lost, entry }, `an entry could not be kept in ${redisKeys.poison}`)
    followed.failed.delete(id)
    log.error({ stream: followed.key, entry: id, reason }, `an entry was put aside into ${redisKeys.poison}`)
    followed.handler.onPoison(reason)
    if (followed.waiting !== null) await this.#checkDrained(followed)
  }
}
