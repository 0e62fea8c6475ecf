import { Validator } from '@cfworker/json-schema'
import { formatCount } from '../../../ui/figures/format.ts'
import { readNumber } from '../../../ui/numbers.ts'
import { rangeOf, type Parameter } from '../../../ui/parameter-schema.ts'
import type { Algorithm, Source, UserError } from '../documents.ts'
import { entryOf, fits, MOST_PRODUCTS, SANDBOX, type Draft, type Entries, type Entry, type Market } from './draft.ts'

/** What is wrong, by where: `algorithmParameters.RSI_PERIOD`, `products`. */
export type Faults = Readonly<Record<string, string>>

/** A group of parameters, as the API names it. */
export type Group = 'algorithmParameters' | 'simulatorParameters'

/** Why what was typed is no number at all, or may be another one than was meant; null: it is not that. */
function typedFault(entry: Entry): string | null {
  return typeof entry === 'string' && entry !== '' ? readNumber(entry).fault : null
}

/** Why a value will not do: what would. */
function expectation(parameter: Parameter, entry: Entry): string {
  const { kind, choices, fallback } = parameter
  if (choices !== null) return `Choose one of ${choices.join(', ')}.`
  if (kind === 'boolean') return 'Choose yes or no.'
  if (kind === 'text' && (fallback === '' || fallback === undefined))
    return 'Give it in the form that is described here.'
  if (kind === 'text') return `Give a text, e.g. ${String(fallback)}.`
  const typed = typedFault(entry)
  if (typed !== null) return typed
  const range = rangeOf(parameter)
  const what = kind === 'integer' ? 'a whole number' : 'a number'
  return `Give ${what}${range === '' ? '' : `: ${range}`}.`
}

/** Every parameter that its schema refuses. */
export function parameterFaults(
  group: Group,
  schema: unknown,
  parameters: readonly Parameter[],
  entries: Entries,
): Faults {
  // What has no default may be left out.
  const given = parameters.filter((one) => one.fallback !== undefined || entryOf(entries, one) !== '')
  const value = Object.fromEntries(given.map((one) => [one.key, entryOf(entries, one)]))
  const { errors } = new Validator(schema as never, '2020-12', false).validate(value)
  const places = new Set(errors.map(({ instanceLocation }) => instanceLocation.split('/')[1]))
  return Object.fromEntries(
    parameters
      .filter(({ key }) => places.has(key))
      .map((one) => [`${group}.${one.key}`, expectation(one, value[one.key] ?? '')]),
  )
}

/** The most that GraphQL's Int holds; what a number means beyond that is the server's to say. */
const MOST_INT = 2_147_483_647

/** An Int that may be left out. */
function wholeFault(entry: number | string, least: number): string | null {
  if (entry === '') return null
  const whole = typeof entry === 'number' && Number.isInteger(entry) && entry >= least && entry <= MOST_INT
  return whole
    ? null
    : (typedFault(entry) ?? `Give a whole number from ${least} to ${formatCount(MOST_INT)}, or nothing.`)
}

/** How many times the recorded pace a tape is played at. */
function speedFault(speed: number | string): string | null {
  return typeof speed === 'number' && speed > 0 ? null : (typedFault(speed) ?? 'Give a number above 0.')
}

function sourceFault({ mode, source }: Market, sources: readonly Source[] | null): string | null {
  if (source === '') return mode === 'LIVE' ? 'Choose a source.' : 'Choose a tape.'
  if (!fits(mode, source))
    return mode === 'LIVE' ? 'A live run needs a live source; this is a tape.' : 'This mode plays a tape; choose one.'
  if (sources === null) return null
  const found = sources.find(({ name }) => name === source)
  if (found === undefined) return `"${source}" is not there any more; choose another.`
  return found.available ? null : `"${source}" cannot be reached now; the sandbox needs no network.`
}

/** All that is wrong with where and when a simulation is to run. @param sources null: not known yet */
export function marketFaults(market: Market, sources: readonly Source[] | null): Faults {
  const { mode, source, products, speed, durationSeconds, seed } = market
  const many = products.length > MOST_PRODUCTS ? `At most ${MOST_PRODUCTS} products.` : null
  const found: Readonly<Record<string, string | null>> = {
    source: sourceFault(market, sources),
    products: products.length === 0 ? 'Choose at least one product.' : many,
    speed: mode === 'REPLAY' ? speedFault(speed) : null,
    durationSeconds: wholeFault(durationSeconds, 1),
    seed: source === SANDBOX ? wholeFault(seed, 0) : null,
  }
  return Object.fromEntries(Object.entries(found).filter((pair): pair is [string, string] => pair[1] !== null))
}

/** A fault that the server told, at its place. */
export interface ToldFault {
  readonly place: string
  readonly message: string
  /** Whether it is about more than this place, so that a change beside it may mend it. */
  readonly wide: boolean
}

const GROUPS: readonly string[] = ['algorithmParameters', 'simulatorParameters'] satisfies readonly Group[]

/** Where in the form a path of the server's points: its field, or nothing where there is none. */
function placeOf(path: readonly string[] | null): string {
  const [first = '', second] = path?.[0] === 'input' ? path.slice(1) : (path ?? [])
  return GROUPS.includes(first) && second !== undefined ? `${first}.${second}` : first
}

/** The checks of parameters give no whole sentence. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** The server's faults, where they belong. */
export function toldFaults(userErrors: readonly UserError[]): readonly ToldFault[] {
  return userErrors.map(({ path, message, code }) => ({
    place: placeOf(path),
    message: sentence(message),
    wide: code === 'CONFLICTING_PARAMETERS',
  }))
}

/** What of the server's faults still stands once a field has been changed. */
export function standing(faults: readonly ToldFault[], changed: string): readonly ToldFault[] {
  const [group] = changed.split('.')
  return faults.filter(({ place, wide }) => {
    if (place === changed) return false
    if (changed === 'algorithm') return !place.startsWith('algorithmParameters')
    // Another source, or another mode, is another market.
    if (changed === 'mode' || changed === 'source') return !['mode', 'source', 'products', 'speed'].includes(place)
    return !(wide && place.split('.')[0] === group)
  })
}

/** What a draft is held against. */
export interface Rules {
  /** null: it is not in the catalogue. */
  readonly algorithm: Algorithm | null
  readonly simulatorSchema: unknown
  readonly algorithmParameters: readonly Parameter[]
  readonly simulatorParameters: readonly Parameter[]
  /** null: not known yet. */
  readonly sources: readonly Source[] | null
}

/** Every fault of a draft at once. */
export function faultsOf(draft: Draft, rules: Rules): Faults {
  const { algorithm, simulatorSchema, algorithmParameters, simulatorParameters, sources } = rules
  const own = draft.algorithmParameters[draft.algorithm] ?? {}
  return {
    ...(algorithm === null
      ? { algorithm: `There is no algorithm "${draft.algorithm}" any more; choose another.` }
      : parameterFaults('algorithmParameters', algorithm.parametersSchema, algorithmParameters, own)),
    ...marketFaults(draft.market, sources),
    ...parameterFaults('simulatorParameters', simulatorSchema, simulatorParameters, draft.simulatorParameters),
  }
}
