import { formatExact } from '../../../ui/figures/format.ts'

const WORDS: Readonly<Record<string, string>> = {
  LOW_CONFIDENCE: 'too little confidence',
  POSITION_LIMIT: 'position limit',
  SHORTING_DISABLED: 'selling short is off',
  INSUFFICIENT_CASH: 'too little cash',
  COOLDOWN: 'too soon after the last',
  NO_MARKET: 'no price to trade at',
  SIZE_TOO_SMALL: 'size too small',
  SIZE_TOO_LARGE: 'size too large',
  EXPOSURE_LIMIT: 'exposure limit',
  MAX_POSITIONS: 'too many open positions',
  DAILY_LOSS: 'lost too much today',
  LOCKED: 'locked by a protection',
  HALTED: 'trading is halted',
  REDUCING: 'only closing is let through',
  PRICE_OFF_TICK: 'price between two increments',
  WOULD_CROSS: 'it would have taken',
  STALE_MARKET: 'the price is too old',
  INVALID_ORDER: 'the order makes no sense',
  RUINED: 'no equity is left',
}

const LAPSES: Readonly<Record<string, string>> = {
  LIMITS: 'When it reached the market, the risk limits had no room for it any more.',
  WORTH_NOTHING: 'What the market held was worth too little to be booked.',
  RUN_ENDED: 'The run ended before it could be filled.',
}

/** Why a signal was refused, in a few words; a reason that is not known here as the API names it. */
export function refusalWords(reason: string | null): string {
  return reason === null ? '' : (WORDS[reason] ?? reason.toLowerCase().replaceAll('_', ' '))
}

/** Why an accepted order got nothing, as a sentence. */
export function lapseSentence(reason: string): string {
  return LAPSES[reason] ?? `It lapsed: ${reason.toLowerCase().replaceAll('_', ' ')}.`
}

/** Why less was filled than had been accepted; which of the two it was, no event says. */
export function partialSentence(requested: string): string {
  return `Less than the ${formatExact(requested)} that was accepted: the book held no more, or the risk limits had no room for more by then.`
}
