import { entryOfText } from '../../../ui/numbers.ts'
import { entriesOf, type Parameter } from '../../../ui/parameter-schema.ts'
import type { Algorithm, Launcher, Mode, RunToRepeat, Source, StartInput } from '../documents.ts'

/** What stands in a field. A number that is not one yet, e.g. an empty field, is the text that was typed. */
export type Entry = string | number | boolean
export type Entries = Readonly<Record<string, Entry>>

/** Where and when a simulation runs. */
export interface Market {
  readonly mode: Mode
  readonly source: string
  readonly products: readonly string[]
  /** Used in mode REPLAY only. */
  readonly speed: number | string
  /** Empty: until stopped, or to the end of the tape. */
  readonly durationSeconds: number | string
  /** Used with the sandbox only; empty: the server's. */
  readonly seed: number | string
  /** null: the server's. */
  readonly launcher: Launcher | null
}

/** All that was put into the form. Of parameters, only those that were touched: the others are at their defaults. */
export interface Draft {
  readonly algorithm: string
  /** By algorithm, so that what was typed for one is still there after a look at another. */
  readonly algorithmParameters: Readonly<Record<string, Entries>>
  readonly simulatorParameters: Entries
  readonly market: Market
}

/** The schemas that a draft is read with. */
export interface Catalogue {
  readonly algorithms: readonly Algorithm[]
  readonly simulatorParametersSchema: unknown
}

export const TAPE = 'tape:'
export const SANDBOX = 'sandbox'
const FIRST_PRODUCT = 'BTC-USD'
/** The most products that one simulation may name. */
export const MOST_PRODUCTS = 64

/** The sandbox, which needs no network. */
export const FIRST_MARKET: Market = {
  mode: 'LIVE',
  source: SANDBOX,
  products: [FIRST_PRODUCT],
  speed: 1,
  durationSeconds: '',
  seed: '',
  launcher: null,
}

const isEntry = (value: unknown): value is Entry => ['string', 'number', 'boolean'].includes(typeof value)

/** Parameters as they are stored, as entries; a list or an object is kept out, for no field can show it. */
export function entriesFrom(parameters: unknown): Entries {
  return Object.fromEntries(
    Object.entries(entriesOf(parameters)).filter((pair): pair is [string, Entry] => isEntry(pair[1])),
  )
}

/** A draft with every parameter at its default. */
export function blankDraft(catalogue: Catalogue): Draft {
  const [first] = catalogue.algorithms
  return { algorithm: first?.name ?? '', algorithmParameters: {}, simulatorParameters: {}, market: FIRST_MARKET }
}

/** The draft that would start a run once more. */
export function draftOfRun(run: RunToRepeat): Draft {
  const { algorithm, mode, source, products, speed, durationSeconds, seed, launcher } = run
  const market: Market = {
    mode,
    source: source.name,
    products,
    speed: mode === 'REPLAY' ? speed : FIRST_MARKET.speed,
    durationSeconds: durationSeconds ?? '',
    seed: source.name === SANDBOX ? entryOfText(seed) : '',
    launcher,
  }
  const draft = draftOf(algorithm.name, run, market)
  // The places of switches are those of its market, which a tape gives again.
  if (mode === 'LIVE' || run.tradingSwitches === null) return draft
  return { ...draft, simulatorParameters: { ...draft.simulatorParameters, TRADING_SWITCHES: run.tradingSwitches } }
}

/** A draft with parameters from elsewhere. */
export function draftOf(
  algorithm: string,
  given: { readonly algorithmParameters: unknown; readonly simulatorParameters: unknown },
  market: Market,
): Draft {
  return {
    algorithm,
    algorithmParameters: { [algorithm]: entriesFrom(given.algorithmParameters) },
    simulatorParameters: entriesFrom(given.simulatorParameters),
    market,
  }
}

