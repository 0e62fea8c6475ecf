import { formatNumber } from './figures/format.ts'

/** A parameter as its JSON Schema tells it. */
export interface Parameter {
  /** Its name in the API and in the environment: `RSI_PERIOD`. */
  readonly key: string
  readonly title: string
  readonly description: string
  readonly kind: 'integer' | 'number' | 'boolean' | 'text'
  /** Where it is one of some values: those. */
  readonly choices: readonly string[] | null
  readonly unit: string | null
  /** The part of a form that it stands in; null: the first. */
  readonly group: string | null
  /** undefined: it may be left out, and then means what its description says. */
  readonly fallback: unknown
  readonly least: number | null
  readonly most: number | null
  /** Whether it must be above `least`, or under `most`, and may not be equal. */
  readonly aboveLeast: boolean
  readonly underMost: boolean
  /** How far one press of an arrow key goes. */
  readonly step: number
}

type Properties = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a JSON scalar of the API holds, where it is an object; else nothing. */
export function entriesOf(value: unknown): Properties {
  return isObject(value) ? value : {}
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const KINDS: Readonly<Record<string, Parameter['kind']>> = {
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
}

/** A step that suits the size of the value where the schema names none. */
function stepOf(kind: Parameter['kind'], property: Properties, most: number | null): number {
  if (kind === 'integer') return 1
  const named = numberOf(entriesOf(property['sweep'])['step'])
  if (named !== null) return named
  const fallback = Math.abs(numberOf(property['default']) ?? 0)
  if (fallback === 0) return most !== null && most <= 1 ? 0.01 : 1
  return 10 ** (Math.floor(Math.log10(fallback)) - 1)
}

function parameterOf(key: string, property: Properties): Parameter {
  const kind = KINDS[textOf(property['type']) ?? ''] ?? 'text'
  const [above, under] = [numberOf(property['exclusiveMinimum']), numberOf(property['exclusiveMaximum'])]
  const most = under ?? numberOf(property['maximum'])
  const choices = property['enum']
  return {
    key,
    title: textOf(property['title']) ?? key,
    description: textOf(property['description']) ?? '',
    kind,
    choices: Array.isArray(choices) ? choices.map(String) : null,
    unit: textOf(property['unit']),
    group: textOf(property['group']),
    fallback: property['default'],
    least: above ?? numberOf(property['minimum']),
    most,
    aboveLeast: above !== null,
    underMost: under !== null,
    step: stepOf(kind, property, most),
  }
}

/** The parameters of a JSON Schema, in its order; none where it is no schema of an object. */
export function parametersOf(schema: unknown): readonly Parameter[] {
  const properties = entriesOf(entriesOf(schema)['properties'])
  return Object.entries(properties).map(([key, property]) => parameterOf(key, entriesOf(property)))
}

/** Between what a number may be: `2 to 1,000`, `above 0, at most 1`; nothing where anything goes. */
export function rangeOf({ least, most, aboveLeast, underMost }: Parameter): string {
  const low = least === null ? null : formatNumber(least)
  const high = most === null ? null : formatNumber(most)
  if (low !== null && high !== null && !aboveLeast && !underMost) return `${low} to ${high}`
  const words = []
  if (low !== null) words.push(`${aboveLeast ? 'above' : 'at least'} ${low}`)
  if (high !== null) words.push(`${underMost ? 'under' : 'at most'} ${high}`)
  return words.join(', ')
}

/** A value of a parameter as text: `14`, `100,000`, `yes`; a dash where there is none. */
export function formatParameter(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (value === undefined || value === null) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
