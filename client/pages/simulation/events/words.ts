/** What the API's words for orders are called here; one that is not known here as the API has it. */

const words = (word: string): string => word.toLowerCase().replaceAll('_', ' ')
const sentence = (word: string): string => {
  const text = words(word)
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const PURPOSES: Readonly<Record<string, string>> = {
  TRAILING_STOP: 'Trailing stop',
  MAX_HOLD: 'Held longest',
  STOP_LOSS: 'Stop loss',
  TAKE_PROFIT: 'Take profit',
}

/** What an order is for, or why a position was closed. */
export const purposeWord = (purpose: string): string => PURPOSES[purpose] ?? sentence(purpose)

/** What an order waits for: `Limit`, `Trailing stop`. */
export const typeWord = (type: string): string => sentence(type)

const STATES: Readonly<Record<string, string>> = { PARTIALLY_FILLED: 'Filled in part' }

/** Where an order stands. */
export const stateWord = (state: string): string => STATES[state] ?? sentence(state)

const REASONS: Readonly<Record<string, string>> = {
  REQUESTED: 'asked for',
  UNFILLED: 'not filled in its time',
  TIME: 'its time was over',
  GROUP: 'its group is done',
  PARENT_ENDED: 'its entry ended',
  FLAT: 'nothing was left to close',
  LIMITS: 'no room in the limits',
  WORTH_NOTHING: 'worth nothing',
  RUN_ENDED: 'the run ended',
  WOULD_CROSS: 'it would have taken',
  NO_MARKET: 'no price',
  STALE_MARKET: 'the price is too old',
}

const SHORT: Readonly<Record<string, string>> = { STOP_LOSS: 'Stop', TAKE_PROFIT: 'Target', TRAILING_STOP: 'Trail' }

/** What an order waits at its price for, in as few words as fit beside a scale. */
export const levelWord = (type: string, purpose: string, side: string): string =>
  SHORT[purpose] ?? `${typeWord(type)} ${side.toLowerCase()}`

/** Why an order stands so, in a few words. */
export const reasonWords = (reason: string): string => REASONS[reason] ?? words(reason)

/** What a state of trading is called. */
export const TRADING_WORDS = { ACTIVE: 'Active', REDUCING: 'Reducing', HALTED: 'Halted' } as const

/** What it lets through. */
export const TRADING_MEANINGS: Readonly<Record<keyof typeof TRADING_WORDS, string>> = {
  ACTIVE: 'All orders are let through.',
  REDUCING: 'Only orders that close a position are let through.',
  HALTED: 'No order of the algorithm is let through; stops and liquidation go on.',
}
