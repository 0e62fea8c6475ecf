import * as z from 'zod'
import type { InstrumentNotice } from '../domain/market/market.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { EndReason } from '../edge/process/control.ts'
import { deferred } from '../edge/deferred.ts'
import { EnvReader } from '../edge/process/env.ts'
import { openSink, readRedis } from '../edge/sink/open.ts'
import { createFingerprint } from '../edge/fingerprint.ts'
import { createLatencyMeter } from '../edge/latency.ts'
import { listening } from '../edge/process/settings.ts'
import type { Engine, EngineProcess } from '../edge/process/process.ts'
import { createSubscriber, type Subscriber } from '../edge/udp/subscriber.ts'
import { SourceWatch } from '../edge/udp/watch.ts'
import type { WireMessage } from '../wire/message.ts'
import type { SimulatorCore } from './contract.ts'
import { DoubtWatch } from './watch/doubts.ts'
import { INFERRED_LINE, InferredWatch } from './watch/inferred.ts'
import { OrderTimes, type SentTimes } from './watch/order-times.ts'
import { simulatorParameters } from './parameters.ts'
import { crossedLine, repetitionDoubt } from './watch/at-end.ts'
import { RuinWatch } from './watch/ruin.ts'

const settings = z.object({
  SIMULATION_ID: z.string().default('shell'),
  ALGORITHM_SOURCE_IP: z.string().default('127.0.0.1'),
  ALGORITHM_SOURCE_PORT: z.number().int().min(1).max(65_535).default(8889),
  ...listening,
})

const NOT_SENT: SentTimes = { signal: 0, tick: 0 }

/**
 * The simulator at the end of the chain: the algorithm's stream in, numbered events out to the sink.
 * @param createCore what fills the orders, by its checked parameters
 */
