import * as z from 'zod'
import { decimalsOf, parseCount, type Fixed } from '../../domain/money.ts'
import { isProduct, type Product } from '../../domain/market/product.ts'
import { MICROS_PER_SECOND, parseTime, type Micros } from '../../domain/time.ts'
import type { Change, MarketAction } from '../action.ts'
import type { Unit } from '../../domain/market/unit.ts'
import { recordedListing, type Listing } from '../listing.ts'

/** An action, and the moment at which a player is due to play it. */
export interface TimedAction {
  readonly at: Micros
  readonly action: MarketAction
}

const decimal = z.string().refine((text) => !Number.isNaN(decimalsOf(text)), 'not a decimal')
const time = z.string().refine((text) => !Number.isNaN(parseTime(text)), 'not a UTC time')
const product = z.string().refine(isProduct, 'not a product id')
const side = z.enum(['buy', 'sell'])
const level = z.tuple([decimal, decimal])
const whole = z.int().nonnegative()

const trade = {
  product_id: product,
  trade_id: whole,
  sequence: whole,
  side,
  size: decimal,
  price: decimal,
  time,
  maker_order_id: z.string(),
  taker_order_id: z.string(),
}

const Frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), product_id: product, bids: z.array(level), asks: z.array(level) }),
  z.object({
    type: z.literal('l2update'),
    product_id: product,
    changes: z.array(z.tuple([side, decimal, decimal])),
    time,
  }),
  z.object({ type: z.literal('match'), ...trade }),
  z.object({ type: z.literal('last_match'), ...trade }),
  z.object({
    type: z.literal('ticker'),
    product_id: product,
    sequence: whole,
    trade_id: whole,
    price: decimal,
    last_size: decimal,
    side,
    time,
    best_bid: decimal,
    best_ask: decimal,
    best_bid_size: decimal.optional(),
    best_ask_size: decimal.optional(),
    open_24h: decimal,
    high_24h: decimal,
    low_24h: decimal,
    volume_24h: decimal,
    volume_30d: decimal,
  }),
])

type CapturedFrame = z.infer<typeof Frame>

const PLAYED = new Set(['snapshot', 'l2update', 'match', 'last_match', 'ticker'])

/** What a line of a capture holds: a frame to play, nothing of interest, or a fault for a person. */
export type CaptureLine =
  | { readonly kind: 'frame'; readonly at: Micros; readonly frame: CapturedFrame }
  | { readonly kind: 'other' }
  | { readonly kind: 'fault'; readonly reason: string }

/**
 * Reads one line of a raw capture: `<receive time in unix seconds>: <frame>`. Lines that begin with `wss://` are the
 * recorder's own requests; they, blank lines and frames of other kinds are of no interest.
 */
export function readCaptureLine(line: string): CaptureLine {
  if (line.trim() === '' || line.startsWith('wss://')) return { kind: 'other' }
  const split = line.indexOf(': ')
  const seconds = Number(line.slice(0, Math.max(0, split)))
  if (split <= 0 || !Number.isFinite(seconds))
    return { kind: 'fault', reason: 'does not begin with a time and a colon' }
  let json: unknown
  try {
    json = JSON.parse(line.slice(split + 2))
  } catch (error) {
    return { kind: 'fault', reason: error instanceof Error ? error.message : String(error) }
  }
  const kind = z.object({ type: z.string() }).safeParse(json)
  if (!kind.success) return { kind: 'fault', reason: 'the frame has no type' }
  if (!PLAYED.has(kind.data.type)) return { kind: 'other' }
  const frame = Frame.safeParse(json)
  if (!frame.success) {
    return {
      kind: 'fault',
      reason: frame.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    }
  }
  return { kind: 'frame', at: Math.round(seconds * MICROS_PER_SECOND), frame: frame.data }
}

const sideOf = (text: 'buy' | 'sell') => (text === 'buy' ? 'BUY' : 'SELL')

