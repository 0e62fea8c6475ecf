import { SHARE_ONE, type Fixed, type Share } from '../../domain/money.ts'
import type { Side } from '../../domain/side.ts'

/** How a trailing stop follows: at an amount or at a share of the best price, once the price has come to `activation`. */
export interface TrailSpec {
  /** 0: by share. */
  readonly amount: Fixed
  readonly share: Share
  /** 0: at once. */
  readonly activation: Fixed
}

/** A stop that follows the best price since it became active, and never goes back. */
export class Trail {
  /** 0: not active yet. */
  stop: Fixed = 0
  private extreme: Fixed = 0
  private readonly side: Side
  private amount: Fixed
  private readonly share: Share
  private activation: Fixed

  /** @param side of the order: SELL guards what was bought. */
  constructor(side: Side, spec: TrailSpec) {
    this.side = side
    this.amount = spec.amount
    this.share = spec.share
    this.activation = spec.activation
  }

  /** As it would have to be made anew. */
  get spec(): TrailSpec {
    return { amount: this.amount, share: this.share, activation: this.activation }
  }

  /** Lets it follow a price. */
  see(price: Fixed): void {
    if (this.stop === 0) {
      if (this.activation > 0 && !this.reached(price)) return
    } else if (this.side === 'SELL' ? price <= this.extreme : price >= this.extreme) return
    this.extreme = price
    this.stop = this.stopAt(price)
  }

  /** Another activation; without effect once it is active. */
  activateAt(activation: Fixed): void {
    this.activation = activation
  }

  widen(price: number): void {
    this.extreme *= price
    this.amount *= price
    this.activation *= price
    if (this.stop > 0) this.stop = this.stopAt(this.extreme)
  }

  private reached(price: Fixed): boolean {
    return this.side === 'SELL' ? price >= this.activation : price <= this.activation
  }

  /** Rounded so that it is reached by the same prices as the exact one. */
  private stopAt(price: Fixed): Fixed {
    const { side, amount } = this
    if (amount > 0) return Math.max(1, side === 'SELL' ? price - amount : price + amount)
    return Math.max(1, side === 'SELL' ? offBy(price, -this.share, 'DOWN') : offBy(price, this.share, 'UP'))
  }
}

/** A price less or plus a share of it, as a whole count. */
export function offBy(price: Fixed, share: Share, rounding: 'UP' | 'DOWN'): Fixed {
  const one = BigInt(SHARE_ONE)
  const exact = BigInt(price) * BigInt(SHARE_ONE + share)
  return Number((exact + (rounding === 'UP' ? one - 1n : 0n)) / one)
}
