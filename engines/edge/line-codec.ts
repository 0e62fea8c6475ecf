import type { ControlMessage, EngineMessage } from './control.ts'

/**
 * Messages as lines of JSON, for a channel that carries text. What JSON cannot say is a string that begins with `~`:
 * `~n12` is the bigint 12, `~fNaN`, `~fInfinity`, `~f-Infinity` and `~f-0` are the numbers, and a string that begins
 * with `~` itself has one more in front. Nothing is lost on the way there and back.
 */
const MARK = '~'

function escape(_key: string, value: unknown): unknown {
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

function unescape(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value
  const rest = value.slice(2)
  if (value[1] === 'n') return BigInt(rest)
  return value[1] === 'f' ? Number(rest) : value.slice(1)
}

/** A message as one line, without its end. */
export function encodeLine(message: EngineMessage | ControlMessage): string {
  return JSON.stringify(message, escape)
}

function decode(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line, unescape)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    // Half a line, or something that was never one of ours; the caller says so.
    return null
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** What an engine is told; null where the line is none of it. */
export function decodeControl(line: string): ControlMessage | null {
  const message = decode(line)
  if (message === null || typeof message.type !== 'string') return null
  if (message.sequence !== undefined && !isCount(message.sequence)) return null
  return message as unknown as ControlMessage
}

/** Whether a message has the form that its type asks for; what events hold beyond their numbers is not looked into. */
const FORMS: Readonly<Record<EngineMessage['type'], (message: Record<string, unknown>) => boolean>> = {
  ready: ({ port }) => port === null || (isCount(port) && (port as number) <= 65_535),
  connected: () => true,
  events: ({ events }) =>
    Array.isArray(events) &&
    events.every((event: unknown) => typeof event === 'object' && event !== null && isNumbered(event)),
  report: ({ cpuMicros, memoryBytes }) => typeof cpuMicros === 'number' && typeof memoryBytes === 'number',
  ended: ({ reason, fingerprint }) =>
    (reason === 'COMPLETED' || reason === 'STOPPED') && (fingerprint === null || typeof fingerprint === 'string'),
}

function isNumbered(event: object): boolean {
  const { type, sequence } = event as { type?: unknown; sequence?: unknown }
  return typeof type === 'string' && isCount(sequence)
}

/** What an engine tells; null where the line is none of it. */
export function decodeEngineMessage(line: string): EngineMessage | null {
  const message = decode(line)
  if (message === null || typeof message.type !== 'string' || !Object.hasOwn(FORMS, message.type)) return null
  const fits = FORMS[message.type as EngineMessage['type']](message)
  return fits ? (message as unknown as EngineMessage) : null
}
