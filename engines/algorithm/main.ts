import * as z from 'zod'
import type { MarketEvent } from '../domain/market/market.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { EndReason } from '../edge/process/control.ts'
import { deferred } from '../edge/deferred.ts'
import { EnvReader } from '../edge/process/env.ts'
import { createLatencyMeter } from '../edge/latency.ts'
import { listening } from '../edge/process/settings.ts'
import { createWatchdog } from '../edge/watchdog/watchdog.ts'
import { runEngine, type Engine, type EngineProcess } from '../edge/process/process.ts'
import { createPublisher, type Publisher } from '../edge/udp/publisher.ts'
import { createSubscriber, type Subscriber } from '../edge/udp/subscriber.ts'
import { SourceWatch, stallWarnings } from '../edge/udp/watch.ts'
import type { WireMessage } from '../wire/message.ts'
import { readSwitches } from '../domain/trading/switches.ts'
import type { Parameters } from '../domain/simulation.ts'
import { simulatorParameters } from '../simulator/parameters.ts'
import { simulatorSettings } from '../simulator/settings.ts'
import { AccountCore, type AccountOutput } from './account-core.ts'
import { catalog } from './catalog.ts'
import { createAlgorithmCore } from './core.ts'
import type { Algorithm } from './define-algorithm.ts'

const settings = z.object({
  STREAMING_SOURCE_IP: z.string().default('127.0.0.1'),
  STREAMING_SOURCE_PORT: z.number().int().min(1).max(65_535).default(8888),
  ALGORITHM: z.string().default('rsi'),
  ...listening,
})

/** How long an algorithm may take over one event. */
const HANG_MS = 5_000

/** Where an algorithm started from a shell serves the simulator. */
const DEFAULT_BIND = { host: '127.0.0.1', port: 8889 }

/**
 * One algorithm between streamer and simulator. It subscribes to the streamer once somebody has subscribed to it, so
 * that whoever listens misses nothing, and passes each market event on, followed by the signals it raised.
 */
