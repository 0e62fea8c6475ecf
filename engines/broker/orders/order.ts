import type { Amount, Fixed, Money } from '../../domain/money.ts'
import type {
  OrderPurpose,
  OrderReason,
  OrderState,
  OrderType,
  OrderUpdate,
  StopTrigger,
  TimeInForce,
} from '../../domain/trading/order.ts'
import type { BracketSpec } from '../../domain/trading/order-request.ts'
import type { Product } from '../../domain/market/product.ts'
import type { Side } from '../../domain/side.ts'
import type { Micros } from '../../domain/time.ts'
import { priceOf } from '../account/ledger.ts'
import type { QueuePlace } from './queue.ts'
import { widenBracket } from './bracket-spec.ts'
import type { Figures } from './request.ts'
import type { Trail } from './trail.ts'

/** What an order is made of; it does not change but by being replaced. */
export interface OrderTerms {
  readonly id: number
  readonly product: Product
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly purpose: OrderPurpose
  readonly trigger: StopTrigger
  readonly postOnly: boolean
  readonly reduceOnly: boolean
  /** Infinity: never. */
  readonly expiresAt: Micros
  readonly group: number | null
  readonly parent: number | null
  readonly replaces: number | null
  readonly signalSequence: number
}

/** An order in its life. Prices are counts of its product's unit, 0: none. */
export class Order {
  readonly terms: OrderTerms
  queue: QueuePlace
  trail: Trail | null
  quantity: Amount
  filled: Amount = 0n
  /** What its fills came to. */
  notional: Money = 0n
  limit: Fixed
  stop: Fixed
  state: OrderState = 'ACCEPTED'
  reason: OrderReason | null = null
  detail = ''
  /** Market time from which it is at the market. */
  since: Micros = 0
  triggered = false
  /** It has come to the market. */
  isThere = false
  /** An order that it came in the place of, or was to, answers for its signal. */
  answered = false
  /** It came when no market was there to meet: whether it crosses is not known yet. */
  awaits = false
  /** It has ended. */
  over = false
  /** It is a signal's, and has not come to the market. */
  onTheWay = false
  /** Where the stop and the target are that it brings once it fills. */
  bracket: BracketSpec | null
  /** How much of it may open, beyond what it closes; null: whatever the limits leave room for as it fills. */
  mayOpen: Amount | null
  /** How much of what was filled opened. */
  opened: Amount = 0n

  constructor(
    terms: OrderTerms,
    figures: Figures,
    queue: QueuePlace,
    { trail, bracket }: { readonly trail: Trail | null; readonly bracket: BracketSpec | null },
  ) {
    this.terms = terms
    this.quantity = figures.quantity
    this.limit = figures.limit
    this.stop = figures.stop
    this.queue = queue
    this.mayOpen = figures.mayOpen ?? null
    this.trail = trail
    this.bracket = bracket
  }

  get remaining(): Amount {
    return this.quantity - this.filled
  }

  /** Whether it may only close. */
  get onlyCloses(): boolean {
    return this.terms.reduceOnly || this.mayOpen === 0n
  }

  /** Whether it waits for its trigger. */
  get dormant(): boolean {
    const { type } = this.terms
    return !this.triggered && (type === 'STOP' || type === 'STOP_LIMIT' || type === 'TRAILING_STOP')
  }

  /** Whether it takes at any price. */
  get isMarket(): boolean {
    return !this.dormant && this.limit === 0
  }

  /** Whether it may wait for what is not there now. */
  get mayRest(): boolean {
    const { timeInForce } = this.terms
    return timeInForce !== 'IOC' && timeInForce !== 'FOK'
  }

  /** Whether what the book does not hold waits for more, instead of being given up. */
  get persists(): boolean {
    return this.terms.reduceOnly
  }

  /**
   * Comes in the place of an order, whose stop it goes on with. What became of that one's size since the request (fills, its group, what
   * it closes) becomes of this one's too.
   * @param asked what there was still to fill of the other one when it was asked for
   */
  replace(old: Order, asked: Amount): void {
    this.quantity += old.remaining - asked
    if (this.quantity < 0n) this.quantity = 0n
    this.answered = old.answered || old.filled > 0n
    this.triggered = old.triggered
    this.trail = old.trail
    if (old.mayOpen !== null) this.mayOpen = old.mayOpen - old.opened
  }

  widen(price: number, size: number): void {
    this.limit *= price
    this.stop *= price
    this.queue.widen(size)
    this.trail?.widen(price)
    if (this.bracket !== null) this.bracket = widenBracket(this.bracket, price)
  }

  /** @param money what a price comes to. */
  told(money: (price: Fixed) => Money): OrderUpdate {
    const { id, product, side, type, timeInForce, purpose, postOnly, reduceOnly, signalSequence } = this.terms
    const { expiresAt, group, parent, replaces } = this.terms
    const stop = this.trail === null ? this.stop : this.trail.stop
    return {
      id,
      product,
      side,
      type,
      timeInForce,
      purpose,
      state: this.state,
      reason: this.reason,
      detail: this.detail,
      quantity: this.quantity,
      filled: this.filled,
      averagePrice: priceOf(this.notional, this.filled),
      limitPrice: this.limit === 0 ? null : money(this.limit),
      stopPrice: stop === 0 ? null : money(stop),
      postOnly,
      reduceOnly,
      expiresAt: expiresAt === Infinity ? null : expiresAt,
      group,
      parent,
      replaces,
      signalSequence,
    }
  }
}
