import { expect, it } from 'vitest'
import { runPipeline } from '../../tests/support/engines/pipeline-run.ts'
import rsi from '../algorithm/strategies/rsi.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import { toFixed } from '../../tests/support/market/eighths.ts'
import { EIGHTHS } from '../domain/market/unit.ts'
import { createStreamerCore, type StreamerInput } from '../streamer/core.ts'
import type { VenueTrade } from '../streamer/venue.ts'

const START = 1_700_000_000_000_000
const product = 'BTC-USD'

/** Trades of a minute, five in two seconds. */
const trades = Array.from({ length: 150 }, (_, index): VenueTrade => ({
  tradeId: index + 1,
  price: toFixed(100 + ((index * 7_919) % 41)),
  size: toFixed(1),
  unit: EIGHTHS,
  takerSide: 'BUY',
  time: START + index * 400_000,
}))

/** What the streamer makes of the trades where it is cut off from the venue for some of them, which it then fetches. */
function streamed(cut: { readonly from: number; readonly to: number } | null): readonly MarketEvent[] {
  const core = createStreamerCore()
  const events: MarketEvent[] = []
  const step = (input: StreamerInput): void => {
    core.step(input, (output) => {
      if (output.type === 'event') events.push(output.event)
      else if (output.request.type === 'refill') asked.push(output.request)
    })
    const request = asked.pop()
    if (request === undefined) return
    const { fromTradeId, toTradeId } = request
    const fetched = trades.slice(fromTradeId - 1, toTradeId)
    step({ ...request, trades: fetched, failure: null, receivedAt: input.receivedAt })
  }
  const asked: { type: 'refill'; product: string; fromTradeId: number; toTradeId: number }[] = []
  step({ type: 'subscribe', products: [product], receivedAt: START })
  step({ type: 'connected', receivedAt: START })
  for (const trade of trades) {
    const receivedAt = trade.time
    if (trade.tradeId === cut?.from) step({ type: 'lost', detail: 'cut', receivedAt })
    if (trade.tradeId === cut?.to) step({ type: 'connected', receivedAt })
    if (cut !== null && trade.tradeId >= cut.from && trade.tradeId < cut.to) continue
    step({ type: 'message', message: { type: 'match', product, trade }, receivedAt })
  }
  return events
}

function run(events: readonly MarketEvent[]): readonly SimulatorEvent[] {
  const changed = {
    RSI_PERIOD: 5,
    RSI_INTERVAL_SECONDS: 2,
    RSI_OVERSOLD: 49,
    RSI_OVERBOUGHT: 51,
    SIGNAL_COOLDOWN_MS: 0,
  }
  return runPipeline({ ...rsi, defaults: { ...rsi.defaults, ...changed } }, events)
}

const indicators = (told: readonly SimulatorEvent[]): readonly number[] =>
  told.flatMap((event) => (event.type === 'signal' ? [event.signal.indicator] : []))
const candles = (told: readonly SimulatorEvent[]) =>
  told.flatMap((event) => (event.type === 'candle' ? [event.candle] : []))

it('trades that were fetched after a cut count in the intervals in which they were made', () => {
  const [whole, cut] = [streamed(null), streamed({ from: 60, to: 110 })]
  expect(cut.flatMap((event) => (event.type === 'feed' ? [event.state] : []))).toContain('REFILLED')
  expect(indicators(run(whole)).length).toBeGreaterThan(15)
  expect(indicators(run(cut))).toEqual(indicators(run(whole)))
  expect(candles(run(cut))).toEqual(candles(run(whole)))
})

it('only they say of when they are, and all events stay in the order of their times', () => {
  expect(streamed(null).filter((event) => 'tradedAt' in event)).toEqual([])
  const events = streamed({ from: 60, to: 110 })
  const late = events.flatMap((event) => (event.type === 'tick' && event.tradedAt !== undefined ? [event] : []))
  expect(late.map(({ tradeId, tradedAt }) => [tradeId, tradedAt])).toEqual(
    trades.slice(59, 109).map(({ tradeId, time }) => [tradeId, time]),
  )
  expect(events.every((event, index) => index === 0 || event.time >= events[index - 1]!.time)).toBe(true)
})