async function start(process: EngineProcess): Promise<Engine> {
  const env = new EnvReader(process.env)
  const options = env.parameters(settings)
  const { STREAMING_SOURCE_IP, STREAMING_SOURCE_PORT, ALGORITHM, LOSSLESS, LOSSLESS_CHAIN } = options
  const bind = env.address('BIND_ADDR', DEFAULT_BIND)
  const products = env.products('PRODUCTS')
  const algorithm = catalog.find(ALGORITHM)
  if (algorithm === null) {
    const names = catalog.list().map((known) => known.name)
    env.fault(`ALGORITHM: there is no algorithm "${ALGORITHM}"; there are ${names.join(', ')}`)
  }
  const parameters = algorithm === null ? {} : env.parameters(algorithm.parameters)
  // Whoever trades on an account keeps it by the simulator's own parameters.
  const account = typeof algorithm?.strategy === 'function' ? env.parameters(simulatorParameters) : null
  env.finish()
  if (algorithm === null) throw new Error('unreachable: an unknown algorithm was refused')

  const { clock, log } = process
  const core = account === null ? createAlgorithmCore(algorithm, parameters) : null
  const strategy = account === null ? null : accountCore(algorithm, parameters, account)
  // A thread costs ten megabytes: for those that are the newest kind alone.
  const watchdog = account === null ? null : createWatchdog({ limitMs: HANG_MS, whose: `The algorithm "${ALGORITHM}"` })
  const latency = createLatencyMeter()
  const watch = new SourceWatch({ taker: 'algorithm', source: 'streamer', now: () => performance.now() })
  const raised: (Signal | AccountOutput)[] = []
  const collect = (output: Signal | AccountOutput): void => void raised.push(output)
  const end = deferred<void>()
  /** Latencies of the batch at hand, in microseconds. */
  const taken: number[] = []
  let opening: Promise<Subscriber> | null = null
  let upstream: Subscriber | null = null
  let held = false
  let ending = false

  const pass = (message: WireMessage, sentAt: number): void => {
    // Signals and the like have no place in a streamer's session; whoever sends them is not one.
    if (message.type === 'signal' || message.type === 'command' || message.type === 'trading') return
    watch.took(message)
    if (!publishWithSignals(message, sentAt) && LOSSLESS) holdUpstream()
  }
  const publishWithSignals = (event: MarketEvent, sentAt: number): boolean => {
    strategy?.before(event, collect)
    publishRaised(sentAt)
    watchdog?.enter()
    core?.step(event, collect)
    strategy?.step(event, collect)
    watchdog?.leave()
    const room = publisher.publish(event)
    return publishRaised(sentAt) && room
  }
  /** @returns whether there is room for more */
  const publishRaised = (sentAt: number): boolean => {
    let room = true
    for (const output of raised) {
      room = publisher.publish(onTheWire(output, sentAt)) && room
      if (sentAt > 0) taken.push(clock.now() - sentAt)
    }
    raised.length = 0
    return room
  }
  const sendOn = (): void => {
    publisher.flush()
    // Noted only now: the signals are on their way.
    for (const micros of taken) latency.record(micros)
    taken.length = 0
  }
  /** The simulator is a full window behind: whatever plays the tape shall wait too. */
  const holdUpstream = (): void => {
    if (held) return
    held = true
    upstream?.hold()
    publisher
      .whenReady()
      .then(() => {
        held = false
        upstream?.release()
      })
      .catch(end.reject)
  }
  const finish = async (reason: EndReason): Promise<void> => {
    if (ending) return
    ending = true
    if (upstream?.state() === 'silent' && !LOSSLESS) watch.left()
    await (await opening)?.dispose()
    strategy?.check(collect)
    publishRaised(0)
    const all = await publisher.end(reason)
    if (!all) log.warn('a subscriber did not confirm that it has everything')
    end.resolve()
  }
  const subscribe = async (): Promise<Subscriber> => {
    const subscriber = await createSubscriber({
      source: { host: STREAMING_SOURCE_IP, port: STREAMING_SOURCE_PORT },
      products,
      lossless: LOSSLESS,
      ...(LOSSLESS_CHAIN === undefined ? {} : { key: LOSSLESS_CHAIN }),
      silenceMs: options.SOURCE_SILENCE_MS,
      now: () => clock.now(),
      random: Math.random,
      onMessage: pass,
      onBatchEnd: sendOn,
      onEnd: (reason) => void finish(reason === 'STOPPED' ? 'STOPPED' : 'COMPLETED').catch(end.reject),
      onLost: (count) => {
        watch.lost(count)
        log.warn({ count }, 'messages of the streamer are lost')
      },
      onSilence: () => {
        watch.silent()
        log.warn('the streamer is silent')
      },
      onVoice: () => {
        watch.heard()
        log.info('the streamer speaks again')
      },
      onRestart: () => {
        watch.restarted()
        log.warn('another streamer is in the place of the first')
      },
      onRefused: (reason) => {
        watch.refused(reason)
        log.warn({ reason }, 'the streamer refuses the subscription')
      },
    })
    upstream = subscriber
    subscriber
      .whenSubscribed()
      .then(() => {
        watch.answered()
        if (LOSSLESS && !subscriber.awaited())
          log.warn('the streamer does not wait for this algorithm: see LOSSLESS_CHAIN')
        log.info('subscribed to the streamer')
        process.tell({ type: 'connected' })
      })
      .catch(end.reject)
    return subscriber
  }
  const publisher: Publisher = await createPublisher({
    host: bind.host,
    port: bind.port,
    now: () => clock.now(),
    random: Math.random,
    waitsFor: LOSSLESS ? (LOSSLESS_CHAIN ?? 'anybody') : 'nobody',
    onSubscribersChange: (subscribers) => {
      // A tape begins for whom it waits: somebody who only looks on must not start it before the simulator is there.
      const heard = LOSSLESS ? subscribers.some((one) => one.lossless) : subscribers.length > 0
      if (!heard || opening !== null || ending) return
      opening = subscribe()
      opening.catch(end.reject)
    },
  })
  process.onControl((message) => {
    if (message.type !== 'trading' || strategy === null || ending) return
    strategy.setTrading(message.state, collect)
    publishRaised(0)
    publisher.flush()
    log.info({ state: message.state }, 'trading was switched')
  })
  log.info({ port: publisher.port, algorithm: ALGORITHM, parameters }, 'waiting for a subscriber')
  process.tell({ type: 'ready', port: publisher.port })

  return {
    stop: () => void finish('STOPPED').catch(end.reject),
    ended: end.promise,
    report() {
      const figures = latency.figures()
      const reached = upstream?.reached() ?? null
      return {
        emitted: publisher.emitted(),
        warnings: [...watch.warnings(), ...stallWarnings(publisher.stalled(), 'The algorithm', 'simulator')],
        doubts: watch.doubts(),
        ...(reached === null ? {} : { reached }),
        ...(figures === null ? {} : { latency: { tickToSignal: figures } }),
        ...(upstream === null ? {} : { quality: upstream.statistics() }),
      }
    },
    async dispose() {
      await watchdog?.dispose()
      await (await opening)?.dispose()
      await publisher.dispose()
    },
  }
}

function accountCore(algorithm: Algorithm, given: Parameters, account: Parameters): AccountCore {
  const switches = readSwitches(simulatorParameters.parse(account).TRADING_SWITCHES)
  return new AccountCore(algorithm.strategy!(given), simulatorSettings(account).broker, switches)
}

function onTheWire(output: Signal | AccountOutput, originSentAt: number): WireMessage {
  if (output.type === 'signal') return { ...output, originSentAt }
  return output.type === 'trading' ? { ...output, product: '' } : output
}

await runEngine('algorithm', start)
