import { capitalOf } from '../../graphql/run.ts'
import { formatLength, formatMoment } from '../../ui/figures/format.ts'
import { modeWord } from '../../ui/figures/modes.ts'
import { entriesOf, formatParameter, parametersOf } from '../../ui/parameter-schema.ts'
import type { Run } from './documents.ts'

/** A setting of every run, side by side. */
export interface Setting {
  readonly key: string
  readonly title: string
  /** `null`: the run has no such setting. */
  readonly values: readonly (string | null)[]
  readonly differs: boolean
}

/** Settings that belong together. */
export interface SettingGroup {
  readonly title: string
  readonly settings: readonly Setting[]
}

type Values = Readonly<Record<string, unknown>>

function setting(key: string, title: string, values: readonly (string | null)[]): Setting {
  return { key, title, values, differs: new Set(values).size > 1 }
}

function parameterSettings(all: readonly Values[], titles: ReadonlyMap<string, string>): readonly Setting[] {
  const known = [...titles.keys()]
  const place = (key: string): number => (titles.has(key) ? known.indexOf(key) : known.length)
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))]
  const keys = names.sort((one, other) => place(one) - place(other) || one.localeCompare(other))
  return keys.map((key) =>
    setting(
      key,
      titles.get(key) ?? key,
      all.map((one) => (Object.hasOwn(one, key) ? formatParameter(one[key]) : null)),
    ),
  )
}

/** What parameters are called, with their units, by their keys; in the order of their schemas. */
function titlesOf(schemas: readonly unknown[]): ReadonlyMap<string, string> {
  const parameters = schemas.flatMap(parametersOf)
  return new Map(parameters.map(({ key, title, unit }) => [key, unit === null ? title : `${title}, ${unit}`]))
}

/** What the runs ran with; what none of them has is left out. Parameters that only some have are told apart from those that are set to something else. */
export function settingsOf(runs: readonly Run[], simulatorSchema: unknown): readonly SettingGroup[] {
  const each = (key: string, title: string, read: (run: Run) => string | null): Setting =>
    setting(key, title, runs.map(read))
  const titles = titlesOf(runs.map(({ algorithm }) => algorithm.parametersSchema))
  return [
    {
      title: 'Run',
      settings: [
        each('algorithm', 'Algorithm', ({ algorithm }) => algorithm.title),
        each('source', 'Source', ({ source }) => source.name),
        each('products', 'Products', ({ products }) => [...products].sort().join(', ')),
        each('mode', 'Mode', ({ mode }) => modeWord(mode)),
        each('speed', 'Speed', ({ mode, speed }) => (mode === 'REPLAY' ? `${formatParameter(speed)}×` : null)),
        each('duration', 'Asked duration', ({ durationSeconds, mode }) => {
          if (durationSeconds !== null) return formatMoment(durationSeconds, 1)
          return mode === 'LIVE' ? 'until stopped' : 'whole tape'
        }),
        each('seed', 'Seed', ({ source, seed }) => (source.name === 'sandbox' ? seed : null)),
      ].filter(({ values }) => values.some((value) => value !== null)),
    },
    {
      title: 'Algorithm',
      settings: parameterSettings(
        runs.map(({ algorithmParameters }) => entriesOf(algorithmParameters)),
        titles,
      ),
    },
    {
      title: 'Simulator',
      settings: parameterSettings(
        runs.map(({ simulatorParameters }) => entriesOf(simulatorParameters)),
        titlesOf([simulatorSchema]),
      ),
    },
  ]
}

/** How much a run may be shorter than the longest and still be held against it, as a share. */
const ALIKE = 0.1

/** What of some runs can be held against each other. */
export interface Comparable {
  /** Whether they went through as much market time; what a run comes to grows with it. */
  readonly spans: boolean
  /** Whether they began with the same; what is in money depends on it. */
  readonly capitals: boolean
}

/** @param spans milliseconds of market time of each; null: not known yet */
export function comparableOf(runs: readonly Run[], spans: readonly (number | null)[]): Comparable {
  const known = spans.filter((span) => span !== null)
  const longest = Math.max(0, ...known)
  return {
    spans: known.length === spans.length && known.every((span) => span >= longest * (1 - ALIKE)),
    capitals: new Set(runs.map(capitalOf)).size <= 1,
  }
}

/** What makes it hard to hold these runs against each other; empty where nothing does. */
export function caveatsOf(runs: readonly Run[], spans: readonly (number | null)[]): readonly string[] {
  const differ = (read: (run: Run) => string): boolean => new Set(runs.map(read)).size > 1
  const market = differ(({ source, seed }) => (source.name === 'sandbox' ? `sandbox ${seed}` : source.name))
  const products = differ(({ products: all }) => [...all].sort().join())
  const what = [...(market ? ['sources'] : []), ...(products ? ['products'] : [])]
  const comparable = comparableOf(runs, spans)
  const known = spans.filter((span) => span !== null)
  const length = (span: number): string => formatLength(span / 1000)
  return [
    ...(what.length === 0
      ? []
      : [`They ran on different ${what.join(' and ')}: part of a difference is the market's.`]),
    ...(comparable.spans || known.length < spans.length
      ? []
      : [
          `They went through different lengths of market time, from ${length(Math.min(...known))} to ${length(Math.max(...known))}: none is marked the best.`,
        ]),
    ...(comparable.capitals
      ? []
      : ['They began with different capital: of amounts of money, none is marked the best.']),
  ]
}