/** Parameters of a draft that there are none of any more: they are not sent, and that is to be said. */
export function unknownKeys(entries: Entries, parameters: readonly Parameter[]): readonly string[] {
  return Object.keys(entries).filter((key) => !parameters.some((one) => one.key === key))
}

/** What is at a parameter: what was typed, or its default. */
export function entryOf(entries: Entries, { key, fallback }: Parameter): Entry {
  const typed = Object.hasOwn(entries, key) ? entries[key] : undefined
  return typed ?? defaultOf(fallback)
}

/** What stands in a field that nobody has touched: nothing, where the parameter may be left out. */
const defaultOf = (fallback: unknown): Entry => (isEntry(fallback) ? fallback : '')

/** Whether a parameter differs from its default. */
export function isChanged(entries: Entries, parameter: Parameter): boolean {
  return entryOf(entries, parameter) !== defaultOf(parameter.fallback)
}

/** The parameters that differ from their defaults; null where none does. */
export function changedOf(entries: Entries, parameters: readonly Parameter[]): Entries | null {
  const changed = parameters.filter((one) => isChanged(entries, one) && entryOf(entries, one) !== '')
  if (changed.length === 0) return null
  return Object.fromEntries(changed.map((one) => [one.key, entryOf(entries, one)]))
}

/** Whether a source can be used in a mode: tapes are for replays and back-tests, feeds are live. */
export function fits(mode: Mode, source: string): boolean {
  return source.startsWith(TAPE) === (mode !== 'LIVE')
}

/** The products that one would begin with on a source: as the server chooses where none are named. */
export function standardProducts({ name, products }: Source): readonly string[] {
  if (!name.startsWith(TAPE)) return products.includes(FIRST_PRODUCT) ? [FIRST_PRODUCT] : products.slice(0, 1)
  const quote = products[0]?.split('-')[1]
  return products.filter((product) => product.split('-')[1] === quote).slice(0, MOST_PRODUCTS)
}

/** A market on another source: products that it has too stay. */
export function onSource(market: Market, source: Source): Market {
  const kept = market.products.filter((product) => source.products.includes(product))
  return { ...market, source: source.name, products: kept.length > 0 ? kept : standardProducts(source) }
}

/** A market in another mode: the source stays where it fits, and else the first one that does takes its place. */
export function inMode(market: Market, mode: Mode, sources: readonly Source[]): Market {
  const next = { ...market, mode }
  if (fits(mode, market.source)) return next
  const fitting = sources.filter((one) => fits(mode, one.name) && one.available)
  const source = fitting.find(({ name }) => name === SANDBOX || name === 'tape:sample') ?? fitting[0]
  return source === undefined ? { ...next, source: '', products: [] } : onSource(next, source)
}

const numberIn = (entry: number | string): number | null => (typeof entry === 'number' ? entry : null)

/** What a draft asks `startSimulation` for: only what differs from the defaults. */
export function inputOf(
  draft: Draft,
  algorithmParameters: readonly Parameter[],
  simulatorParameters: readonly Parameter[],
): StartInput {
  const { algorithm, market } = draft
  const { mode, source, products, launcher } = market
  const own = changedOf(draft.algorithmParameters[algorithm] ?? {}, algorithmParameters)
  const simulator = changedOf(draft.simulatorParameters, simulatorParameters)
  const speed = mode === 'REPLAY' ? numberIn(market.speed) : null
  const duration = numberIn(market.durationSeconds)
  const seed = source === SANDBOX ? numberIn(market.seed) : null
  return {
    algorithm,
    ...(own === null ? {} : { algorithmParameters: own }),
    ...(simulator === null ? {} : { simulatorParameters: simulator }),
    mode,
    source,
    products: [...products],
    ...(speed === null ? {} : { speed }),
    ...(duration === null ? {} : { durationSeconds: duration }),
    ...(seed === null ? {} : { seed }),
    ...(launcher === null ? {} : { launcher }),
  }
}
