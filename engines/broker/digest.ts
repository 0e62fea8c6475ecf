import { ORDER_STATES, type OrderUpdate } from '../domain/trading/order.ts'
import type { Fill } from '../domain/trading/fill.ts'

const LOW = 0xffff_ffffn

/**
 * What an account has come to, as a text of sixteen digits: two that took in the same orders and fills in the same order have the same.
 * It tells differences apart that nobody made on purpose; it is no proof against somebody who does.
 */
export class AccountDigest {
  private one = 0x811c9dc5
  private other = 0x01000193

  order({ id, state, quantity, filled, limitPrice, stopPrice }: OrderUpdate): void {
    this.mix(id)
    this.mix(ORDER_STATES.indexOf(state))
    this.amount(quantity)
    this.amount(filled)
    this.amount(limitPrice ?? -1n)
    this.amount(stopPrice ?? -1n)
  }

  fill({ orderId, quantity, notional, fee, time }: Fill): void {
    this.mix(orderId)
    this.amount(quantity)
    this.amount(notional)
    this.amount(fee)
    this.mix(time % 0x1_0000_0000)
  }

  value(): string {
    return [this.one, this.other].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private amount(amount: bigint): void {
    this.mix(Number(amount & LOW))
    this.mix(Number((amount >> 32n) & LOW))
    this.mix(Number((amount >> 64n) & LOW))
  }

  private mix(word: number): void {
    this.one = Math.imul(this.one ^ word, 0x01000193)
    this.other = Math.imul((this.other << 5) ^ (this.other >>> 27) ^ word, 0x9e3779b1)
  }
}
