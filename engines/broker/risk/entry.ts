import type { TradingState } from '../../domain/trading/order.ts'
import type { Side } from '../../domain/side.ts'
import type { Desk } from '../desk.ts'
import type { Refusal } from '../orders/request.ts'
import type { ProductState } from '../product-state.ts'
import { describeLock, type Protections } from './protections.ts'

/** What a run may do at the moment, as far as it is not up to the market. */
export interface Gates {
  /** As it was switched. */
  readonly switched: TradingState
  readonly ruined: boolean
  readonly protections: Protections
  /** Products that orders on their way will open a position in, beside those that are held. */
  readonly opening: (state: ProductState) => number
}

/** Why nothing new may be opened in a product; null: it may. What closes never asks. */
export function entryRefusal(desk: Desk, state: ProductState, side: Side, gates: Gates): Refusal | null {
  const { limits } = desk.settings
  if (gates.ruined) return { reason: 'RUINED', detail: 'the run has lost everything' }
  if (gates.switched === 'HALTED') return { reason: 'HALTED', detail: 'trading is halted' }
  if (gates.switched === 'REDUCING') return { reason: 'REDUCING', detail: 'only what closes is let through' }
  if (gates.protections.lossOfDay) {
    return {
      reason: 'DAILY_LOSS',
      detail: 'the loss of the day is at its limit; only what closes is let through until tomorrow',
    }
  }
  const lock = gates.protections.lockOf(state.product, desk.now)
  if (lock !== null) return { reason: 'LOCKED', detail: describeLock(lock) }
  if (side === 'SELL' && !limits.shorting) {
    return { reason: 'SHORTING_DISABLED', detail: 'nothing is held that could be sold, and shorting is disabled' }
  }
  if (limits.maxPositions > 0 && state.holding.quantity === 0n) {
    const open = desk.held.length + gates.opening(state)
    if (open >= limits.maxPositions) {
      return { reason: 'MAX_POSITIONS', detail: `${open} of at most ${limits.maxPositions} positions are open` }
    }
  }
  return null
}
