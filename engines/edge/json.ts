import type { SimulatorEvent } from '../domain/event.ts'

/**
 * What JSON cannot say is a string that begins with this: `~n12` is the bigint 12, `~fNaN`, `~fInfinity`, `~f-Infinity`
 * and `~f-0` are the numbers, and a string that begins with `~` itself has one more in front.
 */
const MARK = '~'

function write(_key: string, value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return `${MARK}n${value}`
    case 'string':
      return value.startsWith(MARK) ? MARK + value : value
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return `${MARK}f${Object.is(value, -0) ? '-0' : value}`
    default:
      return value
  }
}

function read(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value
  const rest = value.slice(2)
  if (value[1] === 'n') return BigInt(rest)
  return value[1] === 'f' ? Number(rest) : value.slice(1)
}

/** A value as JSON without loss: all that JSON knows, bigints, and every number. */
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
