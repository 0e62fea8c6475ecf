import { expect, it } from 'vitest'
import { AwakeTime } from './awake-time.ts'

it('counts a round of a timer that came late, or of a process that was stopped, for no more than one', () => {
  const awake = new AwakeTime(100, 1_000)
  awake.round(1_100)
  awake.round(1_190)
  expect(awake.passed).toBe(190)
  awake.round(121_190)
  expect(awake.passed).toBe(290)
  expect(awake.at(121_240)).toBe(340)
  expect(awake.at(500_000)).toBe(390)
  awake.round(121_290)
  expect(awake.passed).toBe(390)
})
