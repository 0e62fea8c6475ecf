import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const price = z.string().regex(/^\d+(\.\d+)?$/)
const quantity = price
const side = z.enum(['BUY', 'SELL'])
/** Whole microseconds since 1970, as in market events. */
const time = z.number().int().positive()
const levels = z.array(z.tuple([price, quantity])).max(40)

const event = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('book'), at: time, bids: levels, asks: levels }),
  z.strictObject({ kind: z.literal('trade'), at: time, price, size: quantity, taker: side }),
  z.strictObject({ kind: z.literal('quote'), at: time, bid: price, bidSize: quantity, ask: price, askSize: quantity }),
  z.strictObject({
    kind: z.literal('bar'),
    at: time,
    begin: time,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: quantity,
  }),
])

/** What both kinds of markets say of their events: how many there are, and their digest. */
const told = { product: z.string(), count: z.number().int().positive(), digest: z.string().length(64) }

const market = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('written'), ...told, events: z.array(event) }),
  z.strictObject({
    type: z.literal('recording'),
    ...told,
    /** Below the folder of recordings. */
    path: z.string(),
    /** Of the whole file. */
    sha256: z.string().length(64),
    format: z.enum([
      'binance-depth-and-trades',
      'coinbase-level2-and-matches',
      'coinbase-quotes-and-trades',
      'coinbase-candles',
    ]),
    kinds: z.array(z.enum(['book', 'trade', 'quote', 'bar'])),
    /** The slice begins here; a book or quote that stands then is its first event, at this time. */
    from: time,
    /** The slice ends before this. */
    to: time,
  }),
])

const order = z.strictObject({
  id: z.string(),
  type: z.enum(['MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT', 'TRAILING_STOP']),
  side,
  quantity,
  timeInForce: z.enum(['GTC', 'IOC', 'FOK']),
  price: price.optional(),
  postOnly: z.boolean().optional(),
  reduceOnly: z.boolean().optional(),
  triggerPrice: price.optional(),
  /** What a stop watches: the bid where it sells, the ask where it buys. */
  trigger: z.literal('QUOTE').optional(),
  /** How far a trailing stop stays behind: as an amount, or as a share of the price. */
  trailingAmount: price.optional(),
  trailingShare: price.optional(),
  activationPrice: price.optional(),
})

/** What the author of the orders does, at his own time: after the events of that time, and latency comes on top. */
const request = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('submit'), at: time, order }),
  z.strictObject({ action: z.literal('cancel'), at: time, id: z.string() }),
  z.strictObject({ action: z.literal('replace'), at: time, id: z.string(), price, quantity }),
  z.strictObject({ action: z.literal('bracket'), at: time, entry: order, stop: order, target: order }),
  z.strictObject({ action: z.literal('oco'), at: time, orders: z.array(order).length(2) }),
])

const answer = z.strictObject({
  /** Of orders, cancels and replacements alike, and of what comes back. */
  latencyMicros: z.number().int().nonnegative(),
  /** In order; `at` is the market's time. The program rounds a fee to whole cents, or tells none. */
  fills: z.array(
    z.strictObject({
      id: z.string(),
      at: time,
      price,
      quantity,
      liquidity: z.enum(['MAKER', 'TAKER']),
      fee: price.optional(),
    }),
  ),
  /** As each order stood at the end. */
  orders: z.array(
    z.strictObject({
      id: z.string(),
      state: z.enum(['RESTING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REFUSED']),
      filled: quantity,
    }),
  ),
  /** Changes that are no fills, where the program tells them; of a trailing stop each move of its trigger. */
  moves: z
    .array(
      z.strictObject({
        id: z.string(),
        at: time,
        what: z.enum(['TRIGGERED', 'UPDATED', 'CANCELLED', 'REFUSED']),
        quantity: quantity.optional(),
        triggerPrice: price.optional(),
        price: price.optional(),
        reason: z.string().optional(),
      }),
    )
    .optional(),
})

const vector = z.strictObject({
  name: z.string(),
  /** In a sentence. */
  shows: z.string(),
  program: z.strictObject({ name: z.string(), version: z.string() }),
  market,
  instrument: z.strictObject({
    priceDecimals: z.number().int(),
    sizeDecimals: z.number().int(),
    priceIncrement: price,
    sizeIncrement: quantity,
  }),
  /** Fees are shares of the notional. */
  settings: z.strictObject({
    queueModel: z.enum(['conservative', 'proportional']).optional(),
    makerFee: price,
    takerFee: price,
  }),
  requests: z.array(request).min(1),
  /** One for each latency that was tried. */
  answers: z.array(answer).min(1),
})

/** A scenario, and what another program answered to it. */
export type Vector = z.infer<typeof vector>
/** Where a scenario's market comes from. */
export type VectorMarket = Vector['market']
/** An event as it is written out in a file: decimals as text. */
export type WrittenEvent = z.infer<typeof event>
/** An order as its author gives it. */
export type VectorOrder = z.infer<typeof order>
/** What the author of the orders does. */
export type VectorRequest = Vector['requests'][number]
/** What the other program made of it, with one latency. */
export type VectorAnswer = Vector['answers'][number]

/** The programs that answered; each has a folder. */
export const PROGRAMS = ['hftbacktest', 'nautilus'] as const

/** All scenarios of a program, by name. @throws where a file is not what it should be. */
export function readVectors(program: (typeof PROGRAMS)[number]): readonly Vector[] {
  const folder = join(import.meta.dirname, program)
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => vector.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
}

/**
 * What our broker answers instead, by scenario and for each latency at which it does; derived by hand from its rules. Where nothing
 * stands it answers the same.
 */
export function readDifferences(): ReadonlyMap<string, readonly VectorAnswer[]> {
  const text = readFileSync(join(import.meta.dirname, 'differences.json'), 'utf8')
  return new Map(Object.entries(z.record(z.string(), z.array(answer).min(1)).parse(JSON.parse(text))))
}

/** What our broker answers to a scenario, for each latency that was tried. */
export function expectedAnswers(vector: Vector, differences = readDifferences()): readonly VectorAnswer[] {
  const ours = differences.get(vector.name) ?? []
  return vector.answers.map((theirs) => ours.find((one) => one.latencyMicros === theirs.latencyMicros) ?? theirs)
}

/** The orders of a request; none where it is about one that is there. */
export function ordersOf(request: VectorRequest): readonly VectorOrder[] {
  if (request.action === 'submit') return [request.order]
  if (request.action === 'bracket') return [request.entry, request.stop, request.target]
  return request.action === 'oco' ? request.orders : []
}
