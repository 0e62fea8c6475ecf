import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { schema } from '../../schema/index.ts'
import { nodeId } from '../../schema/node-id.ts'
import { startTestApi, type Answer, type TestApi } from '../../tests/support/server/api.ts'
import { createMask } from './mask.ts'

/** The longest message, and the longest answer, to what nobody means well by. */
const MAX_MESSAGE = 600
const MAX_ANSWER = 64 * 1024

let api: TestApi
let ids: Readonly<Record<string, string>>
beforeAll(async () => {
  api = await startTestApi()
  const run = await api.newRun()
  await api.happen(run.id, 1, 30)
  const save = `mutation { saveConfiguration(input: { name: "mine", algorithm: "rsi" }) { configuration { id } } }`
  const { data } = await api.query(save)
  const saved = data?.['saveConfiguration'] as { configuration: { id: string } }
  ids = { Simulation: run.globalId, Configuration: saved.configuration.id }
})
afterAll(() => api.dispose())

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}
const TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u001b[2J',
  '\u202e',
  '\u200b',
  'a\nb',
  '\'; DROP TABLE "Simulation"; --',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'x'.repeat(490),
  'x'.repeat(100_000),
  '\u{1f600}'.repeat(240),
  'NaN',
  '-1',
  '9'.repeat(30),
  nodeId('Simulation', 'nonsense'),
  nodeId('Configuration', 'nonsense'),
  nodeId('Configuration', '00000000-0000-4000-8000-000000000000'),
  nodeId('Algorithm', '__proto__'),
  Buffer.from('GPC:S:nonsense').toString('base64'),
  Buffer.from('GPC:N:9e999').toString('base64'),
]
const NUMBERS = [
  -1,
  0,
  1,
  41,
  1.5,
  2_147_483_647,
  -2_147_483_648,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  'NaN',
  'Infinity',
  null,
]
const TIMES = [
  '0000-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59.999999Z',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00+99:99',
  `2026-01-01T00:00:00.${'1'.repeat(10_000)}Z`,
  'yesterday',
  7,
]
const WHOLES = [
  '-9223372036854775808',
  '9223372036854775807',
  '9223372036854775808',
  '-1',
  '0',
  '1e5',
  '1'.repeat(100_000),
  2 ** 53,
  1.5,
]
const JSONS = [
  nested(30),
  nested(33),
  nested(1_000),
  Object.fromEntries(Array.from({ length: 1_900 }, (_, key) => [`KEY_${key}`, key])),
  Object.fromEntries(Array.from({ length: 3_000 }, (_, key) => [`KEY_${key}`, key])),
  JSON.parse('{ "__proto__": { "polluted": true } }') as unknown,
  { constructor: { prototype: 1 }, toString: 1, hasOwnProperty: 1 },
  { RSI_PERIOD: 'x'.repeat(19_000) },
  { ['k'.repeat(490)]: 1 },
  { ['k'.repeat(5_000)]: 1 },
  { '\0': '\ud800' },
  { RSI_PERIOD: 1e308 },
  Array.from({ length: 1_900 }, () => null),
  'text',
  7,
  null,
]

/** What is sent for a type: of its own kind and of others. */
function hostile(type: GraphQLInputType): readonly unknown[] {
  const inner = getNullableType(type)
  if (isListType(inner)) {
    const items = hostile(inner.ofType as GraphQLInputType)
    return [
      [],
      [null],
      ...items.map((item) => [item]),
      ...[1_900, 60_000].map((length) => Array(length).fill(items[0])),
    ]
  }
  if (isInputObjectType(inner)) return [null, [], 'text', 7, { nothing: 1 }, nested(10)]
  if (isEnumType(inner)) return ['NOTHING', '__proto__', 'x'.repeat(100_000), 7, null, [inner.getValues()[0]?.name]]
  const kinds: Readonly<Record<string, readonly unknown[]>> = {
    String: [...TEXTS, 7, { a: 1 }],
    ID: [...TEXTS, 7, { a: 1 }],
    Int: [...NUMBERS, 'x'.repeat(100_000)],
    Float: NUMBERS,
    Boolean: ['true', 7],
    DateTime: [...TIMES, 'x'.repeat(100_000)],
    BigInt: WHOLES,
    Decimal: [...WHOLES, `0.${'1'.repeat(100_000)}`],
    JSON: JSONS,
  }
  const values = kinds[inner.name]
  if (values === undefined) throw new Error(`say in this test what is hostile to the scalar ${inner.name}`)
  return values
}

