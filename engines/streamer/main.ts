import * as z from 'zod'
import { DEFAULT_BOOK_LEVELS, MAX_BOOK_LEVELS } from '../domain/market/market.ts'
import type { Product } from '../domain/market/product.ts'
import { Bell } from '../edge/bell.ts'
import type { Clock } from '../edge/clock.ts'
import { deferred } from '../edge/deferred.ts'
import { EnvReader } from '../edge/process/env.ts'
import { listening } from '../edge/process/settings.ts'
import { runEngine, type Engine, type EngineProcess } from '../edge/process/process.ts'
import { openPlayback } from '../edge/tape/playback.ts'
import { createRecorder, type Recorder } from '../edge/tape/recorder.ts'
import { createPublisher, type Publisher, type SubscriberEntry } from '../edge/udp/publisher.ts'
import { stallWarnings } from '../edge/udp/watch.ts'
import { replay } from '../pipeline/replay.ts'
import { cutWindow } from '../pipeline/tape-window.ts'
import { createStreamerCore, type StreamerOutput } from './core.ts'
import { COINBASE_REST_URL, COINBASE_WS_URL, connectCoinbase, SILENCE_MS } from './exchanges/coinbase/connect.ts'

const settings = z.object({
  /** What it streams: the Coinbase feed (`sandbox` is that feed's protocol too), or a tape. */
  SOURCE: z.enum(['coinbase', 'sandbox', 'tape']).default('coinbase'),
  COINBASE_WS_URL: z.string().default(COINBASE_WS_URL),
  COINBASE_REST_URL: z.string().default(COINBASE_REST_URL),
  FEED_SILENCE_MS: z.number().int().min(100).max(600_000).default(SILENCE_MS),
  BOOK_LEVELS: z.number().int().min(1).max(MAX_BOOK_LEVELS).default(DEFAULT_BOOK_LEVELS),
  RECORD_PATH: z.string().optional(),
  RECORD_MAX_BYTES: z
    .number()
    .int()
    .min(1_000_000)
    .default(1024 ** 3),
  TAPE_PATH: z.string().optional(),
  REPLAY_SPEED: z.number().gt(0).default(1),
  LOSSLESS_CHAIN: listening.LOSSLESS_CHAIN,
  DURATION_SECONDS: z.number().min(1).optional(),
})

/** Where a streamer started from a shell serves its subscribers. */
const DEFAULT_BIND = { host: '127.0.0.1', port: 8888 }

type Settings = z.output<typeof settings>

/** What a source of events does once it is set up. */
interface Source {
  /** Somebody came or went. */
  subscribersChanged(subscribers: readonly SubscriberEntry[]): void
  /** Resolves with how it ended, by itself or by `stop`. */
  readonly ended: Promise<'COMPLETED' | 'STOPPED'>
  /** Share of its tape that was played; absent where there is none. */
  readonly progress?: () => number | null
  /** What is not as it should be right now. */
  readonly warnings?: () => readonly string[]
  /** Why what is made of it may not be believed; absent: nothing is known of. */
  readonly doubts?: readonly string[]
  stop(): void
  dispose(): Promise<void>
}

async function start(process: EngineProcess): Promise<Engine> {
  const env = new EnvReader(process.env)
  const bind = env.address('BIND_ADDR', DEFAULT_BIND)
  const products = env.products('PRODUCTS')
  const options = env.parameters(settings)
  if (options.SOURCE === 'tape' && options.TAPE_PATH === undefined) env.fault('TAPE_PATH must name a tape to play')
  if (options.RECORD_PATH !== undefined && !options.RECORD_PATH.endsWith('.tape')) {
    env.fault(`RECORD_PATH must end in .tape; got "${options.RECORD_PATH}"`)
  }
  env.finish()

  const { log, clock } = process
  let source: Source | null = null
  const publisher = await createPublisher({
    ...bind,
    now: () => clock.now(),
    random: Math.random,
    // A tape can wait; a venue does not.
    waitsFor: options.SOURCE === 'tape' ? (options.LOSSLESS_CHAIN ?? 'anybody') : 'nobody',
    onSubscribersChange: (subscribers) => source?.subscribersChanged(subscribers),
  })
  source =
    options.SOURCE === 'tape'
      ? playTape(options.TAPE_PATH ?? '', options, products, publisher, clock)
      : await followVenue(options, products, publisher, process)
  // Whoever subscribed while the source was set up.
  source.subscribersChanged(publisher.subscribers())
  log.info({ port: publisher.port, source: options.SOURCE }, 'streaming')
  process.tell({ type: 'ready', port: publisher.port })

  const run = async (live: Source): Promise<void> => {
    const reason = await live.ended
    if (!(await publisher.end(reason))) log.warn('a subscriber did not confirm that it has everything')
    process.tell({ type: 'ended', reason, fingerprint: null })
  }
  const running = source
  return {
    stop: () => running.stop(),
    ended: run(running),
    report: () => ({
      ...(running.progress === undefined ? {} : { progress: running.progress() }),
      emitted: publisher.emitted(),
      doubts: running.doubts ?? [],
      warnings: [...(running.warnings?.() ?? []), ...stallWarnings(publisher.stalled(), 'The tape', 'algorithm')],
    }),
    async dispose() {
      await running.dispose()
      await publisher.dispose()
    },
  }
}

