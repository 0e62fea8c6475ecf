import { EIGHTHS } from '../../../engines/domain/market/unit.ts'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MarketEvent, Tick } from '../../../engines/domain/market/market.ts'
import { type Fixed } from '../../../engines/domain/money.ts'
import { parseFixed, toFixed } from './eighths.ts'
import type { Micros } from '../../../engines/domain/time.ts'
import { createStreamerCore, type StreamerCore, type StreamerInput } from '../../../engines/streamer/core.ts'
import { parseFrame } from '../../../engines/streamer/exchanges/coinbase/parse.ts'

const ROOT = new URL('../../../../shared/marketdata/', import.meta.url)

/** Recordings are read where they lie and never copied into the project. */
export const RECORDINGS = {
  rawCapture: 'coinbase_ws_raw_2021-04-17/COINBASE.ws.28.0',
  quotesAndTrades: 'coinbase_btcusd_l2_trades_2026-07-21/events_sample.csv',
  candles: 'coinbase_btcusd_1m_2020-02/BTC-USD-1581292800000-60.json',
  depthAndTrades: 'binance_spot_ticks_2024-08-08/btcusdt_20240808.gz',
} as const

export type Recording = keyof typeof RECORDINGS

export const MISSING_RECORDINGS = 'the recordings in ../shared/marketdata are not on this machine'

export function recordingPath(recording: Recording): string {
  return fileURLToPath(new URL(RECORDINGS[recording], ROOT))
}

/** For `describe.skipIf(!hasRecording(…))`. */
export function hasRecording(recording: Recording): boolean {
  return existsSync(recordingPath(recording))
}

/** One frame of the raw capture, as the venue sent it. */
export interface CapturedFrame {
  readonly receivedAt: Micros
  readonly text: string
}

