import { expect, it } from 'vitest'
import { formatLost, isComplete } from './lost.ts'

it.each([
  [{ lost: '0', lossUnknown: false }, '0', true],
  [{ lost: '1234', lossUnknown: false }, '1,234', false],
  [{ lost: '0', lossUnknown: true }, 'unknown', false],
  [{ lost: '1234', lossUnknown: true }, 'at least 1,234', false],
])('tells what is lost, and never 0 where it is not known: %o', (quality, words, complete) => {
  expect(formatLost(quality)).toBe(words)
  expect(isComplete(quality)).toBe(complete)
})
