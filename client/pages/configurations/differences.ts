import { entriesOf, formatParameter, parametersOf } from '../../ui/parameter-schema.ts'
import type { Catalogue, WholeVersion } from './documents.ts'

/** A line of the comparison of two versions. */
export interface Difference {
  readonly key: string
  readonly title: string
  readonly unit: string | null
  readonly shown: string
  /** null: nothing is compared. */
  readonly against: string | null
  readonly changed: boolean
}

export interface DifferenceGroup {
  readonly title: string
  readonly rows: readonly Difference[]
}

type Side = WholeVersion | null

function row(key: string, title: string, unit: string | null, shown: unknown, against: unknown, two: boolean) {
  const [left, right] = [formatParameter(shown), formatParameter(against)]
  return { key, title, unit, shown: left, against: two ? right : null, changed: two && left !== right }
}

/** Parameters of both, in the order of their schema; those that it does not know any more come last. */
function parameterRows(schema: unknown, shown: unknown, against: unknown, two: boolean): readonly Difference[] {
  const [left, right] = [entriesOf(shown), entriesOf(against)]
  const known = parametersOf(schema)
  const others = Object.keys({ ...left, ...right }).filter((key) => !known.some((one) => one.key === key))
  const all = [...known, ...others.map((key) => ({ key, title: key, unit: null }))]
  return all
    .filter(({ key }) => key in left || key in right)
    .map(({ key, title, unit }) => row(key, title, unit, left[key], right[key], two))
}

const listOf = (tags: readonly string[] | undefined): string | null =>
  tags === undefined || tags.length === 0 ? null : tags.join(', ')

/** The schema of an algorithm's parameters; of two algorithms', where both are known, one after the other. */
function schemaOf(catalogue: Catalogue | null, names: readonly (string | undefined)[]): unknown {
  const schemas = (catalogue?.algorithms ?? [])
    .filter(({ name }) => names.includes(name))
    .map(({ parametersSchema }) => entriesOf(entriesOf(parametersSchema)['properties']))
  return { properties: Object.assign({}, ...schemas) as object }
}

/** A version, line by line, held against another one where there is one. */
export function differencesOf(
  shown: WholeVersion,
  against: Side,
  catalogue: Catalogue | null,
): readonly DifferenceGroup[] {
  const two = against !== null
  const title = (name: string | undefined): string | undefined =>
    catalogue?.algorithms.find((one) => one.name === name)?.title ?? name
  const schema = schemaOf(catalogue, [shown.algorithm, against?.algorithm])
  return [
    {
      title: 'Algorithm',
      rows: [
        row('algorithm', 'Algorithm', null, title(shown.algorithm), title(against?.algorithm), two),
        ...parameterRows(schema, shown.algorithmParameters, against?.algorithmParameters, two),
      ],
    },
    {
      title: 'Capital, orders and risk',
      rows: parameterRows(
        catalogue?.simulatorParametersSchema,
        shown.simulatorParameters,
        against?.simulatorParameters,
        two,
      ),
    },
    {
      title: 'About it',
      rows: [
        row('tags', 'Tags', null, listOf(shown.tags), listOf(against?.tags), two),
        row('notes', 'Notes', null, shown.notes, against?.notes, two),
      ],
    },
  ]
}

/** How many lines differ. */
export function countOf(groups: readonly DifferenceGroup[]): number {
  return groups.reduce((sum, { rows }) => sum + rows.filter(({ changed }) => changed).length, 0)
}
