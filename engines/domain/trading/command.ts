import type { Product } from '../market/product.ts'
import type { Unit } from '../market/unit.ts'
import type { Micros } from '../time.ts'
import type { OrderChange, OrderRequest } from './order-request.ts'

/** What a strategy wants done with its orders. Orders are named by the numbers that the broker gives them. */
export type Wish =
  | { readonly kind: 'PLACE'; readonly order: OrderRequest }
  | { readonly kind: 'CANCEL'; readonly id: number }
  | { readonly kind: 'REPLACE'; readonly id: number; readonly change: OrderChange }

/** A wish on its way from the algorithm to the simulator, with what the algorithm believes of its account. */
export interface OrderCommand {
  readonly type: 'command'
  readonly product: Product
  /** In what its prices are counted. */
  readonly unit: Unit
  /** null: nothing; it is the digest alone that is told. */
  readonly wish: Wish | null
  /** What the account had come to before it: the simulator's must be the same. */
  readonly digest: string
  /** Time of the market event that it follows. */
  readonly time: Micros
  /** Sequence of that event; 0: it follows none. */
  readonly cause: number
}
