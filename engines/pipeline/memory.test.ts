import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { specOf } from '../../tests/support/engines/tape-run.ts'
import { catalog } from '../algorithm/catalog.ts'
import { generateEvents } from './generated-market.ts'
import { createPipeline } from './pipeline.ts'

/** Bytes that are reachable now. */
function reachable(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

it('holds no more after forty minutes of trading than after ten', { timeout: 60_000 }, () => {
  const products = ['BTC-USD', 'ETH-USD', 'DOGE-USD']
  const spec = specOf('rsi', products, { RSI_PERIOD: 5, RSI_OVERBOUGHT: 60, RSI_OVERSOLD: 40, SIGNAL_COOLDOWN_MS: 0 })
  const algorithm = catalog.find('rsi')!
  // All that remembers: exits of every kind, protections, latencies that are drawn, cooldowns, tiers.
  const simulatorParameters = {
    ...spec.simulatorParameters,
    STOP_LOSS_PCT: 0.002,
    TAKE_PROFIT_PCT: 0.003,
    TRAILING_STOP_PCT: 0.002,
    MAX_HOLD_SECONDS: 60,
    ORDER_LATENCY_MS: 20,
    TRADE_COOLDOWN_MS: 500,
    STATISTICS_INTERVAL_MS: 1_000,
  }
  const pipeline = createPipeline({ ...spec, simulatorParameters, algorithm })
  const START = 1_767_571_200_000_000
  const part = 600
  let fills = 0
  const emit = ({ type }: { readonly type: string }): void => {
    if (type === 'fill') fills++
  }
  const sizes: number[] = []
  let next = part
  for (const batch of generateEvents({ seed: 1, startTime: START, seconds: 4 * part, activity: 0.5, products })) {
    for (const event of batch) {
      pipeline.step(event, emit)
      if (event.time < START + next * 1_000_000) continue
      next += part
      sizes.push(reachable())
    }
  }
  pipeline.end(emit)
  sizes.push(reachable())
  // Each fill that was remembered would take more than a hundred bytes.
  expect(fills).toBeGreaterThan(5_000)
  expect(sizes.at(-1)! - sizes[0]!).toBeLessThan(512 * 1024)
})
