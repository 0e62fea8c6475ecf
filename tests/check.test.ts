import { describe, expect, it } from 'vitest'
import { jobsOf } from './check/jobs.ts'
import { countsOf, describeOutcomes, failuresOf } from './check/report.ts'
import { runBeside } from './check/schedule.ts'
import { LANES } from './lanes.mjs'

describe('the check', () => {
  /** Runs jobs that last as long as they say, in turns, and tells what ran at once. */
  async function play(atOnce: number, ...jobs: readonly (readonly [name: string, uses: string, budget: number])[]) {
    const running = new Map<string, () => void>()
    const seen: string[] = []
    const all = jobs.map(([name, uses, budget]) => ({ name, uses, budget }))
    const done = runBeside(all, atOnce, ({ name }) => {
      return new Promise<string>((resolve) => running.set(name, () => resolve(name)))
    })
    while (running.size > 0) {
      seen.push([...running.keys()].join(' '))
      const [[name, end]] = running as unknown as [[string, () => void]]
      running.delete(name)
      end()
      // What follows has begun by the next turn.
      await new Promise(setImmediate)
    }
    return { seen, results: await done }
  }

  it('begins with what most is left to do of', async () => {
    const { seen } = await play(2, ['alone', 'a', 6], ['first', 'b', 5], ['second', 'b', 4], ['least', 'c', 1])
    expect(seen).toEqual(['first alone', 'alone second', 'second least', 'least'])
  })

  it('runs what takes longest first, no more at once than it may, and all of it', async () => {
    const { seen, results } = await play(2, ['short', 'a', 1], ['long', 'b', 9], ['middle', 'c', 5])
    expect(seen).toEqual(['long middle', 'middle short', 'short'])
    expect(results).toEqual(['short', 'long', 'middle'])
  })

  it('never runs two at once that use the same', async () => {
    const { seen } = await play(3, ['one', 'docker', 9], ['two', 'docker', 8], ['three', 'cores', 1])
    expect(seen).toEqual(['one three', 'three two', 'two'])
  })

  it('runs every lane that is asked for, and no other', () => {
    const names = LANES.map(({ name }) => name)
    const base = ['checks', 'rooms', 'client', 'house']
    expect(jobsOf(names).map(({ name }) => name)).toEqual(expect.arrayContaining([...base, ...names]))
    expect(jobsOf([]).map(({ name }) => name)).toEqual(base)
  })

  it('takes nothing for counted that is not', () => {
    expect(countsOf('')).toBeNull()
    expect(countsOf('{"numPassedTests":3}')).toBeNull()
    const counted = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }
    expect(countsOf(JSON.stringify(counted))).toEqual({ passed: 3, failed: 1, skipped: 3 })
  })

  it('says of each part what it took of its budget, and closes with the sum of all tests', () => {
    const tests = { passed: 3, failed: 1, skipped: 2 }
    const outcomes = [
      { name: 'rooms', budget: 60, seconds: 61.2, ok: true, tests, failures: [] },
      { name: 'checks', budget: 90, seconds: 80, ok: true, tests: null, failures: [] },
      {
        name: 'redis',
        budget: 90,
        seconds: 2,
        ok: false,
        tests: { passed: 1, failed: 1, skipped: 0 },
        failures: [{ test: 'tests/a.test.ts: a thing works', why: 'AssertionError: expected 1 to be 2' }],
      },
    ]
    expect(describeOutcomes(outcomes, 100).split('\n')).toEqual([
      'redis: tests/a.test.ts: a thing works',
      '  AssertionError: expected 1 to be 2',
      'rooms      61 s of   60 s  over its budget 3 passed, 1 failed, 2 skipped',
      'checks     80 s of   90 s  in its budget',
      'redis       2 s of   90 s  FAILED          1 passed, 1 failed',
      'all together 100 s',
      '4 passed, 2 failed, 2 skipped',
    ])
  })
  it('names what failed, a file that could not be run as well, without the colours of its message', () => {
    const failed = {
      status: 'failed',
      fullName: 'a thing works',
      failureMessages: ['\u001b[31mError: no\u001b[39m\n  at a.ts'],
    }
    const fine = { status: 'passed', fullName: 'it is there', failureMessages: [] }
    const files = [
      { name: '/here/tests/a.test.ts', status: 'failed', message: '', assertionResults: [failed, fine] },
      { name: '/here/server/b.test.ts', status: 'failed', message: 'SyntaxError: what', assertionResults: [] },
      { name: '/here/server/c.test.ts', status: 'passed', message: '', assertionResults: [fine] },
    ]
    expect(failuresOf(JSON.stringify({ testResults: files }))).toEqual([
      { test: 'tests/a.test.ts: a thing works', why: 'Error: no' },
      { test: 'server/b.test.ts', why: 'SyntaxError: what' },
    ])
  })
})
