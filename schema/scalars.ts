import { GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { JSONResolver } from 'graphql-scalars'
import { formatAmount, readAmount, type Amount } from '../engines/domain/money.ts'
import {
  formatTime,
  isKeepableTime,
  KEEPABLE_TIMES,
  MICROS_PER_MILLISECOND,
  parseTime,
  type Micros,
} from '../engines/domain/time.ts'
import { builder } from './builder.ts'
import { badInput } from './errors.ts'
import { quoted } from './text.ts'

// The ready-made scalars of graphql-scalars end at milliseconds (DateTime) or at 2^53 (BigInt as a JSON number), so
// three of the four are our own.

const INT64_MOST = 2n ** 63n - 1n
const MAX_TIME_LENGTH = 50
const OFFSET = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)([+-])([01]\d|2[0-3]):([0-5]\d)$/

function isDate(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day)
}

/** RFC 3339 with any offset, to the microsecond. */
function readTime(text: string): Micros {
  // A day that its month does not have would be read as one of the next.
  if (!isDate(text.slice(0, 10))) return Number.NaN
  const match = OFFSET.exec(text)
  if (match === null) return parseTime(text)
  const minutes = Number(match[3]) * 60 + Number(match[4])
  const shift = minutes * 60_000_000 * (match[2] === '-' ? 1 : -1)
  return parseTime(`${match[1]}Z`) + shift
}

function parseDateTime(value: unknown): Micros {
  const time = typeof value === 'string' && value.length <= MAX_TIME_LENGTH ? readTime(value) : Number.NaN
  if (Number.isNaN(time))
    throw badInput(`${quoted(value, 50)} is not an RFC 3339 time like 2026-09-02T07:44:10.104422Z.`)
  if (!isKeepableTime(time)) throw badInput(`${quoted(value, 50)} is not a time ${KEEPABLE_TIMES}.`)
  return time
}

function parseBigInt(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) {
    const parsed = BigInt(value)
    if (parsed <= INT64_MOST && parsed >= -INT64_MOST - 1n) return parsed
  }
  throw badInput(`${quoted(value, 50)} is not a whole number of 64 bits.`)
}

function parseDecimal(value: unknown): Amount {
  const text = typeof value === 'number' ? String(value) : value
  const amount = typeof text === 'string' ? readAmount(text) : null
  if (amount !== null) return amount
  throw badInput(`${quoted(value, 50)} is not a decimal of at most 30 digits before the point and eighteen after it.`)
}

/** The text of a literal that may be written as a string or as a number. */
function literal(node: ValueNode): string | null {
  return node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : null
}

const dateTime = new GraphQLScalarType<Micros, string>({
  name: 'DateTime',
  description: 'RFC 3339, UTC, with six digits of a second: `2026-09-02T07:44:10.104422Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => formatTime(value instanceof Date ? value.getTime() * MICROS_PER_MILLISECOND : Number(value)),
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : null),
})

const decimal = new GraphQLScalarType<Amount, string>({
  name: 'Decimal',
  description:
    'Exact decimal as a string: every price, size and amount of money. At most eighteen digits after the point.',
  // A text is what a count was written as.
  serialize: (value) => (typeof value === 'string' ? value : formatAmount(value as bigint)),
  parseValue: parseDecimal,
  parseLiteral: (node) => parseDecimal(literal(node)),
})

const bigInt = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description: '64-bit whole number as a string: sequence numbers, counts, bytes.',
  serialize: (value) => BigInt(value as number | bigint).toString(),
  parseValue: parseBigInt,
  parseLiteral: (node) => parseBigInt(literal(node)),
})

builder.addScalarType('DateTime', dateTime)
builder.addScalarType('Decimal', decimal)
builder.addScalarType('BigInt', bigInt)
builder.scalarType('JSON', {
  description: 'Free-form algorithm parameters and JSON Schema only.',
  serialize: (value) => value,
  parseValue: (value) => JSONResolver.parseValue(value) as unknown,
  parseLiteral: (node, variables) => JSONResolver.parseLiteral(node, variables) as unknown,
})

/** The most that GraphQL's `Int` holds. */
const MAX_INT = 2 ** 31 - 1

/** A count as GraphQL's `Int`: one that it cannot hold is told as the most that it can, rather than fail the question. */
export function asInt(count: number | bigint): number {
  return Number(count) > MAX_INT ? MAX_INT : Number(count)
}
