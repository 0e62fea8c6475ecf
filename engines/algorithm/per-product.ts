import type { FeedStatus } from '../domain/market/market.ts'
import type { Product } from '../domain/market/product.ts'

/**
 * What an algorithm keeps of each product, apart from all others; made when the product is first asked for. Events mostly
 * come in runs of one product, so the last one asked for is found without a look into the map.
 */
export class PerProduct<State extends object> {
  private readonly states = new Map<Product, State>()
  private readonly create: () => State
  private recentProduct: Product = ''
  private recent: State | null = null

  /** @param create makes the state of a product that was not asked for before. */
  constructor(create: () => State) {
    this.create = create
  }

  /** What is kept of a product. */
  of(product: Product): State {
    if (this.recent !== null && this.recentProduct === product) return this.recent
    let state = this.states.get(product)
    if (state === undefined) {
      state = this.create()
      this.states.set(product, state)
    }
    this.recentProduct = product
    this.recent = state
    return state
  }

  /** What is kept of the products that a change in the feed concerns: of one, of all, or nothing where it knows none. */
  concernedBy({ product }: Pick<FeedStatus, 'product'>): Iterable<State> {
    if (product === '') return this.states.values()
    const state = this.states.get(product)
    return state === undefined ? [] : [state]
  }
}
