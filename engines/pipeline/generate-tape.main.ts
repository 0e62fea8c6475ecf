import * as z from 'zod'
import { EnvReader } from '../edge/process/env.ts'
import { runEngine, type Engine, type EngineProcess } from '../edge/process/process.ts'
import { marketFaults } from '../exchange-sandbox/market/market.ts'
import { generateEvents } from './generated-market.ts'
import { writeWholeTape } from './whole-tape.ts'

const settings = z.object({
  TAPE_PATH: z.string(),
  SEED: z.number().int().min(0).default(1),
  DURATION_SECONDS: z.number().int().min(1).max(86_400).default(600),
  /** Microseconds since 1970 at which the market opens: 2026-01-05T00:00:00Z unless told otherwise. */
  START_TIME: z.number().int().min(0).default(1_767_571_200_000_000),
  ACTIVITY: z.number().gt(0).max(10_000).default(1),
})

/** Writes a tape of a generated market; the same variables give the same tape. */
function start(process: EngineProcess): Promise<Engine> {
  const env = new EnvReader(process.env)
  const { TAPE_PATH, SEED, DURATION_SECONDS, START_TIME, ACTIVITY } = env.parameters(settings)
  const named = env.products('PRODUCTS')
  const products = named.length > 0 ? named : ['BTC-USD', 'ETH-USD']
  const market = { seed: SEED, products, startTime: START_TIME, seconds: DURATION_SECONDS, activity: ACTIVITY }
  for (const fault of marketFaults(market)) env.fault(fault)
  env.finish()

  let stopped = false
  const write = async (): Promise<void> => {
    const draft = TAPE_PATH.replace(/\.tape$/, `.${process.clock.now()}.draft.tape`)
    const header = { path: TAPE_PATH, source: 'generated', products, startedAt: START_TIME }
    const isWhole = await writeWholeTape(header, draft, generateEvents(market), () => stopped)
    if (isWhole) process.log.info({ path: TAPE_PATH }, 'wrote a tape')
    process.tell({ type: 'ended', reason: stopped ? 'STOPPED' : 'COMPLETED', fingerprint: null })
  }
  process.tell({ type: 'ready', port: null })
  return Promise.resolve({
    stop: () => (stopped = true),
    ended: write(),
    dispose: () => Promise.resolve(),
  })
}

await runEngine('generate-tape', start)
