import { setImmediate as nextTurn } from 'node:timers/promises'
import * as z from 'zod'
import { catalog } from '../algorithm/catalog.ts'
import { NO_DATA_YET } from '../domain/quality.ts'
import { EnvReader } from '../edge/process/env.ts'
import { openSink, readRedis } from '../edge/sink/open.ts'
import { createFingerprint } from '../edge/fingerprint.ts'
import { runEngine, type Engine, type EngineProcess } from '../edge/process/process.ts'
import { createWatchdog, type Watchdog } from '../edge/watchdog/watchdog.ts'
import { openPlayback } from '../edge/tape/playback.ts'
import { DoubtWatch } from '../simulator/watch/doubts.ts'
import { crossedLine, repetitionDoubt } from '../simulator/watch/at-end.ts'
import { INFERRED_LINE, InferredWatch } from '../simulator/watch/inferred.ts'
import { simulatorParameters } from '../simulator/parameters.ts'
import { backtest, type BacktestProgress } from './backtest.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { cutWindow } from './tape-window.ts'

const settings = z.object({
  SIMULATION_ID: z.string().default('shell'),
  ALGORITHM: z.string().default('rsi'),
  TAPE_PATH: z.string(),
  DURATION_SECONDS: z.number().min(1).optional(),
})

/** How long a strategy may take over one event: nobody waits for a back-test at the moment. */
const HANG_MS = 30_000

/** The whole path over a tape, in one process. */
async function start(process: EngineProcess): Promise<Engine> {
  const env = new EnvReader(process.env)
  const { SIMULATION_ID, ALGORITHM, TAPE_PATH, DURATION_SECONDS } = env.parameters(settings)
  const products = env.products('PRODUCTS')
  const algorithm = catalog.find(ALGORITHM)
  if (algorithm === null) env.fault(`ALGORITHM: there is no algorithm "${ALGORITHM}"`)
  const algorithmParameters = algorithm === null ? {} : env.parameters(algorithm.parameters)
  const parameters = env.parameters(simulatorParameters)
  const redis = readRedis(env)
  env.finish()
  if (algorithm === null) throw new Error('unreachable: an unknown algorithm was refused')

  const pipeline = createPipeline({ algorithm, algorithmParameters, simulatorParameters: parameters })
  const fingerprint = createFingerprint()
  const sink = await openSink(process, redis, SIMULATION_ID)
  let stopped = false
  let last = 0
  const inferred = new InferredWatch()
  const doubtWatch = new DoubtWatch()
  const watchdog = createWatchdog({ limitMs: HANG_MS, whose: `The algorithm "${ALGORITHM}"` })
  let progress: BacktestProgress = { received: 0, ticks: 0, time: null }
  const { batches, progress: way, doubts: ofTape } = openPlayback(TAPE_PATH, DURATION_SECONDS ?? null)
  /** Of the tape, and at most one a product. */
  const doubts = [...ofTape]

  const run = async (): Promise<void> => {
    const window = { products, durationSeconds: DURATION_SECONDS ?? null }
    process.tell({ type: 'ready', port: null })
    process.tell({ type: 'connected' })
    const whole = await backtest(cutWindow(batches, window), watched(pipeline, watchdog), sink, {
      breathe: () => nextTurn(),
      stopped: () => stopped,
      onEvent: (event) => {
        last = event.sequence
        const doubt = doubtWatch.hear(event)
        if (doubt !== null) doubts.push(doubt)
        if (event.type === 'fill') fingerprint.add(event.fill)
      },
      onInstrument(notice) {
        const news = inferred.hear(notice)
        if (news !== null) process.log.info(news, INFERRED_LINE)
      },
      onProgress(now) {
        progress = now
        if (now.time !== null) way.reach(now.time)
      },
      onSalvaged: () => process.tell({ type: 'ended', reason: 'FAILED', fingerprint: null, last, whole: false }),
      onUnsaved: (why) =>
        process.log.warn({ err: why }, 'not all that was traded before the fault could be handed over'),
    })
    const crossed = crossedLine(pipeline.snapshot())
    if (crossed !== null) process.log.info(crossed)
    const unlike = repetitionDoubt(pipeline.snapshot())
    if (unlike !== null) doubts.push(unlike)
    const reason = whole ? 'COMPLETED' : 'STOPPED'
    process.tell({ type: 'ended', reason, fingerprint: fingerprint.value(), last })
  }
  return {
    stop: () => (stopped = true),
    ended: run(),
    report: () => ({
      quality: { ...NO_DATA_YET, received: progress.received },
      ticks: progress.ticks,
      progress: way.share(),
      metrics: pipeline.snapshot().metrics,
      doubts,
      last,
      warnings: sink.warnings(),
    }),
    async dispose() {
      sink.dispose()
      await watchdog.dispose()
    },
  }
}

/** A pipeline of which each step is watched. */
function watched(pipeline: Pipeline, watchdog: Watchdog): Pipeline {
  return {
    step(event, emit) {
      watchdog.enter()
      pipeline.step(event, emit)
      watchdog.leave()
    },
    setTrading: (state, emit) => pipeline.setTrading(state, emit),
    end: (emit) => pipeline.end(emit),
    snapshot: () => pipeline.snapshot(),
  }
}

await runEngine('backtest', start)