/** Plays a tape once somebody listens. */
function playTape(
  path: string,
  options: Settings,
  products: readonly Product[],
  publisher: Publisher,
  clock: Clock,
): Source {
  const listened = deferred<void>()
  const stopping = new Bell()
  const { batches, progress, doubts } = openPlayback(path, options.DURATION_SECONDS ?? null)
  let stopped = false
  const play = async (): Promise<'COMPLETED' | 'STOPPED'> => {
    await stopping.orElse(listened.promise)
    if (stopped) return 'STOPPED'
    const window = { products, durationSeconds: options.DURATION_SECONDS ?? null }
    const whole = await replay(cutWindow(batches, window), publisher, {
      speed: options.REPLAY_SPEED,
      now: () => clock.now(),
      pause: (milliseconds) => pauseOr(clock, milliseconds, stopping),
      stopped: () => stopped,
      onTime: progress.reach,
    })
    return whole ? 'COMPLETED' : 'STOPPED'
  }
  return {
    subscribersChanged(subscribers) {
      // Whoever only looks on must not start a tape before the algorithm, which has to see all of it, is there.
      if (subscribers.some((one) => one.lossless)) listened.resolve()
    },
    ended: play(),
    progress: progress.share,
    doubts,
    stop() {
      stopped = true
      stopping.ring()
    },
    dispose: () => Promise.resolve(),
  }
}

/** Resolves after a time by the clock, or as soon as `early` rings. */
async function pauseOr(clock: Clock, milliseconds: number, early: Bell): Promise<void> {
  const over = deferred<void>()
  const cancel = clock.after(milliseconds, over.resolve)
  await early.orElse(over.promise)
  cancel()
}

/** Follows the Coinbase feed for the products named, and for those that subscribers ask for. */
async function followVenue(
  options: Settings,
  products: readonly Product[],
  publisher: Publisher,
  process: EngineProcess,
): Promise<Source> {
  const { log, clock } = process
  const core = createStreamerCore({ levels: options.BOOK_LEVELS })
  const recording = await openRecording(options, products, process)
  const end = deferred<'COMPLETED' | 'STOPPED'>()
  /** Once it is asked to stop, the venue may go on talking for a moment, but nothing may follow the end that is told. */
  let stopped = false
  let misdated = 0

  const emit = (output: StreamerOutput): void => {
    if (output.type === 'request') {
      connection.perform(output.request)
      return
    }
    const { event } = output
    publisher.publish(event)
    recording?.write(event)
    if (event.type === 'feed') log.info({ product: event.product, detail: event.detail }, `feed ${event.state}`)
  }
  const connection = connectCoinbase({
    wsUrl: options.COINBASE_WS_URL,
    restUrl: options.COINBASE_REST_URL,
    clock,
    random: Math.random,
    units: (product) => core.unitOf(product),
    onInput(input) {
      if (stopped) return
      core.step(input, emit)
      publisher.flush()
      if (input.type === 'garbage') tellGarbage(core.counts().garbage, input.reason, log)
      if (input.type === 'timer') misdated = tellMisdated(core.counts().misdated, misdated, log)
    },
    onLog: (level, message) => log[level](message),
    onFailure: end.reject,
    silenceMs: options.FEED_SILENCE_MS,
  })
  const want = (wanted: readonly Product[]): void => {
    if (wanted.length > 0 && !stopped) core.step({ type: 'subscribe', products: wanted, receivedAt: clock.now() }, emit)
  }
  want(products)
  return {
    subscribersChanged(subscribers) {
      want([...new Set(subscribers.flatMap((one) => one.products))])
      if (subscribers.length === 0 || stopped) return
      core.step({ type: 'announce', receivedAt: clock.now() }, emit)
      publisher.flush()
    },
    ended: end.promise,
    warnings: () => [...connection.warnings(), ...(recording?.warnings() ?? [])],
    stop() {
      stopped = true
      end.resolve('STOPPED')
    },
    async dispose() {
      await connection.dispose()
      await recording?.close()
    },
  }
}

/** Told at the first, second, fourth, eighth … frame, so that a venue gone mad does not fill the log. */
function tellGarbage(count: number, reason: string, log: EngineProcess['log']): void {
  if (!Number.isInteger(Math.log2(count))) return
  log.warn(`the venue has sent ${count} frames that are not of its protocol; the newest: ${reason}`)
}

/** Told once a second at most. @returns how many have been told of. */
function tellMisdated(count: number, told: number, log: EngineProcess['log']): number {
  if (count > told)
    log.warn(
      `the venue has dated ${count} messages too far ahead; what they say is taken for the present, by their place`,
    )
  return count
}

async function openRecording(
  options: Settings,
  products: readonly Product[],
  { clock, log }: EngineProcess,
): Promise<Recorder | null> {
  const { RECORD_PATH: path, RECORD_MAX_BYTES: maxBytes, SOURCE: source } = options
  if (path === undefined) return null
  const onLog = (level: 'info' | 'warn', message: string): void => log[level](message)
  return createRecorder({ path, source, products, startedAt: clock.now(), maxBytes, clock, onLog })
}

await runEngine('streamer', start)
