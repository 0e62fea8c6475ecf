import type { ProductState } from '../../broker/product-state.ts'
import { quoteOf } from '../../domain/market/instrument.ts'
import { MOST_DECIMALS, POWERS } from '../../domain/market/unit.ts'
import { amountToNumber } from '../../domain/money.ts'
import type { Fill } from '../../domain/trading/fill.ts'
import type { OrderUpdate } from '../../domain/trading/order.ts'
import type { FillView, InstrumentView, OrderView } from './contract.ts'
import { settled } from './numbers.ts'

/** Microseconds of the domain as an author's milliseconds. */
export const millis = (micros: number): number => micros / 1_000

/** An order's change as its author sees it. */
export function orderView(order: OrderUpdate): OrderView {
  return {
    id: order.id,
    product: order.product,
    side: order.side,
    type: order.type,
    state: order.state,
    reason: order.reason,
    detail: order.detail,
    size: amountToNumber(order.quantity),
    filled: amountToNumber(order.filled),
    averagePrice: amountToNumber(order.averagePrice),
    limit: order.limitPrice === null ? 0 : amountToNumber(order.limitPrice),
    stop: order.stopPrice === null ? 0 : amountToNumber(order.stopPrice),
    parent: order.parent ?? 0,
  }
}

/** A fill as its author sees it. */
export function fillView(fill: Fill): FillView {
  return {
    product: fill.product,
    orderId: fill.orderId,
    side: fill.side,
    price: amountToNumber(fill.price),
    size: amountToNumber(fill.quantity),
    fee: amountToNumber(fill.fee),
    maker: fill.liquidity === 'MAKER',
    position: amountToNumber(fill.positionAfter),
    time: millis(fill.time),
  }
}

/** An instrument that says what its market knows at the moment. */
export class LiveInstrument implements InstrumentView {
  readonly product: string
  readonly base: string
  readonly quote: string
  private readonly state: ProductState

  constructor(state: ProductState) {
    this.state = state
    this.product = state.product
    this.quote = quoteOf(state.product)
    this.base = state.product.slice(0, -this.quote.length - 1)
  }

  get priceIncrement(): number {
    const { market } = this.state
    return market.increments.price / POWERS[market.unit.price]!
  }

  get sizeIncrement(): number {
    return Number(this.state.market.increments.size) / POWERS[MOST_DECIMALS]!
  }

  get minSize(): number {
    return Number(this.state.market.increments.minSize) / POWERS[MOST_DECIMALS]!
  }

  ticks(price: number, count: number): number {
    const { market } = this.state
    const decimals = POWERS[market.unit.price]!
    const step = market.increments.price
    const counted = Math.round(settled(price) * decimals)
    return ((Math.round(counted / step) + count) * step) / decimals
  }
}
