import * as z from 'zod'
import type { Product } from '../../engines/domain/market/product.ts'
import type { VenueProducts } from './catalog.ts'

const ANSWER_WITHIN_MS = 3_000

const productList = z.array(
  z.object({ id: z.string(), status: z.string().optional(), trading_disabled: z.boolean().optional() }),
)

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no address is known of this name',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut off',
  ENETUNREACH: 'there is no network to it',
  EHOSTUNREACH: 'there is no way to this host',
  ETIMEDOUT: 'no connection came about in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
}

/** What kept a request from being answered, in words; `fetch` itself says no more than that it failed. */
function whyUnreachable(error: unknown, host: string): string {
  if (!(error instanceof Error)) return `${host}: ${String(error)}`
  if (error.name === 'TimeoutError') return `${host}: no answer within ${ANSWER_WITHIN_MS / 1000} s`
  const cause: NodeJS.ErrnoException = error.cause instanceof Error ? error.cause : error
  const words = WORDS[cause.code ?? ''] ?? (cause.message === '' ? error.message : cause.message)
  return `${host}: ${words}${cause.code === undefined ? '' : ` (${cause.code})`}`
}

/** Asks the venue's REST API, `GET /products`, for the products that trade now. */
export function createVenueProducts(restUrl: string): VenueProducts {
  return async () => {
    const url = new URL('/products', restUrl)
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch((error: unknown) => {
      throw new Error(whyUnreachable(error, url.host), { cause: error })
    })
    if (!response.ok) throw new Error(`GET /products answered ${response.status}`)
    const listed = productList.parse(await response.json())
    const trades = listed.filter((entry) => (entry.status ?? 'online') === 'online' && entry.trading_disabled !== true)
    return trades.map((entry): Product => entry.id).sort()
  }
}