export async function startSimulator(
  process: EngineProcess,
  createCore: (parameters: Parameters) => SimulatorCore,
): Promise<Engine> {
  const env = new EnvReader(process.env)
  const options = env.parameters(settings)
  const { SIMULATION_ID, ALGORITHM_SOURCE_IP, ALGORITHM_SOURCE_PORT, LOSSLESS, LOSSLESS_CHAIN } = options
  const parameters = env.parameters(simulatorParameters)
  const redis = readRedis(env)
  env.finish()

  const { clock, log } = process
  const core = createCore(parameters)
  const sink = await openSink(process, redis, SIMULATION_ID)
  const fingerprint = createFingerprint()
  const signalToFill = createLatencyMeter()
  const tickToFill = createLatencyMeter()
  const watch = new SourceWatch({ taker: 'simulator', source: 'algorithm', now: () => performance.now() })
  const end = deferred<void>()
  const orderTimes = new OrderTimes()
  /** Of the signal at hand. */
  let atHand = NOT_SENT
  let held = false
  let ticks = 0
  let ending = false

  const ruin = new RuinWatch()
  const inferred = new InferredWatch()
  /** Whether all is lost: what comes after that is not looked at, in every mode alike. */
  let over = false
  let last = 0
  const doubtWatch = new DoubtWatch()
  /** At most one a product, and two of the whole run. */
  const doubts: string[] = []

  const emit = (event: SimulatorEvent): void => {
    last = event.sequence
    const doubt = doubtWatch.hear(event)
    if (doubt !== null) doubts.push(doubt)
    const sent = orderTimes.hear(event, atHand)
    if (sent !== null && sent.signal > 0) signalToFill.record(clock.now() - sent.signal)
    if (sent !== null && sent.tick > 0) tickToFill.record(clock.now() - sent.tick)
    if (event.type === 'fill') fingerprint.add(event.fill)
    ruin.hear(event)
    sink.write(event)
  }
  const tellInferred = (notice: InstrumentNotice): void => {
    const news = inferred.hear(notice)
    if (news !== null) log.info(news, INFERRED_LINE)
  }
  const take = (message: WireMessage, sentAt: number): void => {
    watch.took(message)
    if (over) return
    if (message.type === 'signal') {
      const { originSentAt, ...signal } = message
      atHand = { signal: sentAt, tick: originSentAt }
      core.step(signal, emit)
    } else {
      if (message.type === 'tick') ticks++
      else if (message.type === 'trading') log.info({ state: message.state }, 'trading was switched')
      else if (message.type === 'instrument') tellInferred(message)
      core.step(message, emit)
    }
    atHand = NOT_SENT
    if (core.unbelievable !== null) {
      over = true
      fail(
        `Not believable from event ${core.unbelievable.after} of the feed on: the algorithm's account is another than this one, so something between them was lost. What was open is closed.`,
      )
    }
    if (ruin.isOver(core)) {
      over = true
      log.warn('all is lost, so the run is over')
      finish('COMPLETED', true).catch(end.reject)
    }
    if (!held && !sink.hasRoom()) holdUpstream()
  }
  /** What was told is not stored yet, up to the sink's bound: read no more until it is. */
  const holdUpstream = (): void => {
    held = true
    upstream.hold()
    log.warn('events are not being stored; reading no more until they are')
    sink
      .whenRoom()
      .then(() => {
        held = false
        upstream.release()
      })
      .catch(end.reject)
  }
  /** What was told is handed over before the run fails. */
  const fail = (reason: string): void => {
    if (ending) return
    ending = true
    upstream
      .dispose()
      .then(() => sink.close())
      .then(() => end.reject(new Error(reason)))
      .catch(end.reject)
  }
  /** @param whole whether the algorithm had said that nothing more would come. */
  const finish = async (reason: EndReason, whole: boolean): Promise<void> => {
    if (ending) return
    ending = true
    if (upstream.state() === 'silent' && !LOSSLESS) watch.left()
    await upstream.dispose()
    core.step({ type: 'end' }, emit)
    const crossed = crossedLine(core.snapshot())
    if (crossed !== null) log.info(crossed)
    const unlike = repetitionDoubt(core.snapshot())
    if (unlike !== null) doubts.push(unlike)
    await sink.close()
    process.tell({ type: 'ended', reason, fingerprint: fingerprint.value(), last, ...(whole ? {} : { whole }) })
    end.resolve()
  }
  const upstream: Subscriber = await createSubscriber({
    source: { host: ALGORITHM_SOURCE_IP, port: ALGORITHM_SOURCE_PORT },
    products: [],
    lossless: LOSSLESS,
    ...(LOSSLESS_CHAIN === undefined ? {} : { key: LOSSLESS_CHAIN }),
    silenceMs: options.SOURCE_SILENCE_MS,
    now: () => clock.now(),
    random: Math.random,
    onMessage: take,
    onBatchEnd: () => sink.flushSoon(),
    onEnd: (reason) => void finish(reason === 'STOPPED' ? 'STOPPED' : 'COMPLETED', true).catch(end.reject),
    onLost: (count) => {
      watch.lost(count)
      log.warn({ count }, 'messages of the algorithm are lost')
    },
    onSilence: () => {
      watch.silent()
      log.warn('the algorithm is silent')
    },
    onVoice: () => {
      watch.heard()
      log.info('the algorithm speaks again')
    },
    onRestart: () => {
      watch.restarted()
      log.warn('another algorithm is in the place of the first')
    },
    onRefused: (reason) => {
      watch.refused(reason)
      log.warn({ reason }, 'the algorithm refuses the subscription')
    },
  })
  upstream
    .whenSubscribed()
    .then(() => {
      watch.answered()
      if (LOSSLESS && !upstream.awaited())
        log.warn('the algorithm does not wait for this simulator: see LOSSLESS_CHAIN')
      log.info('subscribed to the algorithm')
      process.tell({ type: 'connected' })
    })
    .catch(end.reject)
  process.onControl((message) => {
    if (message.type !== 'trading' || ending || over) return
    core.step(message, emit)
    sink.flushSoon()
    log.info({ state: message.state }, 'trading was switched')
  })
  process.tell({ type: 'ready', port: null })

  return {
    stop: () => void finish('STOPPED', false).catch(end.reject),
    ended: end.promise,
    report() {
      const distributions = { signalToFill: signalToFill.figures(), tickToFill: tickToFill.figures() }
      const latency = Object.fromEntries(
        Object.entries(distributions).flatMap(([name, figures]) => (figures === null ? [] : [[name, figures]])),
      )
      const reached = upstream.reached()
      return {
        quality: upstream.statistics(),
        ...(reached === null ? {} : { reached }),
        latency,
        ticks,
        metrics: core.snapshot().metrics,
        last,
        warnings: [
          ...watch.warnings(),
          ...sink.warnings(),
          ...(held ? ['Events are not being stored: nothing more is read until they are.'] : []),
        ],
        doubts: [...watch.doubts(), ...doubts],
      }
    },
    async dispose() {
      await upstream.dispose()
      sink.dispose()
    },
  }
}
