import { BIG_POWERS } from '../../domain/market/unit.ts'
import { SHARE_ONE, type Fixed } from '../../domain/money.ts'
import type { OrderPurpose, Ruin } from '../../domain/trading/order.ts'
import type { Micros } from '../../domain/time.ts'
import type { Desk } from '../desk.ts'
import { arrive } from '../matching/arrival.ts'
import type { Registry } from '../orders/registry.ts'
import type { ProductState } from '../product-state.ts'
import { magnitude } from './ledger.ts'

/** Over what the exact figures are looked at: doubles are right to about sixteen digits. */
const CAREFUL = 1 + 1e-9

/** Watches whether the equity bears the positions, and closes them where it does not. */
export class Margin {
  private readonly desk: Desk
  private readonly registry: Registry
  private ruinedAt: Micros | null = null

  constructor(desk: Desk, registry: Registry) {
    this.desk = desk
    this.registry = registry
  }

  /** How the run lost everything; null: it did not. */
  get ruin(): Ruin | null {
    return this.ruinedAt === null ? null : { at: this.ruinedAt, equity: this.desk.worth(null).equity }
  }

  get isRuined(): boolean {
    return this.ruinedAt !== null
  }

  /** Looks at the present worth of all. */
  check(): void {
    const { desk } = this
    const equity = desk.equity()
    if (equity > 0 && desk.shorts() === 0) return
    const required = (desk.shorts() * desk.settings.maintenanceMargin) / SHARE_ONE
    if (equity > required * CAREFUL && equity > 0) return
    const exact = desk.worth(null).equity
    if (exact <= 0n) this.ruined(exact)
    else if (exact < desk.required()) this.buyBack(exact)
  }

  /**
   * The first price of a product at which the equity does not bear its short any longer, all else staying as it is.
   * @returns null: it is not short, or bears any price that can be counted
   */
  callOf({ holding, market }: ProductState): Fixed | null {
    if (holding.quantity >= 0n) return null
    const { maintenanceMargin } = this.desk.settings
    const short = -holding.quantity
    const own = magnitude(market.worth(holding.quantity))
    const others = this.desk.shortsWorth() - own
    // Equity at a price p: all that is not the short, less short × p. Required: the margin's share of the others and of short × p.
    const rest = (this.desk.worth(null).equity + own) * BigInt(SHARE_ONE) - others * BigInt(maintenanceMargin)
    if (rest <= 0n) return 1
    const count = (rest * BIG_POWERS[market.unit.price]!) / (short * BigInt(SHARE_ONE + maintenanceMargin)) + 1n
    return count > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(count)
  }

  private buyBack(equity: bigint): void {
    const shorts = this.desk.held.filter(({ holding }) => holding.quantity < 0n)
    this.liquidate(shorts, 'MAINTENANCE', 'LIQUIDATION', equity)
  }

  private ruined(equity: bigint): void {
    const { desk } = this
    if (this.ruinedAt === null && desk.held.every(({ closed }) => closed))
      desk.listener.liquidation({ reason: 'RUIN', equity, required: 0n, products: [] })
    this.ruinedAt ??= desk.now
    desk.opens = false
    for (const order of this.registry.all()) {
      if (!order.terms.reduceOnly) desk.end(desk.stateOf(order.terms.product), order, 'CANCELLED', 'RUINED')
    }
    this.liquidate([...desk.held], 'RUIN', 'RUIN', equity)
  }

  private liquidate(
    states: readonly ProductState[],
    reason: 'MAINTENANCE' | 'RUIN',
    purpose: OrderPurpose,
    equity: bigint,
  ): void {
    const { desk, registry } = this
    // What is closed to the run cannot be traded away, however often it is asked for.
    const due = states.filter(({ closed, liquidation }) => !closed && (liquidation === null || liquidation.over))
    if (due.length === 0) return
    const products = due.map(({ product }) => product).sort()
    desk.listener.liquidation({ reason, equity, required: desk.required(), products })
    for (const state of due) {
      const { holding, product } = state
      const side = holding.quantity < 0n ? 'BUY' : 'SELL'
      const quantity = magnitude(holding.quantity)
      if (quantity === 0n) continue
      const order = registry.create(
        { product, side, type: 'MARKET', quantity, reduceOnly: true, purpose },
        { quantity, limit: 0, stop: 0 },
      )
      state.liquidation = order
      desk.tell(order, 'ACCEPTED', null)
      arrive(desk, state, order)
    }
  }
}
