import * as z from 'zod'
import type { Parameters } from './simulation.ts'

/**
 * Parameters as schema: one zod object gives validation, defaults, JSON Schema (API, forms, sweeps) and the
 * environment variables, because its keys ARE the variables' names.
 */
export type ParameterSchema = z.ZodObject

/** Where a sweep over a parameter goes; `.meta({ sweep })` of its declaration. */
export interface SweepRange {
  readonly min: number
  readonly max: number
  readonly step: number
}

/** One thing that is wrong with parameters, told to a person. */
export interface ParameterFault {
  readonly message: string
  /** Where in the input; ends with the parameter's name. */
  readonly path: readonly string[]
  /** `NOT_AN_OBJECT`, `UNKNOWN_PARAMETER`, `INVALID_PARAMETER` or `CONFLICTING_PARAMETERS`. */
  readonly code: string
}

/** Complete, checked parameters, or every fault at once. */
export type ParameterOutcome<Value = Parameters> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly faults: readonly ParameterFault[] }

/** A rule over several parameters, checked wherever each of them is right by itself. */
export interface CrossRule<Schema extends ParameterSchema> {
  /** The parameters it speaks of; the fault is reported at the first. */
  readonly keys: readonly (keyof z.output<Schema> & string)[]
  readonly holds: (value: z.output<Schema>) => boolean
  readonly message: string
}

/** The part of a property's JSON Schema that messages and conversions need. */
interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

type AnyRule = CrossRule<ParameterSchema>

const rules = new WeakMap<ParameterSchema, readonly AnyRule[]>()

/**
 * Adds a rule over several parameters; to be called last on a schema, any number of times.
 * zod skips such rules as soon as some parameter is wrong. They are remembered here too, so that
 * {@link checkParameters} skips a rule only where one of its own parameters is, and a person sees every fault at once.
 */
export function withRule<Schema extends ParameterSchema>(schema: Schema, rule: CrossRule<Schema>): Schema {
  const ruled = schema.refine((value) => rule.holds(value as z.output<Schema>), {
    message: rule.message,
    path: [rule.keys[0] ?? ''],
  })
  rules.set(ruled, [...(rules.get(schema) ?? []), rule as unknown as AnyRule])
  return ruled
}

/** JSON Schema (draft 2020-12) of what may be given: defaults, ranges, titles, units, sweeps. */
export function jsonSchemaOf(schema: ParameterSchema): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema.strict(), { io: 'input' })
}

/** The parameters of someone who gives none. @throws ZodError where a parameter has no default. */
export function defaultsOf(schema: ParameterSchema): Parameters {
  return schema.parse({})
}

/**
 * Checks parameters and fills in defaults. Unknown keys and wrong types are refused; nothing is converted.
 * @param input undefined and null count as "none given".
 * @param path where the input stands in what the person sent; goes before each fault's own path.
 */
export function checkParameters(
  schema: ParameterSchema,
  input: unknown,
  path: readonly string[] = [],
): ParameterOutcome {
  const given = input ?? {}
  if (!isRecord(given)) {
    return { ok: false, faults: [{ message: `must be an object; got ${show(input)}`, path, code: 'NOT_AN_OBJECT' }] }
  }
  const parsed = schema.strict().safeParse(given)
  if (parsed.success) return { ok: true, value: parsed.data }
  const properties = propertiesOf(schema)
  const faults = new Map<string, ParameterFault>()
  const found = parsed.error.issues.flatMap((issue) => explain(issue, given, properties, path))
  for (const fault of [...found, ...brokenRules(schema, given, path)]) {
    // One fault a place: a value of the wrong type often breaks several rules.
    const key = fault.path.join('.')
    if (!faults.has(key)) faults.set(key, fault)
  }
  return { ok: false, faults: [...faults.values()] }
}

/**
 * Reads parameters from environment variables of exactly their names; other variables are none of its business, and an
 * empty one counts as not set. Every bad one is listed.
 */
export function parametersFromEnv(
  schema: ParameterSchema,
  env: Readonly<Record<string, string | undefined>>,
): ParameterOutcome {
  const given: Record<string, unknown> = {}
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const text = env[key]?.trim()
    if (text !== undefined && text !== '') given[key] = fromText(text, property)
  }
  return checkParameters(schema, given)
}

/** What Node, the loader or the shell take for programs and libraries to run, instead of an engine or before it. */
const STEERING = /^(NODE_|LD_|BASH_|GLIBC_|OPENSSL_|SSL_)|^(PATH|ENV|IFS|SHELLOPTS|HOME)$/
const SECRET = /PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL/i

/** Whether a variable of this name has a say in which program runs. */
export const isSteering = (name: string): boolean => STEERING.test(name)

/** Whether a variable of this name is taken for a secret, which no engine in a container is given. */
export const isSecret = (name: string): boolean => SECRET.test(name)

