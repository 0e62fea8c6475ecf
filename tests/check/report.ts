/** How many tests there were of each kind. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What became of a job. */
export interface Outcome {
  readonly name: string
  /** Seconds that it may take, and took. */
  readonly budget: number
  readonly seconds: number
  readonly ok: boolean
  /** null: it has none, or they could not be counted. */
  readonly tests: Counts | null
}

/** The counts in what vitest's JSON reporter wrote; null where that is none. */
export function countsOf(text: string): Counts | null {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text) as Record<string, number>
    const counts = [numPassedTests, numFailedTests, numPendingTests, numTodoTests]
    if (!counts.every(Number.isInteger)) return null
    const [passed = 0, failed = 0, pending = 0, todo = 0] = counts as number[]
    return { passed, failed, skipped: pending + todo }
  } catch {
    return null
  }
}

function sumOf(outcomes: readonly Outcome[]): Counts {
  const sum = (key: keyof Counts): number => outcomes.reduce((all, { tests }) => all + (tests?.[key] ?? 0), 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** Skipped tests are told where there are any. */
const inWords = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/**
 * A line for each job, with its seconds beside its budget, and one for all of them, which other programs read.
 * @param seconds of all together
 */
export function describeOutcomes(outcomes: readonly Outcome[], seconds: number): string {
  const rows = outcomes.map(({ name, budget, seconds: taken, ok, tests }) => {
    const verdict = !ok ? 'FAILED' : taken > budget ? 'over its budget' : 'in its budget'
    const times = `${String(Math.round(taken)).padStart(4)} s of ${String(budget).padStart(4)} s`
    return `${name.padEnd(9)}${times}  ${verdict.padEnd(16)}${tests === null ? '' : inWords(tests)}`.trimEnd()
  })
  return [...rows, `all together ${Math.round(seconds)} s`, inWords(sumOf(outcomes))].join('\n')
}