/** The venue's frames of the raw Coinbase capture; the client's own lines are left out. */
export function* capturedFrames(): Generator<CapturedFrame> {
  for (const line of readFileSync(recordingPath('rawCapture'), 'utf8').split('\n')) {
    const match = /^(\d+)\.(\d+): (\{.*)$/.exec(line)
    if (match === null) continue
    const receivedAt = Number(match[1]) * 1_000_000 + Number((match[2] ?? '').slice(0, 6).padEnd(6, '0'))
    yield { receivedAt, text: match[3] ?? '' }
  }
}

export const CAPTURED_PRODUCTS = [
  'SKL-USD',
  'SKL-BTC',
  'SKL-GBP',
  'BAND-BTC',
  'BAND-GBP',
  'YFI-BTC',
  'DASH-BTC',
  'NMR-EUR',
  'NU-GBP',
  'CRV-EUR',
]

/** The raw capture through the real parser and core. `onEvent` sees each event before the next frame is read. */
export function playCapture(core: StreamerCore, onEvent: (event: MarketEvent) => void): void {
  const step = (input: StreamerInput): void => {
    core.step(input, (output) => {
      if (output.type === 'event') onEvent(output.event)
    })
  }
  let started = false
  for (const { receivedAt, text } of capturedFrames()) {
    if (!started) {
      step({ type: 'subscribe', products: CAPTURED_PRODUCTS, receivedAt })
      step({ type: 'connected', receivedAt })
      started = true
    }
    const message = parseFrame(text, (product) => core.unitOf(product))
    if (message.type === 'refused') step({ ...message, type: 'garbage', receivedAt })
    else step({ type: 'message', message, receivedAt })
  }
}

/** The raw capture as market events: ten products, 30 s, books and ticks. */
export function captureEvents(): MarketEvent[] {
  const events: MarketEvent[] = []
  playCapture(createStreamerCore(), (event) => events.push(event))
  return events
}

/**
 * The BTC-USD quotes and trades as ticks (47 s). Quotes of one receive time are one batch of the venue, and inside a
 * batch they may cross: only its last counts. The recording has no trade ids; they are counted from 1.
 */
export function quoteAndTradeTicks(): Tick[] {
  const ticks: Tick[] = []
  const text = readFileSync(recordingPath('quotesAndTrades'), 'utf8').replace(/^\uFEFF/, '')
  let last: Omit<Tick, 'sequence' | 'time'> | null = null
  let quote: { row: string[]; stamp: string } | null = null
  const push = (stamp: string, change: Partial<Tick>): void => {
    const time = Number(stamp.slice(0, -3))
    const next: Omit<Tick, 'sequence' | 'time'> = { ...(last ?? EMPTY_TICK), ...change }
    last = next
    ticks.push({ ...next, sequence: ticks.length + 1, time })
  }
  const endBatch = (): void => {
    if (quote === null) return
    const change = quoteOf(quote.row)
    const same = last !== null && last.bid === change.bid && last.ask === change.ask
    if (!same || last?.bidSize !== change.bidSize || last.askSize !== change.askSize) push(quote.stamp, change)
    quote = null
  }
  for (const line of text.split('\n').slice(1)) {
    const row = line.trim().split(',')
    const [kind, stamp = ''] = row
    if (quote !== null && (quote as { stamp: string }).stamp !== stamp) endBatch()
    if (kind === 'quote') quote = { row, stamp }
    if (kind === 'trade') {
      push(stamp, {
        ...(last === null ? quoteOf(row) : {}),
        price: number(row[6]),
        size: number(row[7]),
        tradeId: ((last as Tick | null)?.tradeId ?? 0) + 1,
        takerSide: row[8] === 'b' ? 'SELL' : 'BUY',
      })
    }
  }
  endBatch()
  return ticks
}

/**
 * The 1-minute BTC-USD candles (7 days) as ticks, without looking ahead: with `perCandle` 1 the close, dated at the end
 * of its minute; with 4 the open, both extremes (the one nearer to the open first) and the close, at 0, 20, 40 and 60 s
 * less a microsecond. Bid and ask stand at the price, each with the tick's share of the volume.
 */
export function candleTicks(perCandle: 1 | 4 = 1): Tick[] {
  const candles = JSON.parse(readFileSync(recordingPath('candles'), 'utf8')) as Candle[]
  const ticks: Tick[] = []
  for (const candle of candles) {
    const { open, high, low, close } = candle
    const prices =
      perCandle === 1 ? [close] : open - low < high - open ? [open, low, high, close] : [open, high, low, close]
    prices.forEach((value, index) => {
      const offset = perCandle === 1 ? 60_000_000 : index === 3 ? 59_999_999 : index * 20_000_000
      const price = toFixed(value)
      const size = toFixed(candle.volume / perCandle)
      ticks.push({
        type: 'tick',
        unit: EIGHTHS,
        sequence: ticks.length + 1,
        time: candle.openTimeInMillis * 1000 + offset,
        product: 'BTC-USD',
        price,
        size,
        bid: price,
        bidSize: size,
        ask: price,
        askSize: size,
        tradeId: ticks.length + 1,
        takerSide: value >= open ? 'BUY' : 'SELL',
      })
    })
  }
  return ticks
}

interface Candle {
  readonly openTimeInMillis: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

const EMPTY_TICK: Omit<Tick, 'sequence' | 'time'> = {
  type: 'tick',
  unit: EIGHTHS,
  product: 'BTC-USD',
  price: 0,
  size: 0,
  bid: 0,
  bidSize: 0,
  ask: 0,
  askSize: 0,
  tradeId: 0,
  takerSide: 'BUY',
}

function quoteOf(row: readonly (string | undefined)[]): Pick<Tick, 'bid' | 'ask' | 'bidSize' | 'askSize'> {
  return { bid: number(row[2]), ask: number(row[3]), bidSize: number(row[4]), askSize: number(row[5]) }
}

/** The recording writes small sizes as `6e-08`. */
function number(text: string | undefined): Fixed {
  const exact = parseFixed(text ?? '')
  return Number.isNaN(exact) ? toFixed(Number(text)) : exact
}