/**
 * Variables of the processes that run an algorithm, which are not the algorithm's: how they are launched and what they listen to,
 * and the simulator's parameters, which a back-test has beside them.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...['ALIVE_PATH', 'BIND_ADDR', 'CONTROL', 'ENGINE_NAME', 'LANG', 'LOG_LEVEL', 'TEMP', 'TMPDIR', 'TZ'],
  ...['ALGORITHM', 'DURATION_SECONDS', 'PRODUCTS', 'SIMULATION_ID', 'TAPE_PATH'],
  ...['LOSSLESS', 'LOSSLESS_CHAIN', 'SOURCE_SILENCE_MS', 'STREAMING_SOURCE_IP', 'STREAMING_SOURCE_PORT'],
  ...['REDIS_HOST', 'REDIS_PORT', 'REDIS_URL', 'REDIS_URL_FILE', 'REDIS_USER'],
  ...[
    'INITIAL_CAPITAL',
    'POSITION_SIZE_PCT',
    'MAX_POSITION_SIZE',
    'MAX_POSITION_PCT',
    'TRADING_FEE_PCT',
    'MIN_CONFIDENCE',
    'ENABLE_SHORTING',
    'MAKER_FEE_PCT',
    'FEE_TIERS',
    'BORROW_RATE',
    'MAINTENANCE_MARGIN',
    'QUEUE_MODEL',
    'MARK',
    'MAX_PRICE_AGE_MS',
    'CANDLE_FILL',
    'MAX_PARTICIPATION',
    'SLIPPAGE_BPS',
    'CANCEL_LATENCY_MS',
    'LATENCY_DISTRIBUTION',
    'CANCEL_LATENCY_DISTRIBUTION',
    'LATENCY_SEED',
    'ORDER_LATENCY_MS',
    'TRADE_COOLDOWN_MS',
    'MIN_ORDER_VALUE',
    'MIN_ORDER_PCT',
    'STOP_LOSS_PCT',
    'TAKE_PROFIT_PCT',
    'TRAILING_STOP_PCT',
    'TRAILING_ACTIVATION_PCT',
    'MAX_HOLD_SECONDS',
    'MAX_OPEN_POSITIONS',
    'MAX_GROSS_EXPOSURE_PCT',
    'DAILY_LOSS_PCT',
    'COOLDOWN_AFTER_CLOSE_SECONDS',
    'STOP_GUARD_COUNT',
    'STOP_GUARD_LOOKBACK_SECONDS',
    'STOP_GUARD_LOCK_SECONDS',
    'STOP_GUARD_SCOPE',
    'DRAWDOWN_LOCK_PCT',
    'DRAWDOWN_LOCK_LOOKBACK_SECONDS',
    'DRAWDOWN_LOCK_SECONDS',
    'LOW_PROFIT_TRADES',
    'LOW_PROFIT_PCT',
    'LOW_PROFIT_LOOKBACK_SECONDS',
    'LOW_PROFIT_LOCK_SECONDS',
    'STATISTICS_INTERVAL_MS',
    'RISK_FREE_RATE',
    'TRADING_SWITCHES',
  ],
])

/** Why an algorithm's parameter cannot bear a name, as the end of a sentence; null where it can. */
export function takenName(name: string): string | null {
  if (TAKEN.has(name)) return "is a setting of the engines or of the simulator; give the algorithm's own another name"
  if (isSteering(name)) return 'decides which program runs; give it another name'
  if (isSecret(name)) return 'is named like a secret, which engines in containers are never given; give it another name'
  return null
}

function brokenRules(schema: ParameterSchema, given: Parameters, path: readonly string[]): readonly ParameterFault[] {
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape
  return (rules.get(schema) ?? []).flatMap((rule) => {
    const value: Record<string, unknown> = {}
    for (const key of rule.keys) {
      const parsed = shape[key]?.safeParse(given[key])
      if (parsed?.success !== true) return []
      value[key] = parsed.data
    }
    if (rule.holds(value)) return []
    return [{ message: rule.message, path: [...path, rule.keys[0] ?? ''], code: 'CONFLICTING_PARAMETERS' }]
  })
}

/** A text that is no value of the type stays a text, so that the check refuses it by name. */
function fromText(text: string, property: Property): unknown {
  if (property.type === 'integer' || property.type === 'number') {
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text
  }
  if (property.type === 'boolean') {
    const lower = text.toLowerCase()
    if (lower === 'true' || lower === '1') return true
    if (lower === 'false' || lower === '0') return false
  }
  return text
}

function explain(
  issue: z.core.$ZodIssue,
  given: Parameters,
  properties: Readonly<Record<string, Property>>,
  path: readonly string[],
): readonly ParameterFault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(properties).join(', ')
    return issue.keys.map((key) => ({
      message: `${key} is not a parameter here; known are ${known}`,
      path: [...path, key],
      code: 'UNKNOWN_PARAMETER',
    }))
  }
  const key = String(issue.path[0] ?? '')
  const place = [...path, ...issue.path.map(String)]
  if (issue.code === 'custom') return [{ message: issue.message, path: place, code: 'CONFLICTING_PARAMETERS' }]
  const message = `${key} must be ${describe(properties[key] ?? {})}; got ${show(given[key])}`
  return [{ message, path: place, code: 'INVALID_PARAMETER' }]
}

/** What a parameter may be, in words: `a whole number from 2 to 1000`. */
function describe(property: Property): string {
  if (property.enum !== undefined) return `one of ${property.enum.map(show).join(', ')}`
  if (property.type === 'boolean') return 'true or false'
  if (property.type === 'string') return 'a text'
  const words = [property.type === 'integer' ? 'a whole number' : 'a number']
  if (property.exclusiveMinimum !== undefined) words.push(`above ${property.exclusiveMinimum}`)
  else if (property.minimum !== undefined) words.push(`from ${property.minimum}`)
  if (property.exclusiveMaximum !== undefined) words.push(`and under ${property.exclusiveMaximum}`)
  else if (property.maximum !== undefined) words.push(`to ${property.maximum}`)
  return words.join(' ')
}

function propertiesOf(schema: ParameterSchema): Readonly<Record<string, Property>> {
  return (jsonSchemaOf(schema)['properties'] ?? {}) as Readonly<Record<string, Property>>
}

function isRecord(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as a person typed it, cut to a length that fits a message. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
