import { TRADING_STATES, type TradingState } from './order.ts'

/** A switch of trading with its place in the stream: behind a market event, and behind so many of the signals that it raised. */
export interface PlacedSwitch {
  /** The sequence of the market event; 0: before all. */
  readonly after: number
  /** How many of that event's signals stand before it. */
  readonly signals: number
  readonly state: TradingState
}

/** The most switches of one run. */
export const MAX_SWITCHES = 200

const ONE = `\\d{1,15}(\\.\\d{1,4})?:(${TRADING_STATES.join('|')})`

/** What a text of switches looks like: `1042:HALTED 2077.1:ACTIVE`, the second behind the first signal of its event. */
export const SWITCHES = new RegExp(`^(${ONE}( ${ONE}){0,${MAX_SWITCHES - 1}})?$`)

/** @param text as {@link SWITCHES} has it; empty: none. */
export function readSwitches(text: string): readonly PlacedSwitch[] {
  if (text === '') return []
  return text.split(' ').map((part) => {
    const [place = '', state] = part.split(':')
    const [after, signals = 0] = place.split('.').map(Number)
    return { after: after ?? 0, signals, state: state as TradingState }
  })
}

/** The switches as a text that {@link readSwitches} reads. */
export function writeSwitches(switches: readonly PlacedSwitch[]): string {
  return switches.map(({ after, signals, state }) => `${after}${signals === 0 ? '' : `.${signals}`}:${state}`).join(' ')
}

/** Whether each stands where the one before it does, or behind. */
export function areInOrder(switches: readonly PlacedSwitch[]): boolean {
  return switches.every((one, index) => {
    const before = switches[index - 1]
    return before === undefined || compare(before, one) <= 0
  })
}

/** Which of two places comes first: negative, the first does. */
export function compare(
  one: Pick<PlacedSwitch, 'after' | 'signals'>,
  other: Pick<PlacedSwitch, 'after' | 'signals'>,
): number {
  return one.after - other.after || one.signals - other.signals
}

/**
 * Where switches had their place, from what a run told.
 * @param changes those that were asked for, in order, by the number of their event.
 * @param signals the numbers of the events of signals, with the market event that raised each.
 */
export function placeSwitches(
  changes: readonly { readonly sequence: number; readonly after: number; readonly state: TradingState }[],
  signals: readonly { readonly sequence: number; readonly cause: number }[],
): readonly PlacedSwitch[] {
  return changes.map(({ sequence, after, state }) => {
    const before = signals.filter((signal) => signal.cause === after && signal.sequence < sequence)
    return { after, signals: before.length, state }
  })
}
