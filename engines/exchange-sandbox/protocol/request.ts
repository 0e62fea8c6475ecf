import * as z from 'zod'
import type { Product } from '../../domain/market/product.ts'

/** A channel under the name that the venue acknowledges it by. */
export type Channel = 'ticker' | 'ticker_1000' | 'matches' | 'heartbeat' | 'status' | 'level2_50'

/** What a client may call a channel, and what the venue calls it. */
const CHANNELS: Readonly<Record<string, Channel>> = {
  ticker: 'ticker',
  ticker_batch: 'ticker_1000',
  ticker_1000: 'ticker_1000',
  matches: 'matches',
  heartbeat: 'heartbeat',
  status: 'status',
  level2_batch: 'level2_50',
  level2_50: 'level2_50',
}

const NEED_AUTHENTICATION = new Set(['level2', 'level3', 'full', 'user'])

/** A client's wish, checked: which channels, and of each the products it names (none: all it has). */
export interface ClientRequest {
  readonly type: 'subscribe' | 'unsubscribe'
  readonly channels: ReadonlyMap<Channel, ReadonlySet<Product>>
}

export type RequestOutcome =
  | { readonly ok: true; readonly request: ClientRequest }
  | { readonly ok: false; readonly message: string; readonly reason?: string }

/** Why a product cannot be subscribed to, or null where it can. */
export type ProductCheck = (product: Product) => string | null

const Shape = z.object({
  type: z.string(),
  product_ids: z.array(z.string().max(64)).max(1000).optional(),
  channels: z
    .array(
      z.union([
        z.string(),
        z.object({ name: z.string(), product_ids: z.array(z.string().max(64)).max(1000).optional() }),
      ]),
    )
    .max(100)
    .optional(),
})

/** Reads a client's message. The first fault refuses the whole request, as the venue does. */
export function parseRequest(text: string, check: ProductCheck): RequestOutcome {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { ok: false, message: 'Malformed JSON', reason: error instanceof Error ? error.message : String(error) }
  }
  const shape = Shape.safeParse(json)
  if (!shape.success) {
    const reason = shape.error.issues
      .map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`)
      .join('; ')
    return { ok: false, message: 'Malformed message', reason }
  }
  const { type } = shape.data
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return { ok: false, message: 'Unknown message type', reason: `${type} is not a valid type` }
  }
  const refused = `Failed to ${type}`
  if (shape.data.channels === undefined || shape.data.channels.length === 0) {
    return { ok: false, message: refused, reason: 'No channels provided' }
  }
  const channels = new Map<Channel, Set<Product>>()
  for (const entry of shape.data.channels) {
    const { name, product_ids: own = [] } = typeof entry === 'string' ? { name: entry } : entry
    const products = [...(shape.data.product_ids ?? []), ...own]
    const reason = faultOf(type, name, products, check)
    if (reason !== null) return { ok: false, message: refused, reason }
    const channel = CHANNELS[name]!
    channels.set(channel, new Set([...(channels.get(channel) ?? []), ...products]))
  }
  return { ok: true, request: { type, channels } }
}

function faultOf(type: string, name: string, products: readonly Product[], check: ProductCheck): string | null {
  if (type === 'subscribe' && NEED_AUTHENTICATION.has(name)) {
    return name === 'user'
      ? 'user channel requires authentication'
      : 'level2, level3, and full channels now require authentication. ' +
          'https://docs.cloud.coinbase.com/exchange/docs/websocket-auth'
  }
  if (!Object.hasOwn(CHANNELS, name)) return `${name} is not a valid channel`
  if (type === 'unsubscribe' || CHANNELS[name] === 'status') return null
  if (products.length === 0) return 'No product_ids provided'
  for (const product of products) {
    const fault = check(product)
    if (fault !== null) return fault
  }
  return null
}