/** What is given where something must be. */
function harmless({ name, type }: GraphQLArgument | GraphQLInputField, of: string): unknown {
  const inner = getNullableType(type)
  if (isListType(inner)) return []
  if (isInputObjectType(inner)) return completed(Object.values(inner.getFields()), of)
  if (isEnumType(inner)) return inner.getValues()[0]?.name
  if (inner.name === 'ID') return name === 'configurationId' ? ids['Configuration'] : ids[of]
  const values: Readonly<Record<string, unknown>> = { Int: 1, Float: 1, BigInt: '1', JSON: {}, Boolean: true }
  return values[inner.name] ?? (name === 'product' ? 'BTC-USD' : 'rsi')
}

function completed(definitions: readonly (GraphQLArgument | GraphQLInputField)[], of: string): Record<string, unknown> {
  const needed = definitions.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
  return Object.fromEntries(needed.map((definition) => [definition.name, harmless(definition, of)]))
}

/** All ways to put something hostile into one of several arguments, however deep, with what else they need. */
function* variations(
  definitions: readonly (GraphQLArgument | GraphQLInputField)[],
  of: string,
): Generator<{ readonly place: string; readonly args: Record<string, unknown> }> {
  const base = completed(definitions, of)
  for (const { name, type } of definitions) {
    for (const value of hostile(type)) yield { place: name, args: { ...base, [name]: value } }
    const inner = getNullableType(type)
    if (!isInputObjectType(inner)) continue
    for (const { place, args } of variations(Object.values(inner.getFields()), of))
      yield { place: `${name}.${place}`, args: { ...base, [name]: args } }
  }
}

function selection(type: GraphQLOutputType): string {
  const named = getNamedType(type)
  if (!isCompositeType(named)) return ''
  if (named.name.endsWith('Connection')) return '{ edges { cursor } }'
  return isObjectType(named) && 'userErrors' in named.getFields()
    ? '{ userErrors { message code path } }'
    : '{ __typename }'
}

/** How a field of a type is reached. */
function within(typeName: string, text: string): string {
  const roots: Readonly<Record<string, string>> = {
    Query: `{ ${text} }`,
    Mutation: `{ ${text} }`,
    Subscription: `{ ${text} }`,
    Simulation: `{ simulation(id: "${ids['Simulation']}") { ${text} } }`,
    Configuration: `{ configuration(id: "${ids['Configuration']}") { ${text} } }`,
  }
  const found = roots[typeName]
  if (found === undefined) throw new Error(`say in this test how a field of ${typeName} is reached`)
  return found
}

