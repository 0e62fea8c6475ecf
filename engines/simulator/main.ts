import * as z from 'zod'
import type { SimulatorEvent } from '../domain/event.ts'
import type { EndReason } from '../edge/process/control.ts'
import { deferred } from '../edge/deferred.ts'
import { EnvReader } from '../edge/process/env.ts'
import { openSink, readRedis } from '../edge/sink/open.ts'
import { createFingerprint } from '../edge/fingerprint.ts'
import { createLatencyMeter } from '../edge/latency.ts'
import { runEngine, type Engine, type EngineProcess } from '../edge/process/process.ts'
import { createSubscriber, type Subscriber } from '../edge/udp/subscriber.ts'
import type { WireMessage } from '../wire/message.ts'
import { createSimulatorCore } from './core.ts'
import { simulatorParameters } from './parameters.ts'

const settings = z.object({
  SIMULATION_ID: z.string().default('shell'),
  ALGORITHM_SOURCE_IP: z.string().default('127.0.0.1'),
  ALGORITHM_SOURCE_PORT: z.number().int().min(1).max(65_535).default(8889),
  LOSSLESS: z.boolean().default(false),
})

/** The simulator at the end of the chain: the algorithm's stream in, numbered events out to the sink. */
async function start(process: EngineProcess): Promise<Engine> {
  const env = new EnvReader(process.env)
  const { SIMULATION_ID, ALGORITHM_SOURCE_IP, ALGORITHM_SOURCE_PORT, LOSSLESS } = env.parameters(settings)
  const parameters = env.parameters(simulatorParameters)
  const redis = readRedis(env)
  env.finish()

  const { clock, log } = process
  const core = createSimulatorCore(parameters)
  const sink = await openSink(process, redis, SIMULATION_ID)
  const fingerprint = createFingerprint()
  const signalToFill = createLatencyMeter()
  const tickToFill = createLatencyMeter()
  const end = deferred<void>()
  /** Send times of the signal at hand (the algorithm's) and of the tick that raised it (the streamer's); 0: none. */
  let signalSentAt = 0
  let tickSentAt = 0
  let held = false
  let ticks = 0
  let ending = false

  let last = 0

  const emit = (event: SimulatorEvent): void => {
    last = event.sequence
    if (event.type === 'fill') {
      const now = clock.now()
      if (signalSentAt > 0) signalToFill.record(now - signalSentAt)
      if (tickSentAt > 0) tickToFill.record(now - tickSentAt)
      fingerprint.add(event.fill)
    }
    sink.write(event)
  }
  const take = (message: WireMessage, sentAt: number): void => {
    if (message.type === 'signal') {
      const { originSentAt, ...signal } = message
      signalSentAt = sentAt
      tickSentAt = originSentAt
      core.step(signal, emit)
    } else {
      if (message.type === 'tick') ticks++
      core.step(message, emit)
    }
    signalSentAt = 0
    tickSentAt = 0
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
  const finish = async (reason: EndReason): Promise<void> => {
    if (ending) return
    ending = true
    await upstream.dispose()
    core.step({ type: 'end' }, emit)
    await sink.close()
    process.tell({ type: 'ended', reason, fingerprint: fingerprint.value(), last })
    end.resolve()
  }
  const upstream: Subscriber = await createSubscriber({
    source: { host: ALGORITHM_SOURCE_IP, port: ALGORITHM_SOURCE_PORT },
    products: [],
    lossless: LOSSLESS,
    now: () => clock.now(),
    random: Math.random,
    onMessage: take,
    onBatchEnd: () => sink.flushSoon(),
    onEnd: (reason) => void finish(reason === 'STOPPED' ? 'STOPPED' : 'COMPLETED').catch(end.reject),
    onLost: (count) => log.warn({ count }, 'messages of the algorithm are lost'),
    onSilence: () => log.warn('the algorithm is silent'),
    onVoice: () => log.info('the algorithm speaks again'),
    onRestart: () => log.warn('the algorithm started again with a new session'),
    onRefused: (reason) => log.warn({ reason }, 'the algorithm refuses the subscription'),
  })
  upstream
    .whenSubscribed()
    .then(() => {
      log.info('subscribed to the algorithm')
      process.tell({ type: 'connected' })
    })
    .catch(end.reject)
  process.tell({ type: 'ready', port: null })

  return {
    stop: () => void finish('STOPPED').catch(end.reject),
    ended: end.promise,
    report() {
      const distributions = { signalToFill: signalToFill.figures(), tickToFill: tickToFill.figures() }
      const latency = Object.fromEntries(
        Object.entries(distributions).flatMap(([name, figures]) => (figures === null ? [] : [[name, figures]])),
      )
      return {
        quality: upstream.statistics(),
        latency,
        ticks,
        metrics: core.snapshot().metrics,
        last,
        warnings: sink.warnings(),
      }
    },
    async dispose() {
      await upstream.dispose()
      sink.dispose()
    },
  }
}

await runEngine('simulator', start)
