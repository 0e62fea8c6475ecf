import { expect, it } from 'vitest'
import type { SimulatorEvent } from '../domain/event.ts'
import type { MarketEvent } from '../domain/market.ts'
import type { EventSink } from '../edge/sink/event-sink.ts'
import { backtest, type BacktestProgress } from './backtest.ts'
import type { Pipeline } from './pipeline.ts'

const gap = (sequence: number): MarketEvent => ({
  type: 'feed',
  state: 'GAP',
  product: 'BTC-USD',
  sequence,
  time: sequence * 10,
  count: 0,
  detail: '',
})

it('ends a run that has lost everything where nothing is held any more, as complete', async () => {
  const seen: number[] = []
  const written: SimulatorEvent['type'][] = []
  const ruin = { reason: 'RUIN', equity: 0n, required: 0n, products: [] } as const
  const pipeline: Pipeline = {
    step({ sequence, time }, emit) {
      seen.push(sequence)
      if (sequence === 2) emit({ type: 'liquidation', sequence: 1, time, liquidation: ruin })
    },
    // What it holds can only be sold at the third event.
    snapshot: () => ({ portfolio: { positions: seen.length < 3 ? [{}] : [] } }) as never,
    setTrading: () => undefined,
    end: (emit) => emit({ type: 'trading', sequence: 2, time: 30, state: 'HALTED', after: 3, cause: 'SWITCH' }),
  }
  const sink = { write: ({ type }: SimulatorEvent) => written.push(type), hasRoom: () => true } as unknown as EventSink
  const progress: BacktestProgress[] = []

  const whole = await backtest([[gap(1)], [gap(2), gap(3), gap(4)], [gap(5)]], pipeline, sink, {
    breathe: () => Promise.resolve(),
    stopped: () => false,
    onEvent: () => undefined,
    onProgress: (now) => progress.push(now),
  })

  expect([whole, seen, written]).toEqual([true, [1, 2, 3], ['liquidation', 'trading']])
  expect(progress.at(-1)).toEqual({ received: 3, ticks: 0, time: 30 })
})