function parsed(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** What begins a subscription, without a server; feeds that it opens are closed again. */
async function begin(text: string, variables: Record<string, unknown>): Promise<Answer> {
  const variableValues = JSON.parse(JSON.stringify(variables)) as Record<string, unknown>
  const document = parsed(text)
  const faults = document instanceof GraphQLError ? [document] : validate(schema, document)
  const result =
    faults.length > 0 || document instanceof GraphQLError
      ? { errors: faults }
      : await subscribe({ schema, document, contextValue: { ...api.context }, variableValues })
  if ('return' in result) {
    await result.return(undefined)
    return {}
  }
  const { errors = [] } = result as { errors?: readonly Error[] }
  return JSON.parse(JSON.stringify({ errors: errors.map(createMask(pino({ level: 'silent' }), () => true)) })) as Answer
}

/** A value as a literal; null where the language has none for it. */
function literal(value: unknown, isEnum: boolean): string | null {
  if (value === undefined) return null
  if (Array.isArray(value)) {
    const items = value.map((item) => literal(item, isEnum))
    return items.includes(null) ? null : `[${items.join(' ')}]`
  }
  if (typeof value !== 'object' || value === null) {
    return isEnum && typeof value === 'string' && NAME.test(value) ? value : JSON.stringify(value)
  }
  const parts = Object.entries(value).map(([key, item]) => [key, literal(item, isEnum)] as const)
  if (parts.some(([key, item]) => item === null || !NAME.test(key))) return null
  return `{ ${parts.map(([key, item]) => `${key}: ${item}`).join(' ')} }`
}

const NAME = /^[_A-Za-z]\w*$/

/** Arguments in brackets, written as literals; null where one cannot be. */
function literals(definitions: readonly GraphQLArgument[], args: Readonly<Record<string, unknown>>): string | null {
  const given = definitions.filter(({ name }) => args[name] !== undefined)
  if (given.length === 0) return ''
  const parts = given.map(({ name, type }) => [name, literal(args[name], isEnumType(getNamedType(type)))] as const)
  return parts.some(([, text]) => text === null) ? null : `(${parts.map((part) => part.join(': ')).join(' ')})`
}

const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type) && !type.name.startsWith('__')
    ? Object.values(type.getFields())
        .filter(({ args }) => args.length > 0)
        .map((field) => [`${type.name}.${field.name}`, type.name, field] as const)
    : [],
)

it.each(fields)(
  '%s answers whatever it is given as a user’s error, shortly',
  { timeout: 60_000 },
  async (_name, of, field) => {
    api.log.length = 0
    const kind = of === 'Mutation' ? 'mutation' : of === 'Subscription' ? 'subscription' : 'query'
    const declared = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
    const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
    // An id that is asked for by itself is that of a run, unless the field's name says otherwise.
    const subject = /onfiguration/.test(field.name) ? 'Configuration' : 'Simulation'
    const whole = `${kind} (${declared}) ${within(of, `${field.name}(${passed}) ${selection(field.type)}`)}`
    const asked = function* () {
      for (const { place, args } of variations(field.args, subject)) {
        yield { place, args, text: whole, variables: args }
        // In the text itself other rules read it: a literal of the language, not a value of JSON.
        const written = literals(field.args, args)
        const text = `${kind} ${within(of, `${field.name}${written} ${selection(field.type)}`)}`
        if (written !== null) yield { place: `${place}, written`, args, text, variables: {} }
      }
    }
    for (const { place, args, text, variables } of asked()) {
      const answer = kind === 'subscription' ? await begin(text, variables) : await api.query(text, variables)
      const said = JSON.stringify(answer)
      const what = `${place}: ${(JSON.stringify(args) ?? '').slice(0, 200)} was answered with ${said.slice(0, 300)}`
      expect(said.length, what).toBeLessThan(MAX_ANSWER)
      expect(said, what).not.toContain('INTERNAL_SERVER_ERROR')
      for (const { message } of [...(answer.errors ?? []), ...toldOf(answer)]) {
        expect(message.length, what).toBeLessThan(MAX_MESSAGE)
        expect(message, what).not.toMatch(/prisma|postgres|invocation|undefined|\[object/i)
      }
    }
    expect(api.log.filter((line) => /"level":[56]0/.test(line))).toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  },
)

/** The user errors of a mutation. */
function toldOf({ data }: Answer): readonly { readonly message: string }[] {
  return Object.values(data ?? {}).flatMap((payload) => {
    const told = (payload as { userErrors?: readonly { message: string }[] } | null)?.userErrors
    return Array.isArray(told) ? told : []
  })
}