/** What a recorded frame says happened, counted in `unit`. A snapshot has no time of its own: it takes the time of its reception. */
export function actionOf(frame: CapturedFrame, at: Micros, unit: Unit): MarketAction {
  const of = { product: frame.product_id }
  const priceOf = (text: string): Fixed => parseCount(text, unit.price)
  const sizeIn = (text: string): Fixed => parseCount(text, unit.size)
  const levels = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([price, size]) => [priceOf(price), sizeIn(size)] as const)
  switch (frame.type) {
    case 'snapshot':
      return { type: 'snapshot', ...of, time: at, bids: levels(frame.bids), asks: levels(frame.asks) }
    case 'l2update': {
      const changes = frame.changes.map(([text, price, size]): Change => [sideOf(text), priceOf(price), sizeIn(size)])
      return { type: 'book', ...of, time: parseTime(frame.time), changes }
    }
    case 'match':
    case 'last_match':
      return {
        type: frame.type === 'match' ? 'trade' : 'last-trade',
        ...of,
        time: parseTime(frame.time),
        sequence: frame.sequence,
        tradeId: frame.trade_id,
        price: priceOf(frame.price),
        size: sizeIn(frame.size),
        makerSide: sideOf(frame.side),
        orderIds: [frame.maker_order_id, frame.taker_order_id],
      }
    case 'ticker':
      return {
        type: 'ticker',
        ...of,
        time: parseTime(frame.time),
        sequence: frame.sequence,
        tradeId: frame.trade_id,
        price: priceOf(frame.price),
        size: sizeIn(frame.last_size),
        takerSide: sideOf(frame.side),
        bid: priceOf(frame.best_bid),
        ask: priceOf(frame.best_ask),
        bidSize: sizeIn(frame.best_bid_size ?? '0'),
        askSize: sizeIn(frame.best_ask_size ?? '0'),
        stats: {
          open: Number(frame.open_24h),
          high: Number(frame.high_24h),
          low: Number(frame.low_24h),
          volume24h: Number(frame.volume_24h),
          volume30d: Number(frame.volume_30d),
        },
      }
  }
}

/** Finds out, line by line, which products a capture holds and at which scales. */
export interface CaptureSurvey {
  add(line: string): void
  /** The products in order of their ids. */
  listings(): Listing[]
  /** The first faults, with their line numbers, and how many there are in all. */
  faults(): { readonly count: number; readonly first: readonly string[] }
}

const MOST_FAULTS = 20

export function surveyCapture(): CaptureSurvey {
  const scales = new Map<Product, { price: number; size: number }>()
  const first: string[] = []
  let count = 0
  let number = 0

  const note = (id: Product, price: string, size: string): void => {
    const known = scales.get(id) ?? { price: 0, size: 0 }
    scales.set(id, { price: Math.max(known.price, scaleOf(price)), size: Math.max(known.size, scaleOf(size)) })
  }
  return {
    add(line) {
      number += 1
      const read = readCaptureLine(line)
      if (read.kind === 'fault') {
        count += 1
        if (first.length < MOST_FAULTS) first.push(`line ${number}: ${read.reason}`)
      }
      if (read.kind !== 'frame') return
      const { frame } = read
      if (frame.type === 'snapshot') for (const row of [...frame.bids, ...frame.asks]) note(frame.product_id, ...row)
      else if (frame.type === 'l2update')
        for (const [, price, size] of frame.changes) note(frame.product_id, price, size)
      else if (frame.type === 'ticker') note(frame.product_id, frame.price, frame.last_size)
      else note(frame.product_id, frame.price, frame.size)
    },
    listings: () =>
      [...scales]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([id, scale]) => recordedListing(id, scale.price, scale.size)),
    faults: () => ({ count, first }),
  }
}

/** Digits after the point, at most ten. */
function scaleOf(text: string): number {
  const point = text.indexOf('.')
  return point < 0 ? 0 : Math.min(10, text.length - point - 1)
}
