import { share, type Fixed, type Money } from '../domain/money.ts'

/**
 * The fee of a fill: a fixed share of its notional, rounded once, half even.
 * Every order of the simulator is a market order and takes liquidity, so there is one rate and no maker's.
 */
export function takerFee(notional: Money, rate: Fixed): Money {
  return share(notional, rate)
}

/** The largest notional that, with its fee, costs no more than `amount`; at least 0. */
export function notionalWithin(amount: Money, rate: Fixed): Money {
  // One unit less covers the fee's rounding.
  const notional = (amount * 100_000_000n) / (100_000_000n + BigInt(rate)) - 1n
  return notional > 0n ? notional : 0n
}
