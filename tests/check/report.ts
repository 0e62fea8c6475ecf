import { stripVTControlCharacters } from 'node:util'

/** How many tests there were of each kind. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A test, or a file that could not be run at all, and why it failed. */
export interface Failure {
  readonly test: string
  /** The first line of its message. */
  readonly why: string
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
  /** Empty also where it is not known which ones failed. */
  readonly failures: readonly Failure[]
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

/** The failures of a part that are told beside its figures: where a service is away, all its tests fail of the same. */
const TOLD_OF_A_JOB = 30

const firstLine = (text: string): string => stripVTControlCharacters(text).trim().split('\n', 1)[0]?.slice(0, 300) ?? ''

interface Reported {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/**
 * The failures in what vitest's JSON reporter wrote, so that the end of a long report names them.
 * @param text a report in which the counts could be read
 */
export function failuresOf(text: string): Failure[] {
  return (JSON.parse(text) as Reported).testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.replace(/^.*\/(?=(?:tests|engines|schema|server|client)\/)/, '')
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [{ test: file, why: firstLine(message) }] : []
    return failed.map(({ fullName, failureMessages }) => ({
      test: `${file}: ${fullName}`,
      why: firstLine(failureMessages[0] ?? ''),
    }))
  })
}

function sumOf(outcomes: readonly Outcome[]): Counts {
  const sum = (key: keyof Counts): number => outcomes.reduce((all, { tests }) => all + (tests?.[key] ?? 0), 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** Skipped tests are told where there are any. */
const inWords = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

function describeFailures({ name, failures }: Outcome): string[] {
  const told = failures.slice(0, TOLD_OF_A_JOB).map(({ test, why }) => `${name}: ${test}\n  ${why}`)
  const more = failures.length - told.length
  return more > 0 ? [...told, `${name}: and ${more} more`] : told
}

/**
 * Every failure, a line for each job, with its seconds beside its budget, and one for all of them, which other programs read.
 * @param seconds of all together
 */
export function describeOutcomes(outcomes: readonly Outcome[], seconds: number): string {
  const rows = outcomes.map(({ name, budget, seconds: taken, ok, tests }) => {
    const verdict = !ok ? 'FAILED' : taken > budget ? 'over its budget' : 'in its budget'
    const times = `${String(Math.round(taken)).padStart(4)} s of ${String(budget).padStart(4)} s`
    return `${name.padEnd(9)}${times}  ${verdict.padEnd(16)}${tests === null ? '' : inWords(tests)}`.trimEnd()
  })
  return [
    ...outcomes.flatMap(describeFailures),
    ...rows,
    `all together ${Math.round(seconds)} s`,
    inWords(sumOf(outcomes)),
  ].join('\n')
}
