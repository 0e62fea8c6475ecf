import type { Broker } from '../../broker/broker.ts'
import type { Placement } from '../../broker/orders/intake.ts'
import type { Fill } from '../../domain/trading/fill.ts'
import type { OrderUpdate } from '../../domain/trading/order.ts'
import type { Wish } from '../../domain/trading/command.ts'

/** What became of an order. */
export type News =
  { readonly kind: 'order'; readonly order: OrderUpdate } | { readonly kind: 'fill'; readonly fill: Fill }

/** Collects what becomes of orders until somebody asks. */
export class NewsQueue {
  private news: News[] = []

  order(order: OrderUpdate): void {
    this.news.push({ kind: 'order', order })
  }

  fill(fill: Fill): void {
    this.news.push({ kind: 'fill', fill })
  }

  /** All since it was last asked, in order. */
  drain(): readonly News[] {
    const { news } = this
    if (news.length > 0) this.news = []
    return news
  }
}

/** The account that a strategy trades on: the simulator's own, or one that is kept like it. */
export interface Account {
  /** To look at. It has taken in the market event at hand. */
  readonly broker: Pick<Broker, 'desk' | 'openOrders' | 'closing'>
  /** Does what is wished; what becomes of it is among the news. */
  wish(wish: Wish, product: string): Placement
  /** What became of orders since it was last asked, in order. */
  drain(): readonly News[]
}
