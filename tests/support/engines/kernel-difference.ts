import { formatAmount } from '../../../engines/domain/money.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { Fill } from '../../../engines/domain/trading/fill.ts'
import type { RiskDecision, Signal } from '../../../engines/domain/trading/signal.ts'

/** A signal, and what became of it. */
interface Course {
  readonly signal: Signal
  readonly decision: RiskDecision
  readonly fills: readonly Fill[]
  readonly lapsed: string | null
  /** The product's position when the signal came. */
  readonly position: bigint
  /** What the account was worth by the newest snapshot before it. */
  readonly equity: bigint
}

function coursesOf(events: readonly SimulatorEvent[]): readonly Course[] {
  const fills = new Map<number, Fill[]>()
  for (const event of events) {
    if (event.type !== 'fill') continue
    const { signalSequence } = event.fill
    fills.set(signalSequence, [...(fills.get(signalSequence) ?? []), event.fill])
  }
  const lapsed = new Map(
    events.flatMap((event) => (event.type === 'lapsed' ? [[event.signalSequence, event.reason] as const] : [])),
  )
  const positions = new Map<string, bigint>()
  let equity = 0n
  return events.flatMap((event): readonly Course[] => {
    if (event.type === 'fill') positions.set(event.fill.product, event.fill.positionAfter)
    if (event.type === 'portfolio') equity = event.portfolio.equity
    if (event.type !== 'signal') return []
    const { signal, decision, sequence } = event
    const position = positions.get(signal.product) ?? 0n
    const own = fills.get(sequence) ?? []
    return [{ signal, decision, fills: own, lapsed: lapsed.get(sequence) ?? null, position, equity }]
  })
}

/** What the second version does otherwise with a signal: in the digits of a figure, or in kind. */
interface Difference {
  readonly isSmall: boolean
  readonly why: string
}

const small = (why: string): Difference => ({ isSmall: true, why })
const large = (why: string): Difference => ({ isSmall: false, why })
const money = (value: bigint): string => formatAmount(value).replace(/(\.\d{8})\d+$/, '$1…')
const filled = ({ fills }: Course): bigint => fills.reduce((sum, { quantity }) => sum + quantity, 0n)
const closes = ({ signal, position }: Course): boolean => (signal.side === 'BUY' ? position < 0n : position > 0n)
/** The last digit of an amount as it is written. */
const lastDigit = (value: bigint): bigint => 10n ** BigInt(18 - (formatAmount(value).split('.')[1]?.length ?? 0))
/** A ten-millionth of the currency: sixteen digits or so of the price are kept where eight were. */
const DIGITS = 10n ** 11n

function differenceOf(old: Course, now: Course): Difference | null {
  const [one, other] = [old.decision, now.decision]
  if (!one.accepted && !other.accepted)
    return one.reason === other.reason ? null : large(`refused ${other.reason} instead of ${one.reason}`)
  if (!one.accepted) {
    if (closes(now)) return large(`a close is let, which ${one.reason} refused`)
    return large(`let: by those digits there is room, where ${one.reason} left none (${one.detail})`)
  }
  if (!other.accepted) return large(`refused ${other.reason}: ${other.detail}`)
  const sized = sizeDifference(one.quantity, other.quantity, old.equity !== now.equity)
  if (sized !== null && !sized.isSmall) return sized
  const filled = fillDifference(old, now, sized === null ? 0n : 100n)
  return filled === null || (filled.isSmall && sized !== null) ? sized : filled
}

function sizeDifference(one: bigint, other: bigint, isMarkedOtherwise: boolean): Difference | null {
  if (one === other) return null
  if (other < one && one - other < lastDigit(other)) return small('sizes are rounded down to the increment')
  const differ = one > other ? one - other : other - one
  // What is left under a limit is little, of which digits are a large part.
  if (differ > one / 100n)
    return large(`${money(other)} instead of ${money(one)} are left under a limit, by those digits`)
  return small(
    isMarkedOtherwise
      ? 'sizes are shares of an equity that quotes mark'
      : "sizes go by the price that is asked, less slippage, and not by the last trade's",
  )
}

/** @param tolerance the part of it, 1 in so many, by which what was filled may differ, since sizes do; 0: none */
function fillDifference(old: Course, now: Course, tolerance: bigint): Difference | null {
  const [was, is] = [old.fills[0], now.fills[0]]
  if (was !== undefined && is !== undefined && was.time !== is.time)
    return large('fills at the market of its arrival, an event earlier')
  const [before, after] = [filled(old), filled(now)]
  const room = tolerance === 0n ? 0n : before / tolerance
  const much = `filled ${money(after)} instead of ${money(before)}${now.lapsed === null ? '' : `, lapsed ${now.lapsed}`}`
  if (after < before - room) return large(`${much}: what the run took is not there again`)
  if (after > before + room) return large(`${much}: it goes on with the next trades until it is filled`)
  if (was === undefined || is === undefined) return null
  const differ = was.notional > is.notional ? was.notional - is.notional : is.notional - was.notional
  if (differ === 0n || tolerance > 0n) return null
  return differ < DIGITS
    ? small('average prices keep eighteen digits')
    : large(`filled for ${money(is.notional)} instead of ${money(was.notional)}`)
}

/**
 * What the second version does otherwise than the first in a run of the same algorithm on the same market: in which digits, up to
 * the first signal with which it does another thing, and which that is.
 */
export function firstDifference(first: readonly SimulatorEvent[], second: readonly SimulatorEvent[]): string {
  const [old, now] = [coursesOf(first), coursesOf(second)]
  const digits = new Set<string>()
  for (const [index, course] of old.entries()) {
    const other = now[index]
    if (other === undefined) return `ends after ${index} of ${old.length} signals`
    const difference = differenceOf(course, other)
    if (difference === null) continue
    if (difference.isSmall) digits.add(difference.why)
    else {
      const where = `signal ${index + 1} of ${old.length}, ${course.signal.side} ${course.signal.product}`
      return [...digits, `${where}: ${difference.why}`].join('; ')
    }
  }
  return digits.size === 0 ? 'none' : [...digits].join('; ')
}
