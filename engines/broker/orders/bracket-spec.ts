import { SHARE_ONE } from '../../domain/money.ts'
import type { BracketRequest, BracketSpec } from '../../domain/trading/order-request.ts'

/** A bracket with all its parts. */
export function bracketOf({ trail, ...rest }: BracketRequest): BracketSpec {
  const none = { stop: 0, target: 0, stopShare: 0, targetShare: 0, hold: 0 }
  const trailing = trail === undefined || trail === null ? null : { amount: 0, share: 0, after: 0, ...trail }
  return { ...none, ...rest, trail: trailing }
}

export function widenBracket(bracket: BracketSpec, price: number): BracketSpec {
  const { stop, target, trail } = bracket
  const widened = trail === null ? null : { ...trail, amount: trail.amount * price }
  return { ...bracket, stop: stop * price, target: target * price, trail: widened }
}

/** Faults of a bracket beyond that its figures are counts. */
export function faultsOfBracket({ stop, stopShare, target, targetShare, trail, hold }: BracketSpec): string[] {
  const faults: string[] = []
  if (stop > 0 && stopShare > 0) faults.push('a bracket has a stop at a price or at a share, not both')
  if (target > 0 && targetShare > 0) faults.push('a bracket has a target at a price or at a share, not both')
  if (stopShare >= SHARE_ONE) faults.push('the share of a stop is under the whole price')
  if (trail !== null && trail.amount > 0 === trail.share > 0) faults.push('trails either by an amount or by a share')
  if (trail !== null && trail.share >= SHARE_ONE) faults.push('a share to trail by is under the whole price')
  if (!Number.isSafeInteger(hold) || hold < 0) faults.push('a time to hold is none')
  return faults
}
