import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sampleEvent } from '../../tests/support/engines/events.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { manualClock } from '../../tests/support/time/manual-clock.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import type { EngineMessage } from '../edge/process/control.ts'
import { createChannelSink, type EventSink } from '../edge/sink/event-sink.ts'
import { backtest, type BacktestOptions, type BacktestProgress } from './backtest.ts'
import type { Pipeline } from './pipeline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Tells an event of each tick until it meets its fault. */
const faultyAt = (fault: number): Pipeline => ({
  step({ sequence }, emit) {
    if (sequence === fault) throw new TypeError('the strategy divided by nothing')
    emit(sampleEvent(sequence))
  },
  end: () => undefined,
  setTrading: () => undefined,
  snapshot: () => expect.fail('nobody asks'),
})

/** Plays five ticks on a strategy with a fault at the fourth. */
function play(onMessage: (message: EngineMessage) => void) {
  const said: string[] = []
  const options: BacktestOptions = {
    breathe: () => Promise.resolve(),
    stopped: () => false,
    onEvent: () => undefined,
    onInstrument: () => undefined,
    onProgress: () => undefined,
    onSalvaged: () => said.push('salvaged'),
    onUnsaved: (why) => said.push(String(why)),
  }
  const sink = createChannelSink(onMessage, manualClock())
  const played = backtest([[1, 2, 3, 4, 5].map((number) => tickNumber(number))], faultyAt(4), sink, options)
  return { played, said, sink }
}

it('hands over what was told before a strategy throws, and fails by what it threw', async () => {
  const told: number[] = []
  const { played, said, sink } = play((message) => {
    if (message.type === 'events') told.push(...message.events.map(({ sequence }) => sequence))
  })
  const failed = expect(played).rejects.toThrow('the strategy divided by nothing')
  await vi.advanceTimersByTimeAsync(1_000)
  expect([told, said]).toEqual([[1, 2, 3], []])
  sink.acknowledge(3)
  await failed
  expect(said).toEqual(['salvaged'])
})

it('waits for that no longer than for a stop where nobody takes it, and says so', async () => {
  const { played, said } = play(() => undefined)
  const failed = expect(played).rejects.toThrow('the strategy divided by nothing')
  await vi.advanceTimersByTimeAsync(10_000)
  await failed
  expect(said).toEqual(['Error: what came before was not taken within 10 s'])
})

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
  const sink = {
    write: ({ type }: SimulatorEvent) => written.push(type),
    hasRoom: () => true,
    close: () => Promise.resolve(),
  } as unknown as EventSink
  const progress: BacktestProgress[] = []

  const whole = await backtest([[gap(1)], [gap(2), gap(3), gap(4)], [gap(5)]], pipeline, sink, {
    breathe: () => Promise.resolve(),
    stopped: () => false,
    onEvent: () => undefined,
    onInstrument: () => undefined,
    onProgress: (now) => progress.push(now),
    onSalvaged: () => undefined,
    onUnsaved: () => undefined,
  })

  expect([whole, seen, written]).toEqual([true, [1, 2, 3], ['liquidation', 'trading']])
  expect(progress.at(-1)).toEqual({ received: 3, ticks: 0, time: 30 })
})
