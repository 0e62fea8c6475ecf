import type { SimulatorEvent } from '../domain/event.ts'

/** How a bigint is written, since JSON has none: `{"$n":"-12"}`. */
const MARK = '$n'

const write = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { [MARK]: value.toString() } : value

const read = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !(MARK in value)) return value
  const digits = value[MARK]
  if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) throw new SyntaxError(`"${MARK}" does not hold a number`)
  return BigInt(digits)
}

/** A value as JSON without loss: bigints, and all that JSON knows. Not for infinities and NaN, which no message holds. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, write)
}

/** The reverse of {@link encodeJson}. @throws SyntaxError where the text is not such JSON. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, read)
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set(['signal', 'fill', 'lapsed', 'portfolio', 'feed', 'finished'])

function isEvent(value: unknown): value is SimulatorEvent {
  if (typeof value !== 'object' || value === null) return false
  const { type, sequence, time } = value as Record<string, unknown>
  return EVENT_TYPES.has(type) && Number.isSafeInteger(sequence) && Number(sequence) >= 1 && Number.isSafeInteger(time)
}

/**
 * Reads events that came over a bus: a JSON array of events with ascending sequences.
 * @throws SyntaxError where the text is anything else.
 */
export function decodeEvents(text: string): readonly SimulatorEvent[] {
  const events = decodeJson(text)
  if (!Array.isArray(events) || !events.every(isEvent)) throw new SyntaxError('this is not a batch of events')
  return events
}
