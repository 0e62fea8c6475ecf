import * as z from 'zod'
import type { Product } from '../../engines/domain/product.ts'
import type { VenueProducts } from './sources.ts'

const ANSWER_WITHIN_MS = 3_000

const productList = z.array(
  z.object({ id: z.string(), status: z.string().optional(), trading_disabled: z.boolean().optional() }),
)

/** Asks the venue's REST API, `GET /products`, for the products that trade now. */
export function createVenueProducts(restUrl: string): VenueProducts {
  return async () => {
    const response = await fetch(new URL('/products', restUrl), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    if (!response.ok) throw new Error(`GET /products answered ${response.status}`)
    const listed = productList.parse(await response.json())
    const trades = listed.filter((entry) => (entry.status ?? 'online') === 'online' && entry.trading_disabled !== true)
    return trades.map((entry): Product => entry.id).sort()
  }
}
