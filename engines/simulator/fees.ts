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
  if (amount <= 0n) return 0n
  const notional = (amount * 100_000_000n) / (100_000_000n + BigInt(rate))
  // The fee may have been rounded up.
  return notional + takerFee(notional, rate) > amount ? notional - 1n : notional
}
