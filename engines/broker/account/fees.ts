import type { Liquidity } from '../../domain/trading/fill.ts'
import { divideHalfEven, SHARE_ONE, share, type Money, type Share } from '../../domain/money.ts'
import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'

/** Rates that hold from a turnover of the last thirty days on. */
export interface FeeTier {
  readonly from: Money
  readonly maker: Share
  readonly taker: Share
}

const DAY = 86_400 * MICROS_PER_SECOND
const WINDOW_DAYS = 30

/** What fills cost, by what was traded in the thirty days before, the present one among them. */
export class Fees {
  private readonly maker: Share
  private readonly taker: Share
  private readonly tiers: readonly FeeTier[]
  /** Turnover by UTC day; at most thirty. Kept only where there are tiers. */
  private readonly days = new Map<number, Money>()

  constructor(maker: Share, taker: Share, tiers: readonly FeeTier[]) {
    this.maker = maker
    this.taker = taker
    this.tiers = tiers
  }

  rate(liquidity: Liquidity, now: Micros): Share {
    const tier = this.tier(now)
    if (liquidity === 'MAKER') return tier?.maker ?? this.maker
    return tier?.taker ?? this.taker
  }

  /** A fill's fee, rounded once, half even. */
  of(notional: Money, liquidity: Liquidity, now: Micros): Money {
    return share(notional, this.rate(liquidity, now))
  }

  traded(notional: Money, now: Micros): void {
    if (this.tiers.length === 0) return
    const day = Math.floor(now / DAY)
    this.days.set(day, (this.days.get(day) ?? 0n) + notional)
    for (const old of this.days.keys()) if (old <= day - WINDOW_DAYS) this.days.delete(old)
  }

  private tier(now: Micros): FeeTier | null {
    if (this.tiers.length === 0) return null
    const first = Math.floor(now / DAY) - WINDOW_DAYS
    let turnover = 0n
    for (const [day, traded] of this.days) if (day > first) turnover += traded
    return this.tiers.findLast((tier) => tier.from <= turnover) ?? null
  }
}

/** The largest notional that, with its fee, costs no more than `amount`; at least 0. */
export function notionalWithin(amount: Money, rate: Share): Money {
  if (amount <= 0n) return 0n
  let most = (amount * BigInt(SHARE_ONE)) / BigInt(SHARE_ONE + rate)
  if (most + share(most, rate) > amount) most -= 1n
  return most
}

const YEAR = BigInt(365 * DAY)

/** What borrowing something of that worth for that long costs, rounded once, half even. */
export function borrowCost(worth: Money, rate: Share, elapsed: Micros): Money {
  return divideHalfEven(worth * BigInt(rate) * BigInt(elapsed), BigInt(SHARE_ONE) * YEAR)
}
