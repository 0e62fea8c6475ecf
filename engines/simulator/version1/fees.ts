import { share, type Fixed, type Money } from './money.ts'

/**
 * The fee of a fill: a fixed share of its notional, rounded once, half even.
 * Every order of the simulator is a market order and takes liquidity, so there is one rate and no maker's.
 */
export function takerFee(notional: Money, rate: Fixed): Money {
  return share(notional, rate)
}

/** The largest notional that, with its fee, costs no more than `amount`; at least 0. */
export function notionalWithin(amount: Money, rate: Fixed): Money {
  // Rounded down: what is left of the amount is at least the exact fee, and being whole, at least the rounded one too.
  return amount <= 0n ? 0n : (amount * 100_000_000n) / (100_000_000n + BigInt(rate))
}
