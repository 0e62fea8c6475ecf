import * as z from 'zod'
import type { Product } from '../../domain/market/product.ts'
import type { Connection } from '../protocol/connection.ts'
import { errorFrame } from '../protocol/frames.ts'
import type { Hub } from '../protocol/hub.ts'

/** Which client is meant: its number, or all of them. */
export interface FaultTarget {
  readonly client?: number
}

/** Faults to order, to see how a client bears them. Each returns how many clients it struck, where it strikes any. */
export interface Faults {
  /** Numbers of the connected clients, in order of arrival. */
  clients(): number[]
  /** Breaks connections without a goodbye. */
  disconnect(target?: FaultTarget): number
  /** Holds everything back, for so many milliseconds or until {@link resume}, then delivers it in order. */
  stall(milliseconds?: number, target?: FaultTarget): number
  /** Keeps connections open and says nothing until {@link resume}. What would have been said is lost. */
  silence(target?: FaultTarget): number
  /** Ends stalls and silences. */
  resume(target?: FaultTarget): number
  /** Sends a handful of nonsense: no JSON, no object, unknown and broken messages, binary rubbish. */
  garbage(target?: FaultTarget): number
  /** Tells clients that they are too slow, and cuts them off. */
  cutSlowConsumer(target?: FaultTarget): number
  /** The next `count` trades of a product reach nobody; heartbeats and REST know them. */
  dropTrades(product: Product, count: number): void
  /** From now on a subscription to the product is refused, with this reason. */
  refuse(product: Product, reason?: string): void
  /** Takes {@link refuse} back. */
  allow(product: Product): void
  /** The next `count` REST requests fail with a 500. */
  failRest(count: number): void
}

/** Nonsense that a venue, or a proxy before it, has been seen or may be feared to send. */
const GARBAGE: readonly (string | Buffer)[] = [
  'not json at all',
  '{"type":"match","trade_id":',
  'null',
  '42',
  '[]',
  '{}',
  '{"type":7}',
  '{"type":"brand_new_message","product_id":"BTC-USD"}',
  '{"type":"match","product_id":"BTC-USD","trade_id":"x","price":"NaN","size":"-1","side":"up","time":"yesterday"}',
  '{"type":"ticker","product_id":"NO-SUCH","price":"1e999"}',
  '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","not a price","1"],["sideways","1","1"],[]],"time":""}',
  '{"type":"snapshot","product_id":"NO-SUCH","asks":"none","bids":null}',
  '<html><body>502 Bad Gateway</body></html>',
  Buffer.from([0, 255, 254, 1, 128]),
  errorFrame('Internal error', 'something went wrong'),
]

/** What the server must remember of ordered faults. */
export interface FaultState {
  readonly refused: Map<Product, string>
  restFailures: number
}

export function createFaults(hub: Hub, state: FaultState): Faults {
  const strike = (target: FaultTarget | undefined, blow: (connection: Connection) => void): number => {
    const struck = [...hub.connections].filter(({ id }) => target?.client === undefined || target.client === id)
    for (const connection of struck) blow(connection)
    return struck.length
  }
  return {
    clients: () => [...hub.connections].map(({ id }) => id),
    disconnect: (target) => strike(target, (connection) => connection.terminate()),
    stall: (milliseconds, target) => strike(target, (connection) => connection.stall(milliseconds ?? null)),
    silence: (target) => strike(target, (connection) => connection.silence()),
    resume: (target) => strike(target, (connection) => connection.resume()),
    garbage: (target) =>
      strike(target, (connection) => {
        for (const frame of GARBAGE) connection.send(frame)
      }),
    cutSlowConsumer: (target) => strike(target, (connection) => connection.cut()),
    dropTrades: (product, count) => hub.dropTrades(product, count),
    refuse: (product, reason) => {
      state.refused.set(product, reason ?? `${product} is not a valid product`)
    },
    allow: (product) => {
      state.refused.delete(product)
    },
    failRest: (count) => {
      state.restFailures = count
    },
  }
}

const client = z.int().positive().optional()
const count = z.int().nonnegative().max(1_000_000)
const productId = z.string().min(1).max(64)

const Order = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('disconnect'), client }),
  z.strictObject({ kind: z.literal('stall'), client, ms: z.int().positive().max(3_600_000).optional() }),
  z.strictObject({ kind: z.literal('silence'), client }),
  z.strictObject({ kind: z.literal('resume'), client }),
  z.strictObject({ kind: z.literal('garbage'), client }),
  z.strictObject({ kind: z.literal('cutSlowConsumer'), client }),
  z.strictObject({ kind: z.literal('dropTrades'), product: productId, count }),
  z.strictObject({ kind: z.literal('refuse'), product: productId, reason: z.string().max(200).optional() }),
  z.strictObject({ kind: z.literal('allow'), product: productId }),
  z.strictObject({ kind: z.literal('failRest'), count }),
])

/** A fault ordered over HTTP: the outcome, or every fault of the order. */
export function orderFault(
  faults: Faults,
  order: unknown,
): { readonly ok: true; readonly struck: number | null } | { readonly ok: false; readonly problems: string[] } {
  const read = Order.safeParse(order)
  if (!read.success) {
    return {
      ok: false,
      problems: read.error.issues.map(({ path, message }) => `${path.join('.') || 'order'}: ${message}`),
    }
  }
  const wish = read.data
  const done = (struck: number | null) => ({ ok: true as const, struck })
  const noted = done(null)
  switch (wish.kind) {
    case 'stall':
      return done(faults.stall(wish.ms, wish))
    case 'dropTrades':
      faults.dropTrades(wish.product, wish.count)
      return noted
    case 'refuse':
      faults.refuse(wish.product, wish.reason)
      return noted
    case 'allow':
      faults.allow(wish.product)
      return noted
    case 'failRest':
      faults.failRest(wish.count)
      return noted
    default:
      return done(faults[wish.kind](wish))
  }
}
