import { expect, it } from 'vitest'
import { errorOf } from './last-words.ts'
import { describeEnd } from './port.ts'

const THROWN = [
  'file:///app/engines/algorithm/strategies/mine.ts:12',
  "    throw new RangeError('the period 0 has no mean')",
  '          ^',
  'RangeError: the period 0 has no mean',
  '    at mean (file:///app/engines/algorithm/strategies/mine.ts:12:11)',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  'Node.js v20.20.2',
]

it.each([
  ['what nobody has caught', THROWN, 'RangeError: the period 0 has no mean'],
  ['a plain error', ['  ^', 'Error: no book yet', '    at step (mine.ts:1:1)', 'Node.js v22.1.0'], 'no book yet'],
  [
    'an error of several lines, with its properties',
    ['  ^', 'Error: two faults:', 'one', 'other', '    at step (mine.ts:1:1) {', "  code: 'X'", '}', 'Node.js v22.1.0'],
    'two faults: one other',
  ],
  [
    'an error with its cause',
    [
      '  ^',
      'Error: no signal',
      '    at a (b.ts:1:1) {',
      '  [cause]: TypeError: no price',
      '      at c (d.ts:1:1)',
      '}',
    ],
    'no signal, because of: TypeError: no price',
  ],
  [
    'what is no error at all',
    ['mine.ts:1', "throw 'boom'", '^', 'boom', '(Use `node --trace-uncaught ...` to show where)', 'Node.js v22.1.0'],
    'boom',
  ],
  [
    'an error that was logged with its stack',
    [
      'reading',
      'stopped by an unexpected error: RangeError: no mean\n    at mean (mine.ts:12:11)\n    at b (c.ts:1:1)',
    ],
    'RangeError: no mean',
  ],
  ['nothing', [], null],
  ['lines that are no error', ['listening', 'algorithm: LOG_LEVEL must be one of info, warn'], null],
  ['an error that was followed by other words', [...THROWN, 'going on'], null],
])('finds in the last lines %s', (_what, lines, error) => {
  expect(errorOf(lines)).toBe(error)
})

it('finds in the last lines no more of an error than fits a sentence', () => {
  expect(errorOf(['^', `Error: ${'x'.repeat(5_000)}`])).toHaveLength(402)
})

it('tells first what went wrong, then who ended and how, and no frame of a stack', () => {
  expect(describeEnd('ALGORITHM', { code: 1, signal: null, lastLines: THROWN })).toBe(
    'RangeError: the period 0 has no mean. The ALGORITHM ended with exit code 1.',
  )
  // What was thrown and logged before is not what a signal ended it for.
  expect(describeEnd('ALGORITHM', { code: null, signal: 'SIGKILL', lastLines: THROWN })).toBe(
    `The ALGORITHM was killed by SIGKILL. Its last lines: ${THROWN[0]} | ${THROWN[3]}`,
  )
  expect(
    describeEnd('streamer', { code: 1, signal: null, lastLines: ['a', 'b', 'c', 'd'] }, 'before it was ready'),
  ).toBe('The streamer ended with exit code 1 before it was ready. Its last lines: b | c | d')
})
