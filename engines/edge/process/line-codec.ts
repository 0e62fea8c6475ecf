import { TRADING_STATES } from '../../domain/trading/order.ts'
import type { ControlMessage, EngineMessage } from './control.ts'
import { decodeJson, encodeJson } from '../json.ts'

/** A message as one line, without its end, for a channel that carries text. Nothing is lost on the way there and back. */
export function encodeLine(message: EngineMessage | ControlMessage): string {
  return encodeJson(message)
}

function decode(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = decodeJson(line)
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
  if (message.type === 'trading' && !TRADING_STATES.some((state) => state === message.state)) return null
  return message as unknown as ControlMessage
}

/** Whether a message has the form that its type asks for; what events hold beyond their numbers is not looked into. */
const FORMS: Readonly<Record<EngineMessage['type'], (message: Record<string, unknown>) => boolean>> = {
  ready: ({ port }) => port === null || (isCount(port) && (port as number) <= 65_535),
  connected: () => true,
  events: ({ events }) =>
    Array.isArray(events) &&
    events.every((event: unknown) => typeof event === 'object' && event !== null && isNumbered(event)),
  report: ({ cpuMicros, memoryBytes, last, warnings, doubts, marketStartedAt, emitted, reached }) =>
    (last === undefined || isCount(last)) &&
    typeof cpuMicros === 'number' &&
    typeof memoryBytes === 'number' &&
    areSentences(warnings) &&
    areSentences(doubts) &&
    (marketStartedAt === undefined || isCount(marketStartedAt)) &&
    (emitted === undefined || isEmitted(emitted)) &&
    (reached === undefined || isReached(reached)),
  ended: ({ reason, fingerprint, last, whole }) =>
    (last === undefined || isCount(last)) &&
    (whole === undefined || typeof whole === 'boolean') &&
    (reason === 'COMPLETED' || reason === 'STOPPED' || reason === 'FAILED') &&
    (fingerprint === null || typeof fingerprint === 'string'),
}

function isEmitted(value: unknown): boolean {
  const { publisher, total, others, products } = (value ?? {}) as Record<string, unknown>
  if (![publisher, total, others].every(isCount) || typeof products !== 'object' || products === null) return false
  return Object.values(products).every(isCount)
}

function isReached(value: unknown): boolean {
  const { publisher, count } = (value ?? {}) as Record<string, unknown>
  return isCount(publisher) && isCount(count)
}

function areSentences(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
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
