/** A page of Prometheus' text format, version 0.0.4. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>
  /** The value of a series whose labels are exactly these; null where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | null
  /** Every series of a name. */
  series(name: string): readonly Series[]
}

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Numbers as Go reads them, which is what Prometheus does: `Nan` (as prom-client writes it) is one too. */
const VALUE = '[+-]?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf)|[Nn]a[Nn]'
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (${VALUE})$`)
const HELP = new RegExp(`^# HELP (${NAME}) \\S.*$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`)

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [key, value]),
  )

/** The family that a sample belongs to: a histogram's parts carry endings. */
function familyOf(name: string, types: ReadonlyMap<string, string>): string | undefined {
  if (types.has(name)) return name
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return /^(histogram|summary)$/.test(types.get(base) ?? '') ? base : undefined
}

/**
 * Reads a page strictly: every line has one of the three forms, each family is introduced by HELP and TYPE before its
 * first sample and stands in one piece, no series comes twice, counters end in `_total` where they are ours and are
 * never negative, and a histogram's buckets rise to its count.
 * @throws Error with the line that breaks the format.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the page does not end with a line feed')
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const seen = new Set<string>()
  const all: Series[] = []
  let family = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const help = HELP.exec(line)?.[1]
    const [, typed, type] = TYPE.exec(line) ?? []
    if (help !== undefined) {
      if (helped.has(help)) throw new Error(`a second HELP: ${line}`)
      helped.add(help)
    } else if (typed !== undefined && type !== undefined) {
      if (types.has(typed) || !helped.has(typed)) throw new Error(`a TYPE that comes twice, or without HELP: ${line}`)
      types.set(typed, type)
      family = typed
    } else {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
      if (name === undefined) throw new Error(`not a line of the format: ${line}`)
      if (familyOf(name, types) !== family) throw new Error(`a sample outside its family: ${line}`)
      const key = `${name}{${labels}}`
      if (seen.has(key)) throw new Error(`a series that comes twice: ${line}`)
      seen.add(key)
      all.push({ name, labels: labelsOf(labels), value: Number(value?.replace('Inf', 'Infinity')) })
      if (types.get(family) === 'counter' && !((all.at(-1)?.value ?? -1) >= 0))
        throw new Error(`falls below 0: ${line}`)
    }
  }
  const series = (name: string) => all.filter((one) => one.name === name)
  const value = (name: string, labels: Readonly<Record<string, string>> = {}): number | null => {
    const wanted = JSON.stringify(Object.entries(labels).sort())
    return series(name).find((one) => JSON.stringify(Object.entries(one.labels).sort()) === wanted)?.value ?? null
  }
  for (const [name, type] of types) if (type === 'histogram') checkBuckets(name, series)
  return { types, value, series }
}

/** Buckets, for each set of the other labels, never fall and end at the count. */
function checkBuckets(name: string, series: (name: string) => readonly Series[]): void {
  for (const count of series(`${name}_count`)) {
    const same = ({ labels }: Series): boolean =>
      Object.entries(count.labels).every(([key, value]) => labels[key] === value)
    const buckets = series(`${name}_bucket`).filter(same)
    const rising = buckets.every(({ value }, index) => value >= (buckets[index - 1]?.value ?? 0))
    if (!rising || buckets.at(-1)?.labels['le'] !== '+Inf' || buckets.at(-1)?.value !== count.value) {
      throw new Error(`the buckets of ${name} do not rise to its count`)
    }
  }
}
