import type { SimulatorEvent } from '../domain/trading/event.ts'

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

/** The reverse of {@link write}, in place: a reviver of `JSON.parse` costs two and a half times as much. */
function restored(value: unknown): unknown {
  if (typeof value === 'string') {
    if (!value.startsWith(MARK)) return value
    const rest = value.slice(2)
    if (value[1] === 'n') return BigInt(rest)
    return value[1] === 'f' ? Number(rest) : value.slice(1)
  }
  if (typeof value !== 'object' || value === null) return value
  const whole = value as Record<string, unknown>
  for (const key of Object.keys(whole)) {
    const part = whole[key]
    if (typeof part === 'string' || typeof part === 'object') whole[key] = restored(part)
  }
  return whole
}

/** A value as JSON without loss: all that JSON knows, bigints, and every number. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, write)
}

/** The reverse of {@link encodeJson}. @throws SyntaxError where the text is not such JSON. */
export function decodeJson(text: string): unknown {
  return restored(JSON.parse(text))
}

/** What each type of event holds besides its envelope: parts that are objects. */
const PARTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['signal', ['signal', 'decision']],
  ['fill', ['fill']],
  ['lapsed', []],
  ['order', ['order']],
  ['roundTrip', ['roundTrip']],
  ['liquidation', ['liquidation']],
  ['trading', []],
  ['portfolio', ['portfolio']],
  ['candle', ['candle']],
  ['feed', ['status']],
  ['finished', ['portfolio', 'metrics']],
])

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function isEvent(value: unknown): value is SimulatorEvent {
  if (!isObject(value)) return false
  const { type, sequence, time } = value
  const parts = PARTS.get(type)
  if (parts === undefined || !parts.every((part) => isObject(value[part]))) return false
  return Number.isSafeInteger(sequence) && Number(sequence) >= 1 && Number.isSafeInteger(time)
}

/**
 * Reads events that came over a bus: a JSON array of events whose sequences follow each other.
 * @throws SyntaxError where the text is anything else.
 */
export function decodeEvents(text: string): readonly SimulatorEvent[] {
  const events = decodeJson(text)
  if (!Array.isArray(events) || !events.every(isEvent)) throw new SyntaxError('this is not a batch of events')
  if (!events.every((event, index) => index === 0 || event.sequence === events[index - 1]!.sequence + 1)) {
    throw new SyntaxError('the sequences of this batch of events do not follow each other')
  }
  return events
}
