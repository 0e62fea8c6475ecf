import { expect, it } from 'vitest'
import { parseCpuLimit } from './resources.ts'

it.each([
  ['max 100000', null],
  ['50000 100000\n', 0.5],
  ['400000 100000', 4],
  ['', null],
  ['nonsense', null],
  ['100000', null],
])('reads the processor limit of a control group from "%s"', (line, limit) => {
  expect(parseCpuLimit(line)).toBe(limit)
})
